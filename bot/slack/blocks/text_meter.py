"""How long a text is, or the texts of a list are, and what that costs: in words."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from decimal import Decimal
from typing import Any

from bot.slack.blocks.campaign_parts import money, noun
from bot.slack.text import clip, escape

_NAMED = 8
"""So many of the characters that make a text longer are named."""
_UNSEEN = {"\t": "a tab", "\u00a0": "a no-break space", "\u200b": "a zero-width space"}


@dataclass(frozen=True)
class Range:
    """The least, the middle and the most of some texts."""

    least: int = 0
    median: int = 0
    most: int = 0

    def __str__(self) -> str:
        if self.least == self.most:
            return f"{self.most:,}"
        return f"{self.least:,} / {self.median:,} / {self.most:,}"


@dataclass(frozen=True)
class Meter:
    """The lengths of so many `texts`, of which `ucs2` can't be sent as GSM-7.

    `forcing` are the characters that keep them from it; `swaps`: whether some have a like there.
    `total` is the sum of all parts.
    """

    texts: int = 0
    ucs2: int = 0
    characters: Range = Range()
    parts: Range = Range()
    total: int = 0
    forcing: tuple[str, ...] = ()
    swaps: bool = False

    def stored(self) -> dict[str, Any]:
        """As JSON, for a campaign's source."""
        return asdict(self)


def read_meter(stored: Mapping[str, Any] | None) -> Meter:
    """What `Meter.stored` kept."""
    if not stored:
        return Meter()
    return Meter(
        **{
            **stored,
            "characters": Range(**stored["characters"]),
            "parts": Range(**stored["parts"]),
            "forcing": tuple(stored["forcing"]),
        }
    )


def words(meter: Meter, price: Decimal | None, currency: str) -> list[str]:
    """A line on lengths and cost, and one on what makes the text longer, if anything does."""
    if meter.texts == 0:
        return ["0 characters. A text has 160 of GSM-7's, or 70 of others."]
    many = meter.texts > 1 and (meter.characters.least, meter.parts.least) != (
        meter.characters.most,
        meter.parts.most,
    )
    encoding = "GSM-7" if meter.ucs2 == 0 else "UCS-2"
    if 0 < meter.ucs2 < meter.texts:
        encoding = f"{meter.ucs2:,} of {meter.texts:,} as UCS-2, the others as GSM-7"
    facts = [
        encoding,
        f"{meter.characters} {noun(meter.characters.most, 'character')}",
        f"{meter.parts} {noun(meter.parts.most, 'part')}",
    ]
    if price is not None:
        facts.append(money(price * meter.total, currency))
    lines = [" · ".join(facts) + (" (least / median / most)" if many else "")]
    if meter.forcing:
        lines.append(f"70 characters a part in place of 160, because of {_named(meter)}")
    return lines


def _named(meter: Meter) -> str:
    shown = [_UNSEEN.get(char) or f"“{escape(char)}”" for char in meter.forcing[:_NAMED]]
    more = len(meter.forcing) - len(shown)
    return clip(" ".join(shown), 200) + (f" and {more} more." if more > 0 else ".")
