"""When a campaign is to start: wall clocks of a named zone, their jumps, what is over."""

from datetime import UTC, datetime

import pytest

from bot.campaigns.moments import read_moment
from bot.errors import InputError

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("day", "clock", "zone", "moment"),
    [
        ("2026-03-02", "09:30", "UTC", "2026-03-02T09:30"),
        ("2026-03-02", "09:30", "Europe/Oslo", "2026-03-02T08:30"),
        ("2026-03-02", "09:30", "Asia/Kolkata", "2026-03-02T04:00"),
        ("2026-03-01", "08:00", "America/New_York", "2026-03-01T13:00"),
        ("2026-07-01", "09:30", "Europe/Oslo", "2026-07-01T07:30"),
        # Clocks are set back: 02:30 comes twice, the first one counts.
        ("2026-10-25", "02:30", "Europe/Oslo", "2026-10-25T00:30"),
    ],
)
def test_a_wall_clock_is_a_moment(day: str, clock: str, zone: str, moment: str) -> None:
    """In its own zone, summer time included."""
    expected = datetime.fromisoformat(moment).replace(tzinfo=UTC)
    assert read_moment(day, clock, zone, NOW) == expected


@pytest.mark.parametrize(
    ("day", "clock", "zone", "fields"),
    [
        ("", "", "", {"day", "time", "zone"}),
        ("2026-03-02", "09:30", "Europe/Olso", {"zone"}),
        ("2026-03-02", "09:30", "../etc/passwd", {"zone"}),
        ("2026-02-30", "09:30", "UTC", {"day"}),
        ("2026-03-02", "24:30", "UTC", {"time"}),
        ("2026-02-28", "09:30", "UTC", {"day"}),
        ("2026-03-01", "11:59", "UTC", {"time"}),
        ("2026-03-01", "12:00", "UTC", {"time"}),
        ("2028-03-01", "09:30", "UTC", {"day"}),
        ("0001-01-01", "00:00", "Asia/Kolkata", {"day"}),
        # Clocks are set forward: there is no 02:30.
        ("2026-03-29", "02:30", "Europe/Oslo", {"time"}),
    ],
)
def test_what_is_no_moment_to_start(day: str, clock: str, zone: str, fields: set[str]) -> None:
    """Each fault is told in its own field, with what to do."""
    with pytest.raises(InputError) as refused:
        read_moment(day, clock, zone, NOW)
    assert set(refused.value.fields) == fields
    assert all(len(text) > 10 for text in refused.value.fields.values())
