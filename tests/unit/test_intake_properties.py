"""What holds for any bytes, any text, any number."""

import re

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from phonenumbers import phonenumberutil
from phonenumbers.tzdata import TIMEZONE_DATA

from bot.errors import BotError, InputError
from bot.recipients.intake import Ready, open_file, open_paste, read
from bot.recipients.intake.limits import LONGEST_CELL
from bot.recipients.numbers import parse_number, read_plain
from bot.recipients.zones import possible_zones, zones_of_kind
from tests.golden.intake.make import HEADER, workbook

REGIONS = st.sampled_from(["US", "CA", "JM", "GB", "IN", "DE", "IT", "XX", ""])
CELLS = st.sampled_from(
    [
        "Name",
        "Phone",
        "John",
        "+14155550132",
        "415 555 0133",
        "911",
        '"',
        '"x\ny"',
        "=1+1",
        "'",
        "4.1E+09",
        "",
        "\x00",
        "नाम",
        "Europe/London",
        "12345678901234500",
    ]
) | st.text(max_size=12)
TEXTS = st.lists(CELLS | st.sampled_from([",", ";", "\t", "|", "\r", "\n", "\r\n", " "])).map(
    "".join
)
BYTES = st.binary(max_size=300) | st.builds(
    lambda text, encoding: text.encode(encoding, "replace"),
    TEXTS,
    st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252"]),
)
BOOK = workbook(("List", [HEADER, ("John", "+14155550132"), ("Jane", 14155550133)]))


def fault_of(data: bytes, region: str) -> BotError | None:
    """Read a file whole; the error that stopped it, if one did. What is ready is E.164."""
    try:
        for batch in read([open_file(data)], region):
            for row in batch.rows:
                assert row.number >= 1
                if isinstance(row, Ready):
                    assert re.fullmatch(r"\+[1-9]\d{6,14}", row.phone)
                else:
                    assert row.mend.endswith((".", "?"))
    except BotError as error:
        return error
    return None


def is_ours(error: BotError | None) -> bool:
    """None, or a fault of the file's field."""
    return error is None or (isinstance(error, InputError) and set(error.fields) == {"file"})


def pasted(text: str, region: str) -> InputError | None:
    """Read a text whole; the error that stopped it, if one did."""
    try:
        assert list(read([open_paste(text)], region))
    except InputError as error:
        return error
    return None


@settings(max_examples=250, deadline=None)
@given(BYTES, REGIONS)
def test_any_bytes_are_rows_or_an_error_of_ours(data: bytes, region: str) -> None:
    """No file, however made, raises anything else."""
    assert is_ours(fault_of(data, region))


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.tuples(st.integers(0, len(BOOK) - 1), st.integers(0, 255)), max_size=6))
def test_any_damage_to_a_workbook_is_rows_or_an_error_of_ours(
    damage: list[tuple[int, int]],
) -> None:
    """Whichever bytes are changed."""
    data = bytearray(BOOK)
    for place, byte in damage:
        data[place] = byte
    assert is_ours(fault_of(bytes(data), "US"))


@settings(max_examples=200, deadline=None)
@given(TEXTS, REGIONS)
def test_any_text_is_rows_or_a_fault_of_its_field(text: str, region: str) -> None:
    """Whatever is pasted."""
    error = pasted(text, region)
    assert error is None or set(error.fields) <= {"numbers", "file"}


@pytest.mark.parametrize(
    "unit", ["1 ", "(", "1", "+", " ", "a@", "no.", "- ", '"', "#", "1/", "x1."]
)
def test_no_text_takes_forever(unit: str) -> None:
    """A long line of anything is read in time that grows with its length."""
    text = unit * (30_000 // len(unit))
    error = pasted(text, "US")
    assert error is None or set(error.fields) == {"numbers"}
    data = f"Name,Phone\n{text[:LONGEST_CELL]},x\nJohn,+14155550132".encode()
    assert is_ours(fault_of(data, "US"))


@settings(max_examples=500, deadline=None)
@given(
    st.from_regex(r"(\+1|1|)[2-9]\d{2}[2-9]\d{6}", fullmatch=True)
    | st.from_regex(r"\+1[2-9]\d{2}55501\d\d", fullmatch=True)
    | st.from_regex(r"(\+|)\d{9,12}", fullmatch=True),
    REGIONS,
)
def test_a_plain_number_is_read_as_parse_number_reads_it(text: str, region: str) -> None:
    """The short way gives the long way's answers, or none."""
    plain = read_plain(text, region)
    if plain is not None:
        number = parse_number(text, region)
        assert plain == (number.e164, number.kind)
        assert number.extension is None


@settings(max_examples=500, deadline=None)
@given(st.sampled_from(sorted(TIMEZONE_DATA)), st.from_regex(r"\d{12}", fullmatch=True))
def test_zones_looked_up_once_are_those_of_each_number(prefix: str, rest: str) -> None:
    """Numbers with the same beginning and kind have the same zones as asked for one by one."""
    for length in (9, 10, 11, 12, 13):
        try:
            number = parse_number(f"+{(prefix + rest)[:length]}", "US")
        except InputError:
            continue
        assert zones_of_kind(number.e164, number.kind) == possible_zones(number.e164)


def test_every_prefix_of_zones_says_its_country() -> None:
    """No prefix is shorter than its country's code, so numbers that share one share the code."""
    codes = {str(code) for code in phonenumberutil.COUNTRY_CODE_TO_REGION_CODE}
    for prefix in TIMEZONE_DATA:
        assert any(prefix[:length] in codes for length in (1, 2, 3)), prefix
    assert zones_of_kind("+80012345678", "toll-free") == ()
