"""Phone numbers as people write them, and the zones that they may be in."""

import subprocess
import sys
from zoneinfo import ZoneInfo

import phonenumbers
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from phonenumbers.tzdata import TIMEZONE_DATA

from bot.errors import InputError, NumberRefused
from bot.recipients.faults import Fault
from bot.recipients.numbers import Kind, PhoneNumber, mask, parse_number, pretty
from bot.recipients.zones import MOST_ZONES, parse_zone, possible_zones

PERSON = "+14155550132"


def fault(text: str, region: str = "US") -> str:
    """The sentence with which `text` is refused."""
    with pytest.raises(InputError) as caught:
        parse_number(text, region)
    assert set(caught.value.fields) == {"phone"}
    return caught.value.fields["phone"]


@pytest.mark.parametrize(
    "text",
    [
        "+14155550132",
        "+1 415 555 0132",
        "(415) 555-0132",
        "415.555.0132",
        "1 415 555 0132",
        "+1\u2010415\u2011555\u20130132",
        "\u202a+14155550132\u202c",
        "+1\u00a0415\u00a0555\u200b0132",
        "\uff0b1 415 555 0132",
        "\u0664\u0661\u0665\u0665\u0665\u0665\u0660\u0661\u0663\u0662",
        "=+14155550132",
        "'+14155550132",
        "tel:+14155550132",
        "Mobile: 415 555 0132",
        "14155550132.0",
        "\ud800+14155550132",
    ],
)
def test_however_it_is_written(text: str) -> None:
    """Signs, spaces, digits of other scripts and a spreadsheet's traces don't matter."""
    expected = PhoneNumber(PERSON, "US", Kind.FIXED_LINE_OR_MOBILE, None)
    assert parse_number(text, "US") == expected


@pytest.mark.parametrize(
    ("text", "region", "e164"),
    [
        ("98765 43210", "IN", "+919876543210"),
        ("0091 98765 43210", "IN", "+919876543210"),
        # The United States dial 011 abroad, and people there paste 00 all the same.
        ("0091 98765 43210", "US", "+919876543210"),
        ("011 44 20 7946 0123", "US", "+442079460123"),
        ("+44 (0)20 7946 0123", "US", "+442079460123"),
        ("020 7946 0123", "GB", "+442079460123"),
        ("+39 06 1234 5678", "US", "+390612345678"),
        ("030/2312512", "DE", "+49302312512"),
        ("+49 30 / 2312512", "US", "+49302312512"),
        ("+4930231251.0", "US", "+4930231251"),
    ],
)
def test_numbers_of_other_countries(text: str, region: str, e164: str) -> None:
    """A prefix for abroad, a bracketed zero and a country's own form lead to the same number."""
    assert parse_number(text, region).e164 == e164


@pytest.mark.parametrize(
    ("text", "region", "kind"),
    [
        ("+1 212 555 0199", "US", Kind.FIXED_LINE_OR_MOBILE),
        ("+1 345 555 0132", "KY", Kind.FIXED_LINE_OR_MOBILE),
        ("+1 800 555 0199", "US", Kind.TOLL_FREE),
        ("+44 20 7946 0123", "GB", Kind.FIXED_LINE),
        ("+44 7700 900123", "GB", Kind.MOBILE),
        ("+44 1632 960123", "GB", Kind.FIXED_LINE),
        ("+44 808 157 0123", "GB", Kind.TOLL_FREE),
        ("+61 491 570 156", "AU", Kind.MOBILE),
        ("+61 2 5550 1234", "AU", Kind.FIXED_LINE),
    ],
)
def test_numbers_set_aside_for_fiction_are_taken(text: str, region: str, kind: Kind) -> None:
    """Examples and demonstrations can be dialled: they reach nobody."""
    number = parse_number(text, "US")
    assert (number.region, number.kind) == (region, kind)


@pytest.mark.parametrize(
    ("text", "e164", "extension"),
    [
        ("+1 415 555 0132 ext 12", PERSON, "12"),
        ("+1 415 555 0132 x12", PERSON, "12"),
        ("+1 415 555 0132 Extension: 12", PERSON, "12"),
        ("+14155550132;ext=12", PERSON, "12"),
        ("+14155550132,,12#", PERSON, "12"),
        ("1-800-FLOWERS x7", "+18003569377", "7"),
        ("1-800-FLOWERS", "+18003569377", None),
        ("0800 REVERSE", "+448007383773", None),
        ("+800 1234 5678", "+80012345678", None),
    ],
)
def test_extensions_are_kept_apart_and_words_read(
    text: str, e164: str, extension: str | None
) -> None:
    """An extension is reported beside the number; a toll-free word stands for its digits."""
    number = parse_number(text, "GB" if text.startswith("0800") else "US")
    assert (number.e164, number.extension) == (e164, extension)


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("", Fault.MISSING),
        ("4.15555E+09", Fault.DAMAGED),
        ("+14155550132 / +14155550133", Fault.SEVERAL),
        ("911", Fault.EMERGENCY),
        ("+1 900 555 0132", Fault.PREMIUM),
        ("40404", Fault.INVALID),
        ("555 0132", Fault.INVALID),
    ],
)
def test_a_refusal_carries_the_word_for_its_fault(text: str, word: Fault) -> None:
    """Lists count their rows by it."""
    with pytest.raises(NumberRefused) as caught:
        parse_number(text, "US")
    assert caught.value.fault == word


FEW, LONG, LETTERS = "too few digits", "too many digits", "letters in this phone number"
TWO, SHORT, EMERGENCY = "more than one number", "a short code", "Emergency numbers are never"
SPREADSHEET, REFUSED = "A spreadsheet turned", "never called or texted from here"


@pytest.mark.parametrize(
    ("text", "region", "words"),
    [
        ("", "US", "Enter a phone number"),
        (" \u200b\u00a0", "US", "Enter a phone number"),
        ("call me", "US", "no digits"),
        ("#######", "US", "no digits"),
        ("9" * 101, "US", "too long"),
        ("4.15555E+09", "US", SPREADSHEET),
        ("4,15555e+09", "US", SPREADSHEET),
        ("1E10", "US", SPREADSHEET),
        ("*67 415 555 0132", "US", "dialling codes"),
        ("911", "US", EMERGENCY),
        ("9-1-1", "US", EMERGENCY),
        ("+1 911", "IN", EMERGENCY),
        ("+911", "US", EMERGENCY),
        ("112", "US", EMERGENCY),
        ("999", "GB", EMERGENCY),
        ("+44 999", "US", EMERGENCY),
        ("100", "IN", EMERGENCY),
        ("40404", "US", SHORT),
        ("988", "US", SHORT),
        ("555 0132", "US", FEW),
        ("+1 415", "US", FEW),
        ("+44 7", "US", FEW),
        ("+1 415 555 01322", "US", LONG),
        ("4155550132 4155550133", "US", LONG),
        ("+352 123", "US", FEW),
        ("+800 1234 567", "US", FEW),
        ("+263 912345678901", "US", LONG),
        ("+376 1234567", "US", "No number in +376 has this many digits"),
        ("+999 1234567", "US", "No country has this number's code"),
        ("4155550132", "XX", "Begin this number with +"),
        ("+1", "US", "can't be read"),
        ("41\u260e5 555 0132", "US", "can't be read"),
        ("+1 123 456 7890", "US", "No number in +1 begins like this"),
        ("+1 710 555 0132", "US", "No number in +1 begins like this"),
        ("123 456 7890", "US", "Read as a number in +1"),
        ("+1 415 555 0132 John", "US", LETTERS),
        ("1 415 555 O132", "US", LETTERS),  # phonenumbers drops the O, and shifts the digits
        ("+49 30 2312512 Anna", "US", LETTERS),  # it would dial 2662
        ("+1 415 555 JOHN x12", "US", LETTERS),
        ("415-555-0132 (m)", "US", LETTERS),
        ("+1 415 555 0132 / +1 415 555 0133", "US", TWO),
        ("+14155550132, +14155550133", "US", TWO),
        ("+14155550132\n+14155550133", "US", TWO),
        ("+14155550132+14155550133", "US", TWO),
        ("4155550132/4155550133", "US", TWO),
        ("415 555 0132 or 415 555 0133", "US", TWO),
        ("+14155550132;4155550133", "US", TWO),
        ("+33 1 99 00 12 34,99001235", "US", TWO),
        ("030 23125 / 030 23126", "DE", TWO),  # as one number it would be valid
        ("+1 900 555 0132", "US", f"a premium-rate number, which is {REFUSED}"),
        ("+979 1 2345 6789", "US", f"a premium-rate number, which is {REFUSED}"),
        ("+44 300 123 4567", "US", "access number"),
        ("+44 7640 123456", "US", "a pager"),
        ("+49 180 5 123456", "US", "shared-cost"),
        ("+49 177 99 1234567", "US", "voicemail"),
    ],
)
def test_each_cause_has_its_sentence(text: str, region: str, words: str) -> None:
    """What can't be reached is refused for its own reason."""
    assert words in fault(text, region)


@settings(max_examples=500, deadline=None)
@given(
    st.text() | st.text(alphabet="+0123456789 ()-./xe;,#*=ext\u0660\u200b\n", max_size=40),
    st.sampled_from(["US", "GB", "IN", "DE", "JP", "XX", ""]),
)
@example("+1", "US")
@example("0" * 100, "DE")
@example("\u00b2\u2460+1 415 555 0132", "US")
def test_any_text_is_a_number_or_a_fault_of_its_field(text: str, region: str) -> None:
    """Nothing typed escapes as another error; no sentence repeats it, what is taken is E.164."""
    try:
        number = parse_number(text, region)
    except InputError as error:
        sentence = error.fields["phone"]
        assert sentence.endswith(".")
        assert not [part for part in text.split() if len(part) > 9 and part in sentence]
        return
    assert phonenumbers.is_possible_number(phonenumbers.parse(number.e164, None))
    assert parse_number(number.e164, "US").e164 == number.e164
    assert len(number.zones) <= MOST_ZONES


@pytest.mark.parametrize(
    ("e164", "zones"),
    [
        (PERSON, ("America/Los_Angeles",)),
        ("+12085550132", ("America/Boise", "America/Los_Angeles")),
        ("+13455550132", ("America/Cayman",)),
        ("+442079460123", ("Europe/London",)),
        ("+447700900123", ("Europe/London",)),
        # Jersey, Guernsey and the Isle of Man keep London's time.
        ("+447400123456", ("Europe/London",)),
        ("+351912345678", ("Atlantic/Azores", "Europe/Lisbon")),
        ("+919876543210", ("Asia/Calcutta",)),
        ("+18005550199", ()),
        ("+448081570123", ()),
        ("+15005550006", ()),
        ("+80012345678", ()),
    ],
)
def test_the_zones_of_a_number(e164: str, zones: tuple[str, ...]) -> None:
    """Zones that keep the same time count once; toll-free and many-zoned numbers are unknown."""
    assert possible_zones(e164) == zones
    assert parse_number(e164, "US").zones == zones


def test_a_number_that_may_be_in_many_zones_is_in_all_of_them() -> None:
    """An Australian mobile is rung only when neither Perth nor Sydney sleeps."""
    zones = possible_zones("+61491570156")
    assert len(zones) == 8
    assert {"Australia/Perth", "Australia/Sydney"} <= set(zones)


def test_every_zone_of_the_prefixes_is_one_that_python_knows() -> None:
    """No number brings a zone that the policy can't look up."""
    names = {name for names in TIMEZONE_DATA.values() for name in names}
    assert len(names) > 200
    for name in names:
        ZoneInfo(name)


def test_the_prefixes_of_zones_are_loaded_when_asked_for() -> None:
    """Reading a number costs neither the 11 MiB of zones nor the 109 MiB of places."""
    program = (
        "import sys; from bot.recipients.numbers import parse_number; "
        "number = parse_number('+14155550132', 'US'); heavy = {'timezone', 'tzdata', 'geocoder'}; "
        "heavy = {f'phonenumbers.{name}' for name in heavy}; assert not heavy & set(sys.modules); "
        "assert number.zones; assert heavy & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", program], check=True)


@pytest.mark.parametrize(
    ("text", "name"),
    [("America/New_York", "America/New_York"), (" America/New York ", "America/New_York")],
)
def test_a_zone_that_somebody_wrote(text: str, name: str) -> None:
    """A space counts as the underscore that it stands for."""
    assert parse_zone(text) == name


@pytest.mark.parametrize("text", ["", "Mars/Olympus", "../../etc/passwd", "America", "\x00"])
def test_what_is_no_zone_is_refused(text: str) -> None:
    """A name that isn't in the database, or is a path, gets the field's sentence."""
    with pytest.raises(InputError) as caught:
        parse_zone(text)
    assert caught.value.fields == {
        "timezone": "There is no such time zone. Write it like America/New_York."
    }


@pytest.mark.parametrize(
    ("e164", "masked", "written"),
    [
        (PERSON, "+1 415 ••• ••32", "+1 415-555-0132"),
        ("+442079460123", "+44 20 •••• ••23", "+44 20 7946 0123"),
        ("+919876543210", "+91 ••••• •••10", "+91 98765 43210"),
        ("+61491570156", "+61 ••• ••• •56", "+61 491 570 156"),
        ("+33199001234", "+33 1 •• •• •• 34", "+33 1 99 00 12 34"),
        ("+38349012345", "+383 •• ••• •45", "+383 49 012 345"),
        ("+6834002", "+683 ••••", "+683 4002"),
        ("Jo Doe", "•••••", "Jo Doe"),
        ("", "•••••", ""),
    ],
)
def test_a_number_masked_and_written_out(e164: str, masked: str, written: str) -> None:
    """Five digits or more stay hidden, and never more than the last two of the end are shown."""
    assert mask(e164) == masked
    assert pretty(e164) == written


@pytest.mark.parametrize("region", sorted(phonenumbers.SUPPORTED_REGIONS))
def test_no_country_s_masked_number_can_be_told(region: str) -> None:
    """In every country at least five digits are hidden, or all behind the country code."""
    number = phonenumbers.example_number(region)
    assert number is not None
    e164 = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    masked = mask(e164)
    shown = sum(char.isdigit() for char in masked) - len(str(number.country_code))
    assert masked.count("•") >= 5 or shown == 0
    assert masked.count("•") + shown == len(phonenumbers.national_significant_number(number))
