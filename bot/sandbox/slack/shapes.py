"""The small checks out of which blocks' and elements' checks are put together.

A check takes a value and its JSON pointer, and yields what is wrong in Slack's own phrases.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from bot.sandbox.slack.limits import LIMITS, RULES, Limit


@dataclass(frozen=True)
class Fault:
    """One thing wrong, where (`/blocks/0/text`), and the code of the refusal."""

    pointer: str
    message: str
    code: str = RULES["a block's shape"].code

    def line(self) -> str:
        """As Slack writes it into `errors`."""
        return f"{self.message} [json-pointer:{self.pointer}]"


Check = Callable[[Any, str], Iterator[Fault]]


def anything(value: Any, at: str) -> Iterator[Fault]:
    """Takes what it gets: for what the stand-in doesn't look into."""
    del value, at
    yield from ()


def flag(value: Any, at: str) -> Iterator[Fault]:
    """A boolean."""
    if not isinstance(value, bool):
        yield Fault(at, "must provide a boolean")


def string(limit: str | None = None, *, least: int = 1) -> Check:
    """A string of `least` characters up to the named limit."""
    most = LIMITS[limit] if limit else None

    def check(value: Any, at: str) -> Iterator[Fault]:
        if not isinstance(value, str):
            yield Fault(at, "must provide a string")
        elif len(value) < least:
            yield Fault(at, f"must be more than {least - 1} characters")
        elif most and len(value) > most.number:
            yield Fault(at, f"must be less than {most.number + 1} characters", most.code)

    return check


def url(value: Any, at: str) -> Iterator[Fault]:
    """An address of the web (or one that another application opens), not too long."""
    yield from string("url")(value, at)
    if isinstance(value, str) and "://" not in value and not value.startswith("mailto:"):
        yield Fault(at, "invalid url")


def integer(low: int, high: int | None = None) -> Check:
    """A whole number from `low` to `high`, both included."""

    def check(value: Any, at: str) -> Iterator[Fault]:
        if not isinstance(value, int) or isinstance(value, bool):
            yield Fault(at, "must provide an integer")
        elif value < low:
            yield Fault(at, f"must be greater than or equal to {low}")
        elif high is not None and value > high:
            yield Fault(at, f"must be less than or equal to {high}")

    return check


def number(value: Any, at: str) -> Iterator[Fault]:
    """A number of a chart."""
    if not isinstance(value, int | float) or isinstance(value, bool):
        yield Fault(at, "must provide a number")


def word(*allowed: str) -> Check:
    """One of these words."""

    def check(value: Any, at: str) -> Iterator[Fault]:
        if value not in allowed:
            yield Fault(at, f"must be one of: {', '.join(allowed)}")

    return check


def items(each: Check, limit: str | Limit | None, *, least: int = 1) -> Check:
    """A list of `least` items up to the limit (None: any number), each of which passes `each`."""
    most = LIMITS[limit] if isinstance(limit, str) else limit

    def check(value: Any, at: str) -> Iterator[Fault]:
        if not isinstance(value, list):
            yield Fault(at, "must provide an array")
            return
        if len(value) < least:
            yield Fault(at, f"no fewer than {least} items allowed")
        if most and len(value) > most.number:
            yield Fault(at, f"no more than {most.number} items allowed", most.code)
        for place, item in enumerate(value):
            yield from each(item, f"{at}/{place}")

    return check


def shape(required: Mapping[str, Check], optional: Mapping[str, Check] | None = None) -> Check:
    """An object with these fields (beside `type`) and no others."""
    known = {"type": anything, **required, **(optional or {})}

    def check(value: Any, at: str) -> Iterator[Fault]:
        if not isinstance(value, dict):
            yield Fault(at, "must provide an object")
            return
        for name in required:
            if name not in value:
                yield Fault(at, f"missing required field: {name}")
        for name, inner in value.items():
            if name not in known:
                yield Fault(at, f"invalid additional property: {name}")
            else:
                yield from known[name](inner, f"{at}/{name}")

    return check


def tagged(table: Mapping[str, Check]) -> Check:
    """An object whose `type` says which of these checks it has to pass."""

    def check(value: Any, at: str) -> Iterator[Fault]:
        if not isinstance(value, dict):
            yield Fault(at, "must provide an object")
        elif value.get("type") not in table:
            yield Fault(f"{at}/type", f"unsupported type: {value.get('type')}")
        else:
            yield from table[value["type"]](value, at)

    return check


def text(limit: str, *, mrkdwn: bool = False) -> Check:
    """A text object: plain text, or mrkdwn too where that is allowed."""
    content = {"text": string(limit)}
    kinds = {"plain_text": shape(content, {"emoji": flag})}
    if mrkdwn:
        kinds["mrkdwn"] = shape(content, {"verbatim": flag})
    return tagged(kinds)


def only(table: Mapping[str, Check], *types: str) -> dict[str, Check]:
    """The part of a table that is allowed at one place."""
    return {name: table[name] for name in types}
