"""What the campaign's modal holds, checked; what is kept of a list, and what of it comes back."""

import json
from typing import Any

import pytest

from bot.campaigns.asked import KEPT_TEXT, check_pasted, kept_of, read_asked
from bot.campaigns.source import Found, ListSource, found_in, read_source
from bot.errors import InputError
from bot.recipients.intake import Mapping, Summary, layout_of, open_file, open_paste
from bot.slack.blocks.campaign_form import list_inputs
from bot.slack.routes import FileRef

MAY, JUNE = FileRef("F1", "may.csv", 10), FileRef("F2", "", 0)
MAPPED = Mapping(1, 2, (0, 1), None)
TYPED = {"campaign": " Sale ", "numbers": "John, +14155550132", "skip_days": "7"}
NOTHING = ListSource()


def test_a_campaign_as_it_was_asked_for() -> None:
    """Tidied, the optional fields None where they are empty."""
    asked = read_asked(TYPED, (), NOTHING)
    assert (asked.campaign, asked.script, asked.language, asked.skip_days) == (
        "Sale",
        None,
        None,
        7,
    )
    assert asked.source == ListSource("John, +14155550132")
    assert read_asked(TYPED | {"skip_days": ""}, (), NOTHING).skip_days == 0


@pytest.mark.parametrize(
    ("typed", "fields"),
    [
        ({}, {"campaign", "numbers", "file"}),
        (TYPED | {"campaign": "x" * 151}, {"campaign"}),
        (TYPED | {"script": "x" * 3001}, {"script"}),
        (TYPED | {"language": "klingon"}, {"language"}),
        (TYPED | {"language": "hindi", "script": "Hello"}, {"language"}),
        (TYPED | {"skip_days": "366"}, {"skip_days"}),
        (TYPED | {"skip_days": "-1"}, {"skip_days"}),
        (TYPED | {"skip_days": "٣"}, {"skip_days"}),
        (TYPED | {"numbers": " \n "}, {"numbers", "file"}),
    ],
)
def test_every_fault_at_once(typed: dict[str, str], fields: set[str]) -> None:
    """Each in its own field; neither list is a fault of both."""
    with pytest.raises(InputError) as refused:
        read_asked(typed, (), NOTHING)
    assert set(refused.value.fields) == fields


def test_what_was_given_before_stays_while_it_is_ticked() -> None:
    """A new file takes the place of the files before; the columns chosen are those of one file."""
    before = ListSource("x" * 3001, (MAY, JUNE), MAPPED)
    assert kept_of(before) == {"0": "may.csv", "1": "A file", KEPT_TEXT: "The text with 1 lines"}
    every = read_asked({"campaign": "Sale", "kept": "0 1 text"}, (), before)
    assert every.source == before
    one = read_asked({"campaign": "Sale", "kept": "1"}, (), before)
    assert one.source == ListSource("", (JUNE,))
    new = read_asked({"campaign": "Sale", "kept": "0"}, (JUNE,), before)
    assert new.source == ListSource("", (JUNE,))
    with pytest.raises(InputError):
        read_asked({"campaign": "Sale", "kept": "7 x"}, (), before)


def test_ten_files_and_a_long_text_fit_into_the_modal() -> None:
    """Slack takes ten boxes in one field; whichever are ticked stay."""
    files = tuple(FileRef(f"F{at}", f"{at}.csv", 10) for at in range(10))
    before = ListSource("x" * 3001, files)
    fields = {
        block["block_id"]: [each["value"] for each in block["element"]["options"]]
        for block in list_inputs({}, kept_of(before))
        if block.get("element", {}).get("type") == "checkboxes"
    }
    assert fields == {"kept": [str(at) for at in range(10)], "kept_2": [KEPT_TEXT]}
    typed = {field: " ".join(values) for field, values in fields.items()}
    assert read_asked({"campaign": "Sale", **typed}, (), before).source == before


@pytest.mark.parametrize(
    ("more", "files", "field"),
    [
        ({"numbers": "Hello there!"}, (), "numbers"),
        ({"script": "Hi {city}"}, (), "script"),
        ({"script": "Hi {city}"}, (MAY,), None),
        ({"script": "Hi {name}"}, (), None),
        ({"numbers": ""}, (MAY,), None),
    ],
)
def test_what_is_known_of_a_paste_at_once(
    more: dict[str, str], files: tuple[FileRef, ...], field: str | None
) -> None:
    """A text that holds nobody, and variables that nothing fills; a file may fill them yet."""
    asked = read_asked(TYPED | more, files, NOTHING)
    if field is None:
        check_pasted(asked, "US")
        return
    with pytest.raises(InputError) as refused:
        check_pasted(asked, "US")
    assert set(refused.value.fields) == {field}


def test_a_source_comes_back_as_it_was_kept() -> None:
    """As JSON in the campaign's row; what others keep beside it is left alone."""
    listing = open_file(b"name,phone,city\nJohn,+14155550132,Oslo\n")
    layouts = [layout_of(listing, "may.csv", 7)]
    found = found_in([listing], layouts).counted(Summary(nameless=1, extensions=2, zoneless=3))
    source = ListSource("Ann, +14155550133", (MAY,), MAPPED, found)
    kept: dict[str, Any] = json.loads(json.dumps(source.stored("Hi {name} of {city}")))
    assert read_source(kept) == source
    assert (kept["words"], kept["is_table"]) == ("may.csv and pasted numbers", True)
    assert kept["variables"] == ["name", "city"]
    assert read_source({}) == NOTHING
    assert read_source({"words": "everybody of “Sale”", "again": "all"}) == NOTHING


def test_a_script_may_use_what_every_list_has() -> None:
    """Of a table and a text only the name is in both; the table's columns can be chosen."""
    table = open_file(b"name,phone,city\nJohn,+14155550132,Oslo\n")
    text = open_paste("Ann, +14155550133")
    assert found_in([table], []).variables == ("city",)
    both = found_in([text, table], [])
    assert both.variables == ()
    assert both.columns == ("name", "phone", "city")
    assert found_in([table, table], []) == Found(variables=("city",))
