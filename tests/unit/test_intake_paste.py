"""What people paste: a name and a number in any sensible shape, and numbers in sentences."""

import pytest

from bot.recipients.intake import Fault, Ready, Refused, open_paste, read

PERSON = "+14155550132"


def rows(text: str, region: str = "US") -> list[Ready | Refused]:
    """The rows of a pasted text."""
    return [row for batch in read([open_paste(text)], region) for row in batch.rows]


@pytest.mark.parametrize(
    "line",
    [
        "John Doe, +14155550132",
        "John Doe; +1 415 555 0132",
        "John Doe\t(415) 555-0132",
        "John Doe | 415.555.0132",
        "John Doe - +1-415-555-0132",
        "John Doe \u2014 +14155550132",
        "John Doe: 415 555 0132",
        "John Doe +14155550132",
        "John Doe (415) 555-0132",
        "John Doe (+14155550132)",
        "John Doe <+14155550132>",
        "+14155550132 John Doe",
        "+14155550132, John Doe",
        "+14155550132\tJohn Doe",
        "(415) 555-0132 John Doe",
        "415-555-0132 - John Doe",
        "- John Doe, +14155550132",
        "* John Doe +14155550132",
        "\u2022 John Doe +14155550132",
        "1. John Doe +14155550132",
        "12) John Doe, +14155550132",
        "- [x] John Doe, +14155550132",
        "> John Doe, +14155550132",
        '"John Doe","+14155550132"',
        "'John Doe', '+14155550132'",
        "\u201cJohn Doe\u201d, +14155550132",
        "`John Doe, +14155550132`",
        "John Doe, tel:+14155550132",
        "John Doe, tel. +1 415 555 0132",
        "John Doe, phone: +1 415 555 0132",
        "John Doe\u00a0+1\u00a0415\u00a0555\u00a00132",
        "John Doe, =+14155550132",
        "John Doe john@example.com +14155550132",
    ],
)
def test_a_name_and_a_number_in_any_sensible_shape(line: str) -> None:
    """Order, delimiters, bullets, quotes and labels don't matter."""
    (row,) = rows(line)
    assert isinstance(row, Ready), row
    assert (row.number, row.name, row.phone) == (1, "John Doe", PERSON)


def test_three_numbers_in_a_sentence_are_three_rows() -> None:
    """A chat message with numbers in prose gives a row for each, all of its line."""
    found = rows(
        "Hello,\n\nplease ring +1 415 555 0132, then (212) 555-0199 or the office in London, "
        "+44 20 7946 0123, before 2026-05-01 at 10:30."
    )
    assert [(row.number, row.phone) for row in found if isinstance(row, Ready)] == [
        (3, PERSON),
        (3, "+12125550199"),
        (3, "+442079460123"),
    ]
    assert len(found) == 3
    assert {row.name for row in found if isinstance(row, Ready)} == {""}


def test_names_before_each_number_of_a_line_are_kept() -> None:
    """Several people on one line keep their names."""
    found = rows("John: +14155550132, Jane Roe: +14155550133, +14155550134")
    assert [row.name for row in found if isinstance(row, Ready)] == ["John", "Jane Roe", ""]


@pytest.mark.parametrize(
    ("line", "fault", "given"),
    [
        ("John Doe", Fault.MISSING, "John Doe"),
        ("John, 911", Fault.EMERGENCY, "John | 911"),
        ("John, 4.15555E+09", Fault.DAMAGED, "John | 4.15555E+09"),
        ("John #REF!", Fault.DAMAGED, "John | #REF!"),
        ("John, +1 900 555 0132", Fault.PREMIUM, "John | +1 900 555 0132"),
        ("John, +14155550132 / +14155550133", Fault.SEVERAL, "John | +14155550132 / +14155550133"),
        ("John, +1 415 555", Fault.INVALID, "John | +1 415 555"),
        ("John, 0000000000", Fault.INVALID, "John | 0000000000"),
        ("John, 442079460123", Fault.DAMAGED, "John | 442079460123"),
    ],
)
def test_a_line_that_nobody_can_be_reached_by(line: str, fault: Fault, given: str) -> None:
    """It is a row with its reason, and what was given."""
    (row,) = rows(line)
    assert isinstance(row, Refused), row
    assert (row.fault, row.given) == (fault, given)


def test_lines_keep_their_numbers() -> None:
    """As an editor shows them, empty lines and all kinds of line ends counted."""
    found = rows("\r\n+14155550132\r\rJane, +14155550133\n---\nJoe +14155550134")
    assert [row.number for row in found] == [2, 4, 6]


def test_an_extension_is_told() -> None:
    """It can't be dialled, so whoever asked has to know it."""
    (row,) = rows("John, +1 415 555 0132 ext 12")
    assert isinstance(row, Ready)
    assert (row.phone, row.extension) == (PERSON, "12")
