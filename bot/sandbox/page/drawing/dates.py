"""Moments in a reader's own zone and words (docs.slack.dev/messaging/formatting-message-text)."""

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from markupsafe import Markup, escape

from bot.sandbox.page.drawing.reader import Reader
from bot.sandbox.page.drawing.text import draw_link, may_open

_TOKEN = re.compile(r"\{(\w+)\}")
_HALF_A_YEAR = timedelta(days=183)
_ENDINGS = {1: "st", 2: "nd", 3: "rd", 21: "st", 22: "nd", 23: "rd", 31: "st"}
_DAYS = {-1: "yesterday", 0: "today", 1: "tomorrow"}
_UNITS = (
    ("year", 365 * 86_400),
    ("month", 30 * 86_400),
    ("day", 86_400),
    ("hour", 3600),
    ("minute", 60),
    ("second", 1),
)


def _year(at: datetime, now: datetime) -> str:
    """The year, left out within half a year of today."""
    return "" if abs(at - now) < _HALF_A_YEAR else f", {at.year}"


def _day_of_month(at: datetime) -> str:
    return f"{at:%B} {at.day}{_ENDINGS.get(at.day, 'th')}"


def _date(at: datetime, now: datetime) -> str:
    return _day_of_month(at) + _year(at, now)


def _date_short(at: datetime, now: datetime) -> str:
    return f"{at:%b} {at.day}{_year(at, now)}"


def _date_long(at: datetime, now: datetime) -> str:
    return f"{at:%A}, {_date(at, now)}"


def _divider(at: datetime, now: datetime) -> str:
    return f"{at:%A}, {_day_of_month(at)}" + ("" if at.year == now.year else f", {at.year}")


def _clock(at: datetime, seconds: str = "") -> str:
    return f"{at.hour % 12 or 12}:{at:%M}{seconds} {'AM' if at.hour < 12 else 'PM'}"


def _ago(at: datetime, now: datetime) -> str:
    elapsed = int((now - at).total_seconds())
    unit, size = next((u for u in _UNITS if abs(elapsed) >= u[1]), _UNITS[-1])
    count = abs(elapsed) // size
    words = f"{count} {unit}" + ("" if count == 1 else "s")
    return f"in {words}" if elapsed < 0 else f"{words} ago"


Words = Callable[[datetime, datetime], str]


def _pretty(otherwise: Words) -> Words:
    """The same, but for the three days that have a name of their own."""

    def words(at: datetime, now: datetime) -> str:
        return _DAYS.get((at.date() - now.date()).days) or otherwise(at, now)

    return words


TOKENS: Mapping[str, Words] = {
    "date_num": lambda at, _: f"{at.year:04}-{at:%m-%d}",
    "date_slash": lambda at, _: f"{at:%d/%m}/{at.year:04}",
    "date": _date,
    "date_short": _date_short,
    "date_long": _date_long,
    "date_long_full": lambda at, _: f"{at:%B} {at.day}, {at.year}",
    "date_pretty": _pretty(_date),
    "date_short_pretty": _pretty(_date_short),
    "date_long_pretty": _pretty(_date_long),
    "day_divider_pretty": _pretty(_divider),
    "time": lambda at, _: _clock(at),
    "time_secs": lambda at, _: _clock(at, f":{at:%S}"),
    "ago": _ago,
}
"""Each token's words, for a moment and for now, both in the reader's zone."""


def moment(epoch: int | str, zone: str) -> datetime | None:
    """A moment in seconds since 1970 in that zone; None where there is no such moment or zone."""
    try:
        return datetime.fromtimestamp(int(epoch), ZoneInfo(zone))
    except (KeyError, ValueError, OverflowError, OSError):
        return None


def draw_date(
    epoch: int | str, template: str, reader: Reader, *, fallback: str, url: str = "", zone: str = ""
) -> Markup:
    """A moment as `<time>`, in the template's words; the fallback where there is no such moment."""
    at = moment(epoch, zone or reader.zone)
    if at is None:
        return escape(fallback)
    now = reader.clock().astimezone(at.tzinfo)
    words = _TOKEN.sub(lambda found: _worded(found, at, now), template)
    drawn = Markup('<time datetime="{}">{}</time>').format(at.astimezone(UTC).isoformat(), words)
    return draw_link(url, drawn) if may_open(url) else drawn


def _worded(found: re.Match[str], at: datetime, now: datetime) -> str:
    """A token's words, with a capital where the text begins with them."""
    if found[1] not in TOKENS:
        return found[0]
    words = TOKENS[found[1]](at, now)
    return words if found.start() else words[:1].upper() + words[1:]
