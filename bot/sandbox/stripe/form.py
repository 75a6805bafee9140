"""Form-encoded parameters as Stripe nests them: `line_items[0][price_data][currency]=usd`."""

import re
from typing import Any
from urllib.parse import parse_qsl

from bot.sandbox.stripe.money import currency_of
from bot.sandbox.stripe.refusals import (
    Refused,
    missing,
    not_an_integer,
    unknown_parameter,
    web_address,
)

_PART = re.compile(r"\[([^\[\]]*)\]")
_NAME = re.compile(r"([^\[\]]+)((?:\[[^\[\]]*\])*)")
_DEPTH = 8


def decoded(encoded: str) -> dict[str, Any]:
    """Nested dictionaries and lists of strings. Raises Refused for what doesn't fit together."""
    tree: dict[str, Any] = {}
    for name, value in parse_qsl(encoded, keep_blank_values=True):
        matched = _NAME.fullmatch(name)
        if matched is None:
            raise Refused(f"Invalid parameter name: {name}", param=name)
        path = [matched[1], *_PART.findall(matched[2])]
        if len(path) > _DEPTH:
            raise Refused("Invalid hash: it is nested too deeply", param=matched[1])
        _put(tree, path, value)
    return {name: _listed(value) for name, value in tree.items()}


def _put(tree: dict[str, Any], path: list[str], value: str) -> None:
    branch = tree
    for part in path[:-1]:
        branch = branch.setdefault(part or str(len(branch)), {})
        if not isinstance(branch, dict):
            raise Refused("Invalid hash", param=path[0])
    branch[path[-1] or str(len(branch))] = value


def _listed(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    inner = {name: _listed(each) for name, each in value.items()}
    if all(name.isdecimal() for name in inner):
        return [inner[name] for name in sorted(inner, key=int)]
    return inner


class Params:
    """An endpoint's parameters, each read once; `done` refuses what is left."""

    def __init__(self, given: dict[str, Any], prefix: str = "") -> None:
        self._given = dict(given)
        self._prefix = prefix

    def _name(self, name: str) -> str:
        return f"{self._prefix}[{name}]" if self._prefix else name

    def _take(self, name: str, kind: type, what: str) -> Any:
        value = self._given.pop(name, None)
        if value is not None and not isinstance(value, kind):
            raise Refused(f"Invalid {what}", param=self._name(name))
        return value

    def text(self, name: str) -> str | None:
        """A string; None where it isn't given."""
        value: str | None = self._take(name, str, "string")
        if value == "":
            words = (
                f"You passed an empty string for '{self._name(name)}'. We assume empty values are "
                f"an attempt to unset a field; however '{self._name(name)}' cannot be unset. You "
                f"should remove '{self._name(name)}' from your request or supply a non-empty value."
            )
            raise Refused(words, code="parameter_invalid_empty", param=self._name(name))
        return value

    def needed(self, name: str) -> str:
        """A string that must be given."""
        value = self.text(name)
        if value is None:
            raise missing(self._name(name))
        return value

    def one_of(self, name: str, choices: tuple[str, ...]) -> str | None:
        """One of these words."""
        value = self.text(name)
        if value is not None and value not in choices:
            words = f"Invalid {self._name(name)}: must be one of {', '.join(choices)}"
            raise Refused(words, param=self._name(name))
        return value

    def address(self, name: str) -> str | None:
        """An http or https URL."""
        return web_address(self.text(name), self._name(name))

    def integer(self, name: str, at_least: int = 0) -> int | None:
        """A whole number."""
        value = self.text(name)
        if value is None:
            return None
        if not re.fullmatch(r"-?[0-9]{1,12}", value) or int(value) < at_least:
            raise not_an_integer(self._name(name), value)
        return int(value)

    def flag(self, name: str) -> bool | None:
        """`true` or `false`."""
        value = self.text(name)
        if value not in (None, "true", "false"):
            raise Refused(f"Invalid boolean: {value}", param=self._name(name))
        return None if value is None else value == "true"

    def currency(self, name: str) -> str:
        """A currency that must be given, in lower case."""
        return currency_of(self.needed(name), self._name(name))

    def words(self, name: str) -> list[str]:
        """A list of strings, empty where none is given."""
        values = self._take(name, list, "array") or []
        if not all(isinstance(value, str) for value in values):
            raise Refused("Invalid array", param=self._name(name))
        return list(values)

    def metadata(self, name: str = "metadata") -> dict[str, str]:
        """Strings by name, 50 at most, names up to 40 and values up to 500 characters
        (docs.stripe.com/api/metadata).
        """
        given = self._given.pop(name, {})
        # Keys that are all numbers look like a list's.
        table = dict(enumerate(given)) if isinstance(given, list) else given
        if not isinstance(table, dict) or not all(isinstance(it, str) for it in table.values()):
            raise Refused("Invalid hash", param=self._name(name))
        if len(table) > 50 or any(
            len(str(key)) > 40 or len(value) > 500 for key, value in table.items()
        ):
            words = "Metadata has at most 50 keys of up to 40 characters, values up to 500"
            raise Refused(words, param=self._name(name))
        return {str(key): value for key, value in table.items() if value}

    def is_table(self, name: str) -> bool:
        """Whether the parameter has parts, as `created[gte]`."""
        return isinstance(self._given.get(name), dict)

    def within(self, name: str) -> "Params":
        """A table's parameters."""
        return Params(self._take(name, dict, "hash") or {}, self._name(name))

    def rows(self, name: str) -> list["Params"]:
        """A list of tables."""
        rows = self._take(name, list, "array") or []
        if not all(isinstance(row, dict) for row in rows):
            raise Refused("Invalid array", param=self._name(name))
        return [Params(row, f"{self._name(name)}[{at}]") for at, row in enumerate(rows)]

    def done(self) -> None:
        """Refuses whatever hasn't been read."""
        for name in self._given:
            raise unknown_parameter(self._name(name))
