"""Whether a number may be reached now, and why not."""

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.recipients.policy import (
    EVERY_DAY,
    MAY_CONFIRM,
    MAY_OVERRIDE,
    MONDAY_TO_FRIDAY,
    PRESETS,
    Facts,
    Limits,
    Reason,
    Verdict,
    Window,
    decide,
    is_open,
    opens_at,
)

NEW_YORK, LOS_ANGELES, BOISE = "America/New_York", "America/Los_Angeles", "America/Boise"
LONDON, KOLKATA, LORD_HOWE = "Europe/London", "Asia/Kolkata", "Australia/Lord_Howe"
FRESH = Facts(False, 0, 0, None, None)
OPEN = Limits("always", None, None, NEW_YORK)
NOON = datetime(2026, 7, 15, 16, 0, tzinfo=UTC)
"""A Wednesday; noon in New York."""


def utc(text: str) -> datetime:
    """`2026-07-15 16:00` as a moment."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("preset", "zone", "now", "allowed"),
    [
        ("default", NEW_YORK, "2026-07-15 12:59:59.999999", False),
        ("default", NEW_YORK, "2026-07-15 13:00", True),
        ("default", NEW_YORK, "2026-07-15 23:59:59.999999", True),
        ("default", NEW_YORK, "2026-07-16 00:00", False),
        ("default", NEW_YORK, "2026-07-18 16:00", True),  # a Saturday
        ("us-federal", NEW_YORK, "2026-07-15 12:00", True),
        ("us-federal", NEW_YORK, "2026-07-16 00:59", True),
        ("us-federal", NEW_YORK, "2026-07-16 01:00", False),
        ("us-strict", NEW_YORK, "2026-07-15 14:00", True),
        ("us-strict", NEW_YORK, "2026-07-15 21:00", False),
        ("us-strict", NEW_YORK, "2026-07-17 20:59", True),  # a Friday
        ("us-strict", NEW_YORK, "2026-07-18 16:00", False),  # a Saturday
        ("us-strict", NEW_YORK, "2026-07-19 16:00", False),  # a Sunday
        ("in-promotional", KOLKATA, "2026-07-15 04:29", False),
        ("in-promotional", KOLKATA, "2026-07-15 04:30", True),
        ("in-promotional", KOLKATA, "2026-07-15 15:30", False),
        ("always", NEW_YORK, "2026-07-15 07:00", True),
        # The wall clock counts: 09:00 is an hour later in UTC once summer time is over.
        ("default", NEW_YORK, "2026-10-31 13:00", True),
        ("default", NEW_YORK, "2026-11-01 13:30", False),
        ("default", NEW_YORK, "2026-11-01 14:00", True),
        # It is Friday still in Los Angeles, and Saturday in UTC.
        ("us-federal", LOS_ANGELES, "2026-07-18 03:59", True),
    ],
)
def test_hours_are_those_of_the_called_partys_wall_clock(
    preset: str, zone: str, now: str, *, allowed: bool
) -> None:
    """A window's start is inside it, its end isn't, and weekdays are local."""
    verdict = decide((zone,), FRESH, replace(OPEN, hours_preset=preset), utc(now))
    assert verdict.reason is (None if allowed else Reason.OUTSIDE_HOURS)
    assert verdict.zones == (zone,)
    assert not verdict.zone_unknown


@pytest.mark.parametrize(
    ("zones", "now", "allowed", "opening"),
    [
        ((BOISE, LOS_ANGELES), "2026-07-15 15:30", False, "2026-07-15 16:00"),
        ((BOISE, LOS_ANGELES), "2026-07-15 16:00", True, None),
        ((BOISE, LOS_ANGELES), "2026-07-16 02:00", False, "2026-07-16 16:00"),
        # Open from nine in London to eight in Kolkata, six and a half hours at once.
        ((LONDON, KOLKATA), "2026-07-15 14:30", False, "2026-07-16 08:00"),
        # Ten hours apart: from nine in Los Angeles on, London is open for three hours.
        ((LONDON, LOS_ANGELES), "2026-07-15 15:00", False, "2026-07-15 16:00"),
        # Never nine and not yet twenty o'clock in both.
        (("Pacific/Auckland", NEW_YORK, LONDON), "2026-07-15 15:00", False, None),
    ],
)
def test_every_possible_zone_must_allow_it(
    zones: tuple[str, ...], now: str, *, allowed: bool, opening: str | None
) -> None:
    """A number that may be in two zones waits until both are open."""
    verdict = decide(zones, FRESH, replace(OPEN, hours_preset="default"), utc(now))
    assert (verdict.reason is None) is allowed
    assert verdict.opens_at == (utc(opening) if opening else None)
    if not allowed and opening is None:
        assert verdict.message.endswith("They don't open within 8 days.")
        assert "An owner can go ahead" in verdict.refusal


MORNINGS = Window(time(2, 30), time(5))


@pytest.mark.parametrize(
    ("window", "zone", "now", "opening"),
    [
        (PRESETS["us-strict"], NEW_YORK, "2026-07-17 21:00", "2026-07-20 14:00"),  # Friday 17:00
        (PRESETS["default"], NEW_YORK, "2026-03-08 02:00", "2026-03-08 13:00"),  # the night of DST
        (PRESETS["default"], NEW_YORK, "2026-11-01 02:00", "2026-11-01 14:00"),
        (PRESETS["default"], LORD_HOWE, "2026-04-04 12:00", "2026-04-04 22:30"),  # half an hour
        # 02:30 doesn't exist that night: the clock jumps from 02:00 to 03:00 into the window.
        (MORNINGS, NEW_YORK, "2026-03-08 06:00", "2026-03-08 07:00"),
        # 01:30 comes twice: the first one counts, and so does the second after the first.
        (Window(time(1, 30), time(2)), NEW_YORK, "2026-11-01 05:00", "2026-11-01 05:30"),
        (Window(time(1, 30), time(1, 45)), NEW_YORK, "2026-11-01 05:50", "2026-11-01 06:30"),
        # The clock is set back from 02:00 to 01:00, into a window that had closed.
        (Window(time(0), time(1, 30)), NEW_YORK, "2026-11-01 05:40", "2026-11-01 06:00"),
        (
            Window(time(9), time(10), frozenset({2})),
            NEW_YORK,
            "2026-07-15 14:00",
            "2026-07-22 13:00",
        ),
        (Window(time(9), time(10), frozenset()), NEW_YORK, "2026-07-15 14:00", None),
    ],
)
def test_the_next_opening(window: Window, zone: str, now: str, opening: str | None) -> None:
    """The next opening is right over weekends, and in nights that a clock is set in."""
    assert opens_at((zone,), window, utc(now)) == (utc(opening) if opening else None)


ZONES = st.sampled_from(
    [NEW_YORK, LOS_ANGELES, BOISE, LONDON, KOLKATA, LORD_HOWE, "Asia/Kathmandu", "America/Phoenix"]
)
MOMENTS = st.datetimes(datetime(2025, 1, 1), datetime(2028, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - hypothesis wants naive bounds
HOURS = st.times().map(lambda at: at.replace(second=0, microsecond=0))
WINDOWS = st.builds(
    lambda hours, days: Window(min(hours), max(hours), days),
    st.tuples(HOURS, HOURS),
    st.frozensets(st.integers(0, 6), min_size=1),
)


@settings(max_examples=200, deadline=None)
@given(st.lists(ZONES, min_size=1, max_size=3, unique=True), WINDOWS, MOMENTS)
def test_an_opening_is_open_and_the_minute_before_is_not(
    zones: list[str], window: Window, now: datetime
) -> None:
    """What is promised as the next opening is one, and nothing before it was."""
    where = tuple(zones)
    if is_open(where, window, now):
        return
    opening = opens_at(where, window, now)
    if opening is None:
        quarters = (now + timedelta(minutes=15 * step) for step in range(8 * 96))
        assert not any(is_open(where, window, moment) for moment in quarters)
        return
    assert now < opening <= now + timedelta(days=8)
    assert is_open(where, window, opening)
    assert not is_open(where, window, max(now, opening - timedelta(minutes=1)))
    steps = range(int((opening - now) / timedelta(minutes=15)))
    assert not any(is_open(where, window, now + timedelta(minutes=15) * step) for step in steps)


def test_an_unknown_zone_is_judged_by_the_workspaces_own_and_says_so() -> None:
    """A toll-free number keeps the workspace's hours, and the asker learns why."""
    limits = replace(OPEN, hours_preset="default")
    allowed = decide((), FRESH, limits, NOON)
    assert (allowed.reason, allowed.zones, allowed.zone_unknown) == (None, (NEW_YORK,), True)
    assert "own (New York) counts" in allowed.message
    closed = decide((), FRESH, limits, utc("2026-07-16 01:00"))
    assert closed.reason is Reason.OUTSIDE_HOURS
    assert closed.opens_at == utc("2026-07-16 13:00")
    assert closed.message == (
        "This number doesn't say in which time zone it is, so this workspace's own (New York) "
        "counts. It is Wednesday, 21:00 in New York; the hours there are 09:00 to 20:00. Try again "
        "from Thursday, 16 July, 09:00 New York time."
    )


def test_without_hours_an_unknown_zone_is_no_matter() -> None:
    """Where every hour is allowed, nothing is said of zones."""
    assert decide((), FRESH, OPEN, NOON).message == ""


CAPPED = Limits("default", 1, 1000, NEW_YORK)
WORST = Facts(True, 1, 1000, utc("2026-07-16 00:59:48"), "U0123")
NIGHT = utc("2026-07-16 01:00")


def test_reasons_come_in_order_and_an_opt_out_is_never_waived() -> None:
    """Each reason shows once those before it are settled; the opt-out by the person alone."""
    zones = (NEW_YORK,)
    everything = set(Reason)
    assert decide(zones, WORST, CAPPED, NIGHT, waived=everything).reason is Reason.OPTED_OUT
    facts, waived = replace(WORST, opted_out=False), set[Reason]()
    seen = []
    while (reason := decide(zones, facts, CAPPED, NIGHT, waived=waived).reason) is not None:
        seen.append(reason)
        waived.add(reason)
    assert seen == list(Reason)[1:]


@pytest.mark.parametrize("reason", list(Reason))
def test_who_may_go_ahead_all_the_same(reason: Reason) -> None:
    """An owner overrides hours and caps, whoever may call confirms a repeat, nobody an opt-out."""
    facts = replace(WORST, opted_out=reason is Reason.OPTED_OUT)
    before = list(Reason)[: list(Reason).index(reason)]
    verdict = decide((NEW_YORK,), facts, CAPPED, NIGHT, waived=before)
    assert verdict.reason is reason
    assert verdict.may_override is (reason in MAY_OVERRIDE)
    assert verdict.may_confirm is (reason in MAY_CONFIRM)
    assert (verdict.opens_at is not None) is (reason is Reason.OUTSIDE_HOURS)


@pytest.mark.parametrize(
    ("cap", "count", "reason"),
    [
        (None, 10**6, None),
        (2, 1, None),
        (2, 2, Reason.OVER_NUMBER_CAP),
        (0, 0, Reason.OVER_NUMBER_CAP),
    ],
)
def test_a_cap_is_how_often_at_most(cap: int | None, count: int, reason: Reason | None) -> None:
    """At the cap no further call is allowed; without one there is no limit."""
    facts = replace(FRESH, number_count_today=count)
    assert decide((LONDON,), facts, replace(OPEN, number_cap_per_day=cap), NOON).reason is reason


@pytest.mark.parametrize(
    ("facts", "limits", "message"),
    [
        (
            replace(FRESH, number_count_today=1),
            replace(OPEN, number_cap_per_day=1),
            (
                "This number was already reached once today, and once a day is the limit here. Try "
                "again tomorrow."
            ),
        ),
        (
            replace(FRESH, day_count=1000),
            replace(OPEN, day_cap=1000),
            (
                "This workspace has reached people 1,000 times today, and 1,000 times a day is the "
                "limit here. Try again tomorrow."
            ),
        ),
        (
            replace(FRESH, opted_out=True),
            OPEN,
            (
                "Whoever has this number asked not to be contacted. Nobody here can call or text "
                "it, owners included: take it off your list."
            ),
        ),
    ],
)
def test_a_refusal_says_what_to_do_next(facts: Facts, limits: Limits, message: str) -> None:
    """Each sentence holds the figures and a way on."""
    assert decide((LONDON,), facts, limits, NOON).message == message


@pytest.mark.parametrize(
    ("seconds", "by", "message"),
    [
        (12, "U0123", "Called 12 s ago by <@U0123>: Call Again?"),
        (119.9, None, "Called 119 s ago: Call Again?"),
        (-1, "U0123", "Called 0 s ago by <@U0123>: Call Again?"),
        (120, "U0123", ""),
    ],
)
def test_a_number_reached_just_now_asks_first(seconds: float, by: str | None, message: str) -> None:
    """For two minutes whoever may call is asked; a clock that is ahead counts as just now."""
    facts = replace(FRESH, last_reached=NOON - timedelta(seconds=seconds), last_reached_by=by)
    verdict = decide((LONDON,), facts, OPEN, NOON)
    assert verdict.message == message
    assert verdict.reason is (Reason.RECENT if message else None)


def test_of_two_zones_the_closed_one_is_named() -> None:
    """Somebody in Boise's area code learns that it is too early in Los Angeles."""
    limits = replace(OPEN, hours_preset="us-strict")
    message = decide((BOISE, LOS_ANGELES), FRESH, limits, utc("2026-07-15 16:30")).message
    assert message == (
        "It is Wednesday, 09:30 in Los Angeles, where this number may be; the hours there are "
        "10:00 to 17:00 (Monday to Friday). Try again from Wednesday, 15 July, 10:00 Los Angeles "
        "time."
    )


@pytest.mark.parametrize(
    ("days", "words"),
    [
        (EVERY_DAY, "09:00 to 20:00"),
        (MONDAY_TO_FRIDAY, "09:00 to 20:00 (Monday to Friday)"),
        (frozenset({5, 6}), "09:00 to 20:00 (Saturday, Sunday)"),
    ],
)
def test_a_window_in_words(days: frozenset[int], words: str) -> None:
    """Weekdays are said where not every day counts."""
    assert str(Window(time(9), time(20), days)) == words


def test_an_allowed_number_needs_no_words() -> None:
    """An ordinary call at an ordinary hour passes silently."""
    expected = Verdict(
        None,
        "",
        "",
        may_override=False,
        may_confirm=False,
        opens_at=None,
        zones=(NEW_YORK,),
        zone_unknown=False,
    )
    assert decide((NEW_YORK,), FRESH, replace(OPEN, hours_preset="default"), NOON) == expected
