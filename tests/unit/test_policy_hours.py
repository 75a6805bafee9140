"""When people may be called: each preset, day by day, in zones all over the world.

Every window's local times are written out with the offset that the zone has on that day, so that
neither the zone database nor the policy is believed by itself.
"""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from bot.recipients.policy import PRESETS, Facts, Limits, Reason, decide, opens_at
from bot.recipients.zones import possible_zones

FRESH = Facts(False, 0, 0, None, None)
TICK = timedelta(microseconds=1)
HALF = timedelta(minutes=30)

# In 2026 clocks are set forward on 8 March in America and on 29 March in Europe, back on 1 November
# and 25 October; in Adelaide, Chatham and Lord Howe (by half an hour) back on 5 April, and forward
# on 4 October, in Chatham on 27 September. India, Nepal, Arizona and Hawaii keep one time.
DAYS = [
    ("default", "America/New_York", "Sat 2026-03-07", "09:00-20:00 -05:00"),
    ("default", "America/New_York", "Sun 2026-03-08", "09:00-20:00 -04:00"),
    ("default", "America/New_York", "Mon 2026-03-09", "09:00-20:00 -04:00"),
    ("default", "America/New_York", "Sat 2026-10-31", "09:00-20:00 -04:00"),
    ("default", "America/New_York", "Sun 2026-11-01", "09:00-20:00 -05:00"),
    ("default", "Europe/London", "Sat 2026-03-28", "09:00-20:00 +00:00"),
    ("default", "Europe/London", "Sun 2026-03-29", "09:00-20:00 +01:00"),
    ("default", "Europe/London", "Sun 2026-10-25", "09:00-20:00 +00:00"),
    ("default", "Asia/Kolkata", "Sat 2026-07-18", "09:00-20:00 +05:30"),
    ("default", "Asia/Kathmandu", "Sun 2026-07-19", "09:00-20:00 +05:45"),
    ("default", "America/St_Johns", "Sun 2026-03-08", "09:00-20:00 -02:30"),
    ("default", "America/St_Johns", "Sun 2026-11-01", "09:00-20:00 -03:30"),
    ("default", "Pacific/Kiritimati", "Wed 2026-07-15", "09:00-20:00 +14:00"),
    ("default", "Pacific/Pago_Pago", "Wed 2026-07-15", "09:00-20:00 -11:00"),
    ("us-federal", "America/New_York", "Sat 2026-03-07", "08:00-21:00 -05:00"),
    ("us-federal", "America/New_York", "Sun 2026-03-08", "08:00-21:00 -04:00"),
    ("us-federal", "America/New_York", "Sun 2026-11-01", "08:00-21:00 -05:00"),
    ("us-federal", "America/New_York", "Mon 2026-11-02", "08:00-21:00 -05:00"),
    ("us-federal", "America/Los_Angeles", "Sun 2026-03-08", "08:00-21:00 -07:00"),
    ("us-federal", "America/Los_Angeles", "Sun 2026-11-01", "08:00-21:00 -08:00"),
    ("us-federal", "America/Phoenix", "Sun 2026-03-08", "08:00-21:00 -07:00"),
    ("us-federal", "America/Phoenix", "Sun 2026-11-01", "08:00-21:00 -07:00"),
    ("us-federal", "Pacific/Honolulu", "Wed 2026-07-15", "08:00-21:00 -10:00"),
    ("us-federal", "America/St_Johns", "Sat 2026-07-18", "08:00-21:00 -02:30"),
    ("us-federal", "Australia/Adelaide", "Sun 2026-04-05", "08:00-21:00 +09:30"),
    ("us-federal", "Australia/Adelaide", "Sun 2026-10-04", "08:00-21:00 +10:30"),
    ("us-federal", "Pacific/Chatham", "Sun 2026-04-05", "08:00-21:00 +12:45"),
    ("us-federal", "Pacific/Chatham", "Sun 2026-09-27", "08:00-21:00 +13:45"),
    ("us-federal", "Pacific/Kiritimati", "Thu 2026-12-31", "08:00-21:00 +14:00"),
    ("us-federal", "Pacific/Pago_Pago", "Thu 2026-12-31", "08:00-21:00 -11:00"),
    ("us-strict", "America/New_York", "Fri 2026-03-06", "10:00-17:00 -05:00"),
    ("us-strict", "America/New_York", "Sat 2026-03-07", None),
    ("us-strict", "America/New_York", "Sun 2026-03-08", None),
    ("us-strict", "America/New_York", "Mon 2026-03-09", "10:00-17:00 -04:00"),
    ("us-strict", "America/New_York", "Fri 2026-10-30", "10:00-17:00 -04:00"),
    ("us-strict", "America/New_York", "Sat 2026-10-31", None),
    ("us-strict", "America/New_York", "Sun 2026-11-01", None),
    ("us-strict", "America/New_York", "Mon 2026-11-02", "10:00-17:00 -05:00"),
    ("us-strict", "America/Denver", "Mon 2026-03-09", "10:00-17:00 -06:00"),
    ("us-strict", "America/Denver", "Mon 2026-11-02", "10:00-17:00 -07:00"),
    ("us-strict", "Asia/Kolkata", "Fri 2026-07-17", "10:00-17:00 +05:30"),
    ("us-strict", "Asia/Kolkata", "Sat 2026-07-18", None),
    ("us-strict", "Australia/Lord_Howe", "Fri 2026-04-03", "10:00-17:00 +11:00"),
    ("us-strict", "Australia/Lord_Howe", "Mon 2026-04-06", "10:00-17:00 +10:30"),
    ("us-strict", "Australia/Lord_Howe", "Mon 2026-10-05", "10:00-17:00 +11:00"),
    ("us-strict", "Pacific/Kiritimati", "Mon 2026-07-13", "10:00-17:00 +14:00"),
    ("us-strict", "Pacific/Kiritimati", "Sat 2026-07-18", None),
    ("us-strict", "Pacific/Pago_Pago", "Fri 2026-07-17", "10:00-17:00 -11:00"),
    ("us-strict", "Pacific/Pago_Pago", "Sat 2026-07-18", None),
    ("in-promotional", "Asia/Kolkata", "Sun 2026-03-29", "10:00-21:00 +05:30"),
    ("in-promotional", "Asia/Kolkata", "Fri 2026-07-17", "10:00-21:00 +05:30"),
    ("in-promotional", "Asia/Kolkata", "Sat 2026-07-18", "10:00-21:00 +05:30"),
    ("in-promotional", "Asia/Kolkata", "Sun 2026-07-19", "10:00-21:00 +05:30"),
    ("in-promotional", "Asia/Colombo", "Wed 2026-07-15", "10:00-21:00 +05:30"),
    ("in-promotional", "Asia/Kathmandu", "Wed 2026-07-15", "10:00-21:00 +05:45"),
    ("in-promotional", "America/New_York", "Sun 2026-03-08", "10:00-21:00 -04:00"),
    ("in-promotional", "America/New_York", "Sun 2026-11-01", "10:00-21:00 -05:00"),
    ("in-promotional", "Europe/London", "Sun 2026-03-29", "10:00-21:00 +01:00"),
    ("in-promotional", "Europe/London", "Sun 2026-10-25", "10:00-21:00 +00:00"),
    ("in-promotional", "Australia/Lord_Howe", "Sun 2026-04-05", "10:00-21:00 +10:30"),
    ("in-promotional", "Australia/Lord_Howe", "Sun 2026-10-04", "10:00-21:00 +11:00"),
    ("in-promotional", "Pacific/Pago_Pago", "Thu 2026-12-31", "10:00-21:00 -11:00"),
]


def limits(preset: str, zone: str = "UTC") -> Limits:
    """These hours, and no caps."""
    return Limits(preset, None, None, zone)


def reason(zones: tuple[str, ...], preset: str, now: datetime) -> Reason | None:
    """Why nobody may be called now."""
    return decide(zones, FRESH, limits(preset), now).reason


@pytest.mark.parametrize(("preset", "zone", "day", "hours"), DAYS)
def test_a_days_hours(preset: str, zone: str, day: str, hours: str | None) -> None:
    """Open from the first moment to the last, and at no other one of that day."""
    weekday, _, written = day.partition(" ")
    on = date.fromisoformat(written)
    assert f"{on:%a}" == weekday
    start, end = _hours(on, hours)
    for moment in _through(zone, on):
        is_inside = start <= moment < end
        expected = None if is_inside else Reason.OUTSIDE_HOURS
        assert reason((zone,), preset, moment) is expected, moment
    if hours is None:
        return
    for moment, shown in ((start, hours[:5]), (end, hours[6:11])):
        local = moment.astimezone(ZoneInfo(zone))
        assert (local.date(), f"{local:%H:%M}", local.isoformat()[-6:]) == (on, shown, hours[12:])
    assert reason((zone,), preset, start - TICK) is Reason.OUTSIDE_HOURS
    assert reason((zone,), preset, end - TICK) is None
    window = PRESETS[preset]
    assert window is not None
    assert opens_at((zone,), window, start - TICK) == start


def _hours(on: date, hours: str | None) -> tuple[datetime, datetime]:
    """The window's first moment, and the first after it; of a closed day the same one twice."""
    if hours is None:
        never = datetime.combine(on, time(), UTC)
        return never, never
    offset = hours[12:]
    first, last = (datetime.fromisoformat(f"{on} {at}{offset}") for at in hours[:11].split("-"))
    return first.astimezone(UTC), last.astimezone(UTC)


def _through(zone: str, on: date) -> list[datetime]:
    """Every half hour of a local day, however long it is."""
    moment = datetime.combine(on, time(), ZoneInfo(zone)).astimezone(UTC)
    moments = []
    while moment.astimezone(ZoneInfo(zone)).date() == on:
        moments.append(moment)
        moment += HALF
    assert len(moments) in (46, 47, 48, 49, 50)
    return moments


@pytest.mark.parametrize(
    ("zone", "day", "halves"),
    [
        ("America/New_York", "2026-03-08", 46),
        ("America/New_York", "2026-11-01", 50),
        ("Australia/Lord_Howe", "2026-10-04", 47),
        ("Australia/Lord_Howe", "2026-04-05", 49),
        ("Asia/Kolkata", "2026-07-15", 48),
    ],
)
def test_always_is_always(zone: str, day: str, halves: int) -> None:
    """At any half hour of a day of 23 hours, of 25, of 23 and a half, or of 24."""
    moments = _through(zone, date.fromisoformat(day))
    assert len(moments) == halves
    assert all(reason((zone,), "always", moment) is None for moment in moments)


SOMEWHERE = [
    # Chicago and Denver are an hour apart: twelve of the thirteen hours are open in both.
    (
        "us-federal",
        "2026-07-15 13:30Z",
        {"America/Chicago": "08:30", "America/Denver": "07:30"},
        False,
    ),
    (
        "us-federal",
        "2026-07-15 14:00Z",
        {"America/Chicago": "09:00", "America/Denver": "08:00"},
        True,
    ),
    (
        "us-federal",
        "2026-07-16 01:59Z",
        {"America/Chicago": "20:59", "America/Denver": "19:59"},
        True,
    ),
    (
        "us-federal",
        "2026-07-16 02:00Z",
        {"America/Chicago": "21:00", "America/Denver": "20:00"},
        False,
    ),
    # Denver sets its clock, Phoenix doesn't: in summer an hour apart, in winter the same.
    (
        "default",
        "2026-07-15 15:30Z",
        {"America/Denver": "09:30", "America/Phoenix": "08:30"},
        False,
    ),
    ("default", "2026-12-15 16:30Z", {"America/Denver": "09:30", "America/Phoenix": "09:30"}, True),
    # London has set its clock, New York hasn't yet: four hours apart for a week in autumn.
    (
        "us-strict",
        "2026-10-26 15:00Z",
        {"Europe/London": "15:00", "America/New_York": "11:00"},
        True,
    ),
    (
        "us-strict",
        "2026-11-02 14:59Z",
        {"Europe/London": "14:59", "America/New_York": "09:59"},
        False,
    ),
    (
        "us-strict",
        "2026-11-02 15:00Z",
        {"Europe/London": "15:00", "America/New_York": "10:00"},
        True,
    ),
    # Half an hour and a quarter apart.
    (
        "in-promotional",
        "2026-07-15 04:20Z",
        {"Asia/Kolkata": "09:50", "Asia/Kathmandu": "10:05"},
        False,
    ),
    (
        "in-promotional",
        "2026-07-15 04:30Z",
        {"Asia/Kolkata": "10:00", "Asia/Kathmandu": "10:15"},
        True,
    ),
    (
        "in-promotional",
        "2026-07-15 15:20Z",
        {"Asia/Kolkata": "20:50", "Asia/Kathmandu": "21:05"},
        False,
    ),
    # Across the date line it is Friday and Saturday at the same time.
    (
        "default",
        "2026-07-18 00:30Z",
        {"Pacific/Pago_Pago": "13:30", "Pacific/Kiritimati": "14:30"},
        True,
    ),
    (
        "us-strict",
        "2026-07-18 00:30Z",
        {"Pacific/Pago_Pago": "13:30", "Pacific/Kiritimati": "14:30"},
        False,
    ),
    (
        "us-strict",
        "2026-07-17 00:30Z",
        {"Pacific/Pago_Pago": "13:30", "Pacific/Kiritimati": "14:30"},
        True,
    ),
    # One closed among three keeps all waiting.
    (
        "default",
        "2026-07-15 13:00Z",
        {"America/New_York": "09:00", "America/Chicago": "08:00", "Europe/London": "14:00"},
        False,
    ),
]


@pytest.mark.parametrize(("preset", "now", "clocks", "allowed"), SOMEWHERE)
def test_every_zone_in_which_it_may_be_must_be_open(
    preset: str, now: str, clocks: dict[str, str], *, allowed: bool
) -> None:
    """What the clocks show in each of them is written beside its name."""
    moment = datetime.fromisoformat(now)
    shown = {zone: f"{moment.astimezone(ZoneInfo(zone)):%H:%M}" for zone in clocks}
    assert shown == clocks
    for zones in (tuple(clocks), tuple(reversed(clocks))):
        assert reason(zones, preset, moment) is (None if allowed else Reason.OUTSIDE_HOURS)


@pytest.mark.parametrize(
    ("preset", "home", "now", "local", "allowed"),
    [
        ("default", "America/New_York", "2026-07-15 12:59Z", "Wed 08:59", False),
        ("default", "America/New_York", "2026-07-15 13:00Z", "Wed 09:00", True),
        ("default", "America/New_York", "2026-11-01 13:30Z", "Sun 08:30", False),
        ("us-federal", "Pacific/Auckland", "2026-07-14 20:00Z", "Wed 08:00", True),
        ("us-federal", "Pacific/Auckland", "2026-07-15 09:00Z", "Wed 21:00", False),
        ("us-strict", "Asia/Kolkata", "2026-07-17 11:29Z", "Fri 16:59", True),
        ("us-strict", "Asia/Kolkata", "2026-07-17 19:00Z", "Sat 00:30", False),
        ("in-promotional", "Asia/Kolkata", "2026-07-19 15:29Z", "Sun 20:59", True),
        ("always", "Pacific/Chatham", "2026-07-15 14:00Z", "Thu 02:45", True),
    ],
)
def test_an_unknown_zone_has_the_workspaces_hours(
    preset: str, home: str, now: str, local: str, *, allowed: bool
) -> None:
    """The workspace's own clock counts for a toll-free number, and the asker is told so."""
    moment = datetime.fromisoformat(now)
    assert f"{moment.astimezone(ZoneInfo(home)):%a %H:%M}" == local
    zones = possible_zones("+18005550100")
    assert zones == ()
    verdict = decide(zones, FRESH, limits(preset, home), moment)
    assert verdict.reason is (None if allowed else Reason.OUTSIDE_HOURS)
    assert (verdict.zones, verdict.zone_unknown) == ((home,), True)
    assert ("doesn't say in which time zone" in verdict.message) is (preset != "always")


@pytest.mark.parametrize(
    ("phone", "now", "clocks", "allowed"),
    [
        (
            "+12085550132",
            "2026-07-15 15:30Z",
            {"America/Boise": "09:30", "America/Los_Angeles": "08:30"},
            False,
        ),
        (
            "+12085550132",
            "2026-07-15 16:00Z",
            {"America/Boise": "10:00", "America/Los_Angeles": "09:00"},
            True,
        ),
        ("+447700900123", "2026-03-29 07:59Z", {"Europe/London": "08:59"}, False),
        ("+447700900123", "2026-03-29 08:00Z", {"Europe/London": "09:00"}, True),
        ("+61491570156", "2026-07-15 22:30Z", {"Australia/Sydney": "08:30"}, False),
    ],
)
def test_from_the_number_to_the_hours(
    phone: str, now: str, clocks: dict[str, str], *, allowed: bool
) -> None:
    """The zones are those of the number's prefix; among others where it may be in many."""
    moment = datetime.fromisoformat(now)
    zones = possible_zones(phone)
    assert set(clocks) <= set(zones)
    assert {zone: f"{moment.astimezone(ZoneInfo(zone)):%H:%M}" for zone in clocks} == clocks
    assert reason(zones, "default", moment) is (None if allowed else Reason.OUTSIDE_HOURS)
