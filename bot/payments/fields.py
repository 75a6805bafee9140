"""Reading Stripe's objects, in which a field may be missing, null, or something new. Pure."""

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from bot.slack.text import clip, mask_numbers, tidy

Thing = Mapping[str, Any]
"""One of Stripe's objects, in the shape of any API version."""

_ID = re.compile(r"[A-Za-z0-9_]{3,255}")
_ADDRESS = re.compile(r"[^\s@<>()]+@[^\s@<>()]+")
_WORD = re.compile(r"[a-z0-9_.]{1,60}")
_LONGEST = 120
_LARGEST = 10**15
_LATEST = datetime(9999, 1, 1, tzinfo=UTC).timestamp()


def within(thing: Any, *path: str) -> Thing:
    """What is at the end of a path of names; nothing where it breaks off."""
    for name in path:
        thing = thing.get(name) if isinstance(thing, Mapping) else None
    return thing if isinstance(thing, Mapping) else {}


def items_of(thing: Thing, name: str) -> Iterator[Thing]:
    """What a list object holds."""
    data = within(thing, name).get("data")
    yield from (
        (each for each in data if isinstance(each, Mapping)) if isinstance(data, list) else ()
    )


def text_of(thing: Thing, name: str) -> str:
    """A field that is text, else ""."""
    value = thing.get(name)
    return value if isinstance(value, str) else ""


def word_of(text: str) -> str:
    """One of Stripe's own words, as `insufficient_funds`; "" for anything else."""
    return text if _WORD.fullmatch(text) else ""


def number_of(thing: Thing, *names: str) -> int | None:
    """The first of these fields that is a whole number; none is larger than any money."""
    values = (thing.get(name) for name in names)
    whole = (each for each in values if isinstance(each, int) and not isinstance(each, bool))
    return next((each for each in whole if abs(each) < _LARGEST), None)


def ids_of(thing: Thing, *names: str) -> tuple[str, ...]:
    """The identifiers in these fields, "" for each that has none."""
    return tuple(id_of(thing.get(name)) for name in names)


def id_of(value: Any) -> str:
    """An identifier, whether the object it is of was expanded or not; "" for what is none."""
    found = value.get("id") if isinstance(value, Mapping) else value
    return found if isinstance(found, str) and _ID.fullmatch(found) else ""


def moment_of(value: Any) -> datetime | None:
    """Unix seconds as a moment."""
    if isinstance(value, bool) or not isinstance(value, int) or not 0 < value < _LATEST:
        return None
    return datetime.fromtimestamp(value, UTC)


# What may be shown of people


def masked(email: str, name: str) -> str:
    """Somebody as a channel may see them: `j•••@example.com`, else initials."""
    local, at, host = tidy(email).rpartition("@")
    if at and local and host and _ADDRESS.fullmatch(email.strip()):
        return clip(f"{local[0]}•••@{host}", _LONGEST)
    return " ".join(f"{word[0]}." for word in tidy(name).split()[:3])


def discreet(text: str) -> str:
    """A description without the addresses and numbers that may stand in it."""
    line = " ".join(tidy(text).split())
    hidden = _ADDRESS.sub(lambda found: masked(found[0], "") or "•••", line)
    return clip(mask_numbers(hidden), _LONGEST)
