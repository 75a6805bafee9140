"""How deep the headings of a message stand in the page's outline."""

from collections.abc import Iterable, Iterator

_BELOW = 2
"""The page's own headings come first: the channel's and the feed's."""
_DEEPEST = 6


def depths(levels: Iterable[int]) -> Iterator[int]:
    """The depth of each heading, in their order; none skips one, whatever its app has it do."""
    last = _BELOW
    for level in levels:
        last = min(level + _BELOW, last + 1, _DEEPEST)
        yield last
