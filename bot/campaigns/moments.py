"""When a campaign is to start, as somebody chose it: pure."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from bot.errors import InputError

_FARTHEST = timedelta(days=366)
_FAR = {"day": "Choose a day within a year from now."}


def read_moment(day: str, clock: str, zone: str, now: datetime) -> datetime:
    """The moment (UTC) at which clocks in `zone` (IANA) show that; the first, where they do twice.

    `day` as 2026-01-02, `clock` as 09:30. Raises InputError with the fields `day`, `time`, `zone`.
    """
    faults = {}
    if not day:
        faults["day"] = "Choose a day."
    if not clock:
        faults["time"] = "Choose a time."
    place = _zone(zone)
    if place is None:
        faults["zone"] = "Choose one of the time zones of the list."
    if faults or place is None:
        raise InputError(faults)
    wanted = datetime.combine(_day(day, now), _time(clock))
    moment = wanted.replace(tzinfo=place).astimezone(UTC)
    if moment.astimezone(place).replace(tzinfo=None) != wanted:
        skipped = f"Clocks in {zone} are set forward over {clock} on that day. Choose another time."
        raise InputError({"time": skipped})
    if moment <= now:
        there = now.astimezone(place)
        past = f"That is over: it is {there:%H:%M} on {there:%Y-%m-%d} in {zone}."
        raise InputError({"day" if wanted.date() < there.date() else "time": past})
    if moment - now > _FARTHEST:
        raise InputError(_FAR)
    return moment


def _zone(name: str) -> ZoneInfo | None:
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return None


def _day(text: str, now: datetime) -> date:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise InputError({"day": "Choose a day."}) from None
    if abs(day.year - now.year) > 1:
        raise InputError(_FAR)
    return day


def _time(text: str) -> time:
    try:
        return time.fromisoformat(text)
    except ValueError:
        raise InputError({"time": "Choose a time."}) from None
