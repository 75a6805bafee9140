"""Statements that are built once: building one anew costs several times what running it does."""

from typing import Any

from sqlalchemy import BindParameter, bindparam
from sqlalchemy.orm import InstrumentedAttribute
from sqlalchemy.sql.elements import ColumnElement

_PREFIX = "given_"


def given(name: str, column: ColumnElement[Any] | InstrumentedAttribute[Any]) -> BindParameter[Any]:
    """A value that is named when the statement runs, of the column's type."""
    return bindparam(_PREFIX + name, type_=column.type)


def values(**named: Any) -> dict[str, Any]:
    """The values of `given` parameters, by their names."""
    return {_PREFIX + name: value for name, value in named.items()}
