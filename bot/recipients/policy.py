"""Whether a number may be reached now, and why not: pure decisions over facts read elsewhere.

The presets are a starting point for operators, not legal advice; their sources stand beside them.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from enum import StrEnum
from functools import lru_cache
from zoneinfo import ZoneInfo


class Reason(StrEnum):
    """Why a number may not be reached now; in the order in which they are looked at."""

    OPTED_OUT = "opted_out"
    OUTSIDE_HOURS = "outside_hours"
    OVER_NUMBER_CAP = "over_number_cap"
    OVER_DAY_CAP = "over_day_cap"
    RECENT = "recent"


MAY_OVERRIDE = frozenset({Reason.OUTSIDE_HOURS, Reason.OVER_NUMBER_CAP, Reason.OVER_DAY_CAP})
"""What an owner may set aside."""
MAY_CONFIRM = frozenset({Reason.RECENT})
"""What whoever may call may set aside."""

RECENTLY = timedelta(minutes=2)
HORIZON = timedelta(days=8)

EVERY_DAY = frozenset(range(7))
MONDAY_TO_FRIDAY = frozenset(range(5))


@dataclass(frozen=True)
class Window:
    """Hours of the called party's local time: from `start`, inclusive, to `end`, exclusive.

    `start` is before `end` on the same day; `weekdays` are numbered from Monday, 0.
    """

    start: time
    end: time
    weekdays: frozenset[int] = EVERY_DAY

    def __str__(self) -> str:
        days = "" if self.weekdays == EVERY_DAY else f" ({_days(self.weekdays)})"
        return f"{self.start:%H:%M} to {self.end:%H:%M}{days}"


PRESETS: dict[str, Window | None] = {
    "always": None,
    "default": Window(time(9), time(20)),
    # 47 CFR 64.1200(c)(1)
    "us-federal": Window(time(8), time(21)),
    # What every state's window allows.
    "us-strict": Window(time(10), time(17), MONDAY_TO_FRIDAY),
    # TRAI's practice for promotional calls
    "in-promotional": Window(time(10), time(21)),
}
"""By the names that the setting HOURS_PRESET takes; None: at any hour."""


@dataclass(frozen=True)
class Limits:
    """What a workspace has set."""

    hours_preset: str
    """A key of `PRESETS`."""
    number_cap_per_day: int | None
    """How often one number may be reached in a day; None: any number of times."""
    day_cap: int | None
    """How many times numbers may be reached in a day, all together; None: no limit."""
    workspace_zone: str
    """IANA name; its hours count where a number's own zone is unknown."""


@dataclass(frozen=True)
class Facts:
    """What the ledger and the opt-outs hold on one number; a day is one of the workspace's zone."""

    opted_out: bool
    number_count_today: int
    day_count: int
    last_reached: datetime | None
    """Aware; the last time that anybody in the workspace reached this number."""
    last_reached_by: str | None
    """Slack's id of who that was."""
    by_text: bool = False
    """Whether texts are counted here, and one is asked for; else calls."""


@dataclass(frozen=True)
class Verdict:
    """Allowed where `reason` is None; `message` then holds what should be known all the same."""

    reason: Reason | None
    message: str
    """mrkdwn, empty where there is nothing to say; holds no number."""
    advice: str
    """What else whoever may not set it aside can do; empty where there is nothing."""
    may_override: bool
    """Whether an owner may go ahead all the same, by an audited confirm."""
    may_confirm: bool
    """Whether whoever may call may go ahead, once asked."""
    opens_at: datetime | None
    """UTC; when the hours allow it next. None if they aren't the reason, or not within 8 days."""
    zones: tuple[str, ...]
    """The zones that were looked at: the workspace's own where the number's are unknown."""
    zone_unknown: bool

    @property
    def refusal(self) -> str:
        """What is told to whoever may not set it aside."""
        return f"{self.message} {self.advice}".strip()


def decide(
    zones: tuple[str, ...],
    facts: Facts,
    limits: Limits,
    now: datetime,
    *,
    waived: Collection[Reason] = (),
) -> Verdict:
    """Whether a number that may be in any of `zones` may be reached at `now` (aware).

    `zones` are IANA names, none where unknown. `waived` are the reasons that an owner has
    overridden or a caller confirmed; an opt-out can't be among them, and counts all the same.
    """
    window = PRESETS[limits.hours_preset]
    judged = zones or (limits.workspace_zone,)
    unknown = not zones
    note = _unknown_zone(limits.workspace_zone) if unknown and window else ""
    for reason, applies in _reasons(judged, facts, limits, now):
        if not applies or (reason in waived and reason is not Reason.OPTED_OUT):
            continue
        message = _message(reason, judged, facts, limits, now)
        outside = window if reason is Reason.OUTSIDE_HOURS else None
        return Verdict(
            reason,
            f"{note} {message}".strip() if outside else message,
            _advice(reason),
            may_override=reason in MAY_OVERRIDE,
            may_confirm=reason in MAY_CONFIRM,
            opens_at=opens_at(judged, outside, now) if outside else None,
            zones=judged,
            zone_unknown=unknown,
        )
    return Verdict(
        None,
        note,
        "",
        may_override=False,
        may_confirm=False,
        opens_at=None,
        zones=judged,
        zone_unknown=unknown,
    )


def _reasons(
    zones: tuple[str, ...], facts: Facts, limits: Limits, now: datetime
) -> Iterator[tuple[Reason, bool]]:
    window = PRESETS[limits.hours_preset]
    yield Reason.OPTED_OUT, facts.opted_out
    yield Reason.OUTSIDE_HOURS, window is not None and not is_open(zones, window, now)
    yield Reason.OVER_NUMBER_CAP, _reached(limits.number_cap_per_day, facts.number_count_today)
    yield Reason.OVER_DAY_CAP, _reached(limits.day_cap, facts.day_count)
    last = facts.last_reached
    yield Reason.RECENT, last is not None and now - last < RECENTLY


def _reached(cap: int | None, count: int) -> bool:
    return cap is not None and count >= cap


def day_start(zone: str, now: datetime) -> datetime:
    """When the day of `now` (aware) began in this zone (an IANA name); UTC.

    Where a clock is set forward at midnight, that moment; where midnight comes twice, the first.
    """
    today = now.astimezone(ZoneInfo(zone)).date()
    return datetime.combine(today, time(), ZoneInfo(zone)).astimezone(UTC)


def is_open(zones: tuple[str, ...], window: Window, now: datetime) -> bool:
    """Whether the window is open in every one of the zones at `now` (aware)."""
    return all(_is_open_in(zone, window, now) for zone in zones)


def _is_open_in(zone: str, window: Window, now: datetime) -> bool:
    local = now.astimezone(ZoneInfo(zone))
    return local.weekday() in window.weekdays and window.start <= local.time() < window.end


@lru_cache(maxsize=256)
def opens_at(zones: tuple[str, ...], window: Window, now: datetime) -> datetime | None:
    """The first moment after `now` (UTC), within 8 days, at which the window is open in every zone.

    For a `now` at which it is closed. A clock that jumps may open a window between its start and
    its end, so those moments are looked at too.
    """
    moments = sorted(
        moment
        for zone in zones
        for moment in (*_starts(ZoneInfo(zone), window, now), *_jumps(ZoneInfo(zone), now))
        if now < moment <= now + HORIZON
    )
    return next((moment for moment in moments if is_open(zones, window, moment)), None)


def _starts(zone: ZoneInfo, window: Window, now: datetime) -> Iterator[datetime]:
    """Every moment at which a clock there shows the window's start; twice where it is set back."""
    today = now.astimezone(zone).date()
    for days in range(HORIZON.days + 2):
        start = datetime.combine(today + timedelta(days=days), window.start, zone)
        yield start.astimezone(UTC)
        yield start.replace(fold=1).astimezone(UTC)


def _jumps(zone: ZoneInfo, now: datetime) -> Iterator[datetime]:
    """Every moment at which a clock there is set forward or back, to the second."""
    before = now.astimezone(UTC).replace(microsecond=0)
    for _ in range(HORIZON.days):
        after = before + timedelta(days=1)
        if _offset(zone, before) != _offset(zone, after):
            yield _jump_between(zone, before, after)
        before = after


def _jump_between(zone: ZoneInfo, before: datetime, after: datetime) -> datetime:
    old = _offset(zone, before)
    while after - before > timedelta(seconds=1):
        middle = before + timedelta(seconds=(after - before).total_seconds() // 2)
        before, after = (middle, after) if _offset(zone, middle) == old else (before, middle)
    return after


def _offset(zone: ZoneInfo, moment: datetime) -> timedelta | None:
    return moment.astimezone(zone).utcoffset()


def _message(
    reason: Reason, zones: tuple[str, ...], facts: Facts, limits: Limits, now: datetime
) -> str:
    match reason:
        case Reason.OPTED_OUT:
            return (
                "Whoever has this number asked not to be contacted. Nobody here can call or text "
                "it, owners included: take it off your list."
            )
        case Reason.OUTSIDE_HOURS:
            return _outside_hours(zones, PRESETS[limits.hours_preset], now)
        case Reason.OVER_NUMBER_CAP:
            return (
                f"This number was already reached {_times(facts.number_count_today)} today, and "
                f"{_times(limits.number_cap_per_day)} a day is the limit here. Try again tomorrow."
            )
        case Reason.OVER_DAY_CAP:
            return (
                f"This workspace has reached people {_times(facts.day_count)} today, and "
                f"{_times(limits.day_cap)} a day is the limit here. Try again tomorrow."
            )
        case Reason.RECENT:
            return _recent(facts, now)


def _advice(reason: Reason) -> str:
    if reason not in MAY_OVERRIDE:
        return ""
    return "An owner can go ahead all the same: ask one."


def _outside_hours(zones: tuple[str, ...], window: Window | None, now: datetime) -> str:
    if window is None:
        return ""
    closed = next(zone for zone in zones if not _is_open_in(zone, window, now))
    there = now.astimezone(ZoneInfo(closed))
    perhaps = ", where this number may be" if len(zones) > 1 else ""
    said = f"It is {there:%A, %H:%M} in {_city(closed)}{perhaps}; the hours there are {window}."
    opening = opens_at(zones, window, now)
    if opening is None:
        return f"{said} They don't open within 8 days."
    local = opening.astimezone(ZoneInfo(closed))
    return f"{said} Try again from {local:%A}, {local.day} {local:%B, %H:%M} {_city(closed)} time."


def _unknown_zone(workspace_zone: str) -> str:
    return (
        "This number doesn't say in which time zone it is, so this workspace's own "
        f"({_city(workspace_zone)}) counts."
    )


def _recent(facts: Facts, now: datetime) -> str:
    # Another process's clock may be ahead of this one's.
    ago = max(0, int((now - (facts.last_reached or now)).total_seconds()))
    by = f" by <@{facts.last_reached_by}>" if facts.last_reached_by else ""
    if facts.by_text:
        return f"Texted {ago} s ago{by}: Send Another?"
    return f"Called {ago} s ago{by}: Call Again?"


def _times(count: int | None) -> str:
    return "once" if count == 1 else f"{count or 0:,} times"


def _city(zone: str) -> str:
    return zone.rpartition("/")[2].replace("_", " ")


def _days(weekdays: frozenset[int]) -> str:
    names = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
    ordered = sorted(weekdays)
    first, last = ordered[0], ordered[-1]
    if len(ordered) > 2 and ordered == list(range(first, last + 1)):  # noqa: PLR2004 - a range
        return f"{names[first]} to {names[last]}"
    return ", ".join(names[day] for day in ordered)
