"""The time zones in which a number may be."""

from functools import cache
from importlib.resources import files
from zoneinfo import ZoneInfo

import phonenumbers
from phonenumbers import PhoneNumberType

from bot.errors import InputError

MOST_ZONES = 16
"""A number that fits more zones than this (keeping different time) says nothing of where it is."""

_NORTH_AMERICA = 1


def possible_zones(e164: str) -> tuple[str, ...]:
    """IANA names of every zone in which the number may be, those that keep the same time once.

    Empty where that is unknown: toll-free and international numbers, and those that fit more than
    `MOST_ZONES`. Raises `phonenumbers.NumberParseException` for what isn't E.164.
    """
    # 11 MiB of prefixes, which whoever only formats numbers needn't load.
    from phonenumbers import timezone  # noqa: PLC0415 - see above

    number = phonenumbers.parse(e164, None)
    kind = phonenumbers.number_type(number)
    if kind == PhoneNumberType.TOLL_FREE:
        return ()
    zones = _distinct(timezone.time_zones_for_number(number))
    by_prefix = kind == PhoneNumberType.UNKNOWN or number.country_code == _NORTH_AMERICA
    if by_prefix and len(zones) != 1:
        # phonenumbers gives the whole continent for a Jamaican mobile, and no zone for a number
        # set aside for fiction, although the prefix says where both are.
        zones = _distinct(timezone.time_zones_for_geographical_number(number))
    return zones if len(zones) <= MOST_ZONES else ()


_OF_PREFIX: dict[tuple[str, str], tuple[str, ...]] = {}
"""As many as the plan has prefixes and kinds, some thousands at most."""


def zones_of_kind(e164: str, kind: str) -> tuple[str, ...]:
    """As `possible_zones`, for a number whose `Kind` is known: looked up once a prefix and kind.

    The same answers, since zones depend on nothing but the number's type and the longest of its
    beginnings that the table of prefixes holds.
    """
    # As above: whoever only formats numbers needn't load it.
    from phonenumbers import tzdata  # noqa: PLC0415 - see above

    longest = range(min(len(e164), 1 + tzdata.TIMEZONE_LONGEST_PREFIX), 1, -1)
    prefix = next((e164[1:end] for end in longest if e164[1:end] in tzdata.TIMEZONE_DATA), None)
    if prefix is None:
        return possible_zones(e164)
    zones = _OF_PREFIX.get((prefix, kind))
    if zones is None:
        zones = _OF_PREFIX[prefix, kind] = possible_zones(e164)
    return zones


def parse_zone(text: str) -> str:
    """The IANA name that somebody wrote (`America/New_York`), checked.

    Raises InputError with the field `timezone`.
    """
    name = text.strip().replace(" ", "_")
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        raise InputError(
            {"timezone": "There is no such time zone. Write it like America/New_York."}
        ) from None
    return name


def _distinct(names: tuple[str, ...]) -> tuple[str, ...]:
    """One name a clock: Jersey keeps London's time, so London speaks for both."""
    same: dict[str, str] = {}
    for name in names:
        if name == "Etc/Unknown":
            continue
        clock = _links().get(name, name)
        if clock not in same or name == clock:
            same[clock] = name
    return tuple(same.values())


@cache
def _links() -> dict[str, str]:
    """Names that the time zone database declares to be another zone's."""
    database = files("tzdata").joinpath("zoneinfo", "tzdata.zi").read_text(encoding="utf-8")
    lines = (line.split() for line in database.splitlines())
    return {words[2]: words[1] for words in lines if words[:1] == ["L"]}
