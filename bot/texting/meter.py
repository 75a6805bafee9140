"""Measures texts as they come, many or one: what the meter shows is known at each moment; pure."""

from collections import Counter
from collections.abc import Iterable

from bot.slack.blocks.text_meter import Meter, Range
from bot.texting.segments import Encoding, Size, forcing, measure, simplified

_MOST_NAMED = 50
"""Characters that are kept to be named; a list can hold thousands of different ones."""


class Tape:
    """Counts the lengths of texts; its size doesn't grow with their number."""

    def __init__(self) -> None:
        self._characters: Counter[int] = Counter()
        self._parts: Counter[int] = Counter()
        self._forcing: dict[str, None] = {}
        self._ucs2 = 0

    def add(self, message: str) -> Size:
        """One text more; its size."""
        size = measure(message)
        self._characters[size.characters] += 1
        self._parts[size.parts] += 1
        if size.encoding is Encoding.UCS2:
            self._ucs2 += 1
            if len(self._forcing) < _MOST_NAMED:
                self._forcing.update(dict.fromkeys(forcing(message)))
        return size

    def merge(self, other: "Tape") -> None:
        """Those that another one has counted, too."""
        self._characters.update(other._characters)  # noqa: SLF001 - of the same class
        self._parts.update(other._parts)  # noqa: SLF001
        self._forcing.update(other._forcing)  # noqa: SLF001
        self._ucs2 += other._ucs2  # noqa: SLF001

    def meter(self) -> Meter:
        """The lengths of all so far."""
        return Meter(
            texts=self._parts.total(),
            ucs2=self._ucs2,
            characters=_range(self._characters),
            parts=_range(self._parts),
            total=sum(parts * count for parts, count in self._parts.items()),
            forcing=tuple(self._forcing)[:_MOST_NAMED],
            swaps=any(simplified(char) != char for char in self._forcing),
        )


def meter_of(messages: Iterable[str]) -> Meter:
    """The lengths of these texts; an empty one isn't any."""
    tape = Tape()
    for message in filter(None, messages):
        tape.add(message)
    return tape.meter()


def _range(counted: Counter[int]) -> Range:
    """The middle is the lower one of two."""
    if not counted:
        return Range()
    ordered = sorted(counted)
    before = 0
    for value in ordered:
        before += counted[value]
        if before * 2 >= counted.total():
            return Range(ordered[0], value, ordered[-1])
    return Range(ordered[0], ordered[-1], ordered[-1])
