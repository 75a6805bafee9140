"""A reply's body, read as text and as JSON, whatever its bytes are."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, TypeGuard

from pydantic_core import from_json

from bot.errors import Unreadable
from bot.toingg.failures import Reply

_ANY_ID = re.compile(r"(?=.*\d)[0-9A-Za-z_.:-]{6,64}")


@dataclass(frozen=True)
class Document:
    """A body: as text, and as JSON where it is JSON (`None` is also JSON's null)."""

    text: str = field(repr=False)
    value: Any = field(repr=False)
    is_json: bool


def read(body: bytes) -> Document:
    """Reads any bytes. JSON nested deeper than 200 levels counts as none (pydantic's limit)."""
    text = body.decode("utf-8", errors="replace")
    try:
        return Document(text, from_json(body.removeprefix(b"\xef\xbb\xbf")), is_json=True)
    except ValueError:
        return Document(text, None, is_json=False)


def get(value: Any, *keys: str) -> Any:
    """The first of these keys that isn't null, of an object; None of anything else."""
    if not isinstance(value, dict):
        return None
    return next((value[key] for key in keys if value.get(key) is not None), None)


def layers(value: Any) -> Iterator[dict[str, Any]]:
    """Where the fields of an answer may be: under `result`, at the top, under `data`."""
    for layer in (get(value, "result"), value, get(value, "data")):
        if isinstance(layer, dict):
            yield layer


def is_id(value: Any) -> TypeGuard[str]:
    """Whether it may be an id, of whatever kind. One has a digit: "unknown" is none."""
    return isinstance(value, str) and bool(_ANY_ID.fullmatch(value))


def no_json(reply: Reply, unsure: str | None = None) -> Unreadable:
    """The error for a 2xx whose body isn't JSON."""
    return Unreadable(unsure, detail=f"{reply.status} without JSON, {len(reply.body)} bytes")
