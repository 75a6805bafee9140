"""Controls as HTML: what a script needs to use each, what it holds, and how it is named."""

import json
from typing import Any

import pytest

from bot.sandbox.page.drawing import CantDraw, draw_blocks
from bot.sandbox.slack.inputs import entered_state
from tests.drawn import (
    CONFIRM,
    EPOCH,
    OPTIONS,
    READER,
    Tag,
    asked,
    block,
    element,
    mrkdwn,
    option,
    plain,
    read,
)

Json = dict[str, Any]


def draw(*blocks: Json, **more: Any) -> Tag:
    """The blocks as this reader sees them."""
    return read(draw_blocks(blocks, READER, at="m1", **more))


def acting(one: Json) -> Tag:
    """An actions block with that one element."""
    return draw({"type": "actions", "block_id": "b1", "elements": [one]})


def control(page: Tag, kind: str) -> Tag:
    """The one control of that type."""
    return page.only(data_type=kind)


def chosen(page: Tag) -> list[str | None]:
    """The values of the options that are selected."""
    return [tag.attributes["value"] for tag in page.every("option", selected="")]


def test_a_button_is_a_button() -> None:
    """Its text is its name, its value and its confirm are what a script needs."""
    button = control(acting(element("button")), "button")
    assert button.name == "button"
    assert button.text() == "Hang Up"
    confirm = json.loads(str(button.attributes.pop("data-confirm")))
    assert confirm == {
        "title": "Hang up?",
        "text": "The call to <b>Ann</b> ends &lt;now&gt;.",
        "confirm": "Hang Up",
        "deny": "Not Yet",
        "style": "danger",
    }
    assert button.attributes == {
        "type": "button",
        "id": "m1-0-elements-0",
        "class": "button button-danger",
        "data-block-id": "b1",
        "data-action-id": "a-button",
        "data-type": "button",
        "value": "7",
    }


def test_a_confirm_has_words_where_the_app_gave_none() -> None:
    """Only title and text are the app's to give."""
    bare = {name: CONFIRM[name] for name in ("title", "text")}
    button = control(acting(element("button", confirm=bare)), "button")
    confirm = json.loads(str(button.attributes["data-confirm"]))
    assert (confirm["confirm"], confirm["deny"], confirm["style"]) == ("Okay", "Cancel", "primary")


def test_a_button_may_have_another_name_for_some() -> None:
    """The app's accessibility_label is the name, and nothing in it becomes HTML."""
    label = 'Hang up "Ann" <b>'
    button = control(acting(element("button", accessibility_label=label)), "button")
    assert button.attributes["aria-label"] == label


def test_a_link_button_opens_beside_the_page() -> None:
    """It is a link that looks like a button, and tells the app of the click too."""
    page = acting(element("button", url="https://example.com/?a=1&b=2"))
    link = page.only("a", target="_blank", rel="noopener noreferrer", data_type="button")
    assert link.attributes["href"] == "https://example.com/?a=1&b=2"
    assert link.attributes["data-value"] == "7"
    assert "data-confirm" in link.attributes


def test_a_button_opens_no_other_schemes() -> None:
    """Slack takes addresses of any application; a page that followed them would run them."""
    for url in ("javascript://%0aalert(1)", "slack://open"):
        with pytest.raises(CantDraw, match=r"a link that isn't .* at /blocks/0/elements/0/url"):
            acting(element("button", url=url))
        menu = element("overflow", options=[option("x", url=url)])
        with pytest.raises(CantDraw, match=r"a link that isn't .*/elements/0/options/0/url"):
            acting(menu)


def test_an_overflow_menu_opens_without_a_script() -> None:
    """Its options are buttons and links behind a summary that has a name."""
    page = acting(element("overflow"))
    assert page.only("summary").attributes["aria-label"] == "More options"
    copy = page.only("button", data_type="overflow")
    assert (copy.text().strip(), copy.attributes["value"]) == ("Copy", "copy")
    link = page.only("a", data_type="overflow", href="https://example.com/docs")
    assert link.attributes["data-value"] == "docs"
    assert "data-confirm" in copy.attributes


def test_feedback_buttons_are_two() -> None:
    """For and against, each with its value, and its name where the app gives one."""
    page = draw({"type": "context_actions", "elements": [element("feedback_buttons")]})
    good, bad = page.every("button", data_type="feedback_buttons")
    assert (good.attributes["value"], bad.attributes["value"]) == ("good", "bad")
    assert bad.attributes["aria-label"] == "This answer was bad"


@pytest.mark.parametrize(
    ("kind", "texts", "held"),
    [
        ("static_select", ["Pick something", "Mail", "Phone", "Text"], ["phone"]),
        ("multi_static_select", ["Mail", "Phone", "Text"], ["phone", "text"]),
        ("users_select", ["Select a person", "Ann <b>", "Carl"], ["U0ANN00001"]),
        ("multi_users_select", ["Ann <b>", "Carl", "U0STRANGER"], ["U0CARL0001", "U0STRANGER"]),
        ("channels_select", ["Select a channel", "#ops", "#sales"], ["C0OPS00001"]),
        ("multi_channels_select", ["#ops", "#sales"], ["C0SALES001"]),
        ("conversations_select", ["Select a channel", "#ops", "#sales"], []),
        ("multi_conversations_select", ["#ops", "#sales"], ["C0OPS00001", "C0SALES001"]),
    ],
)
def test_a_select_offers_what_it_has(kind: str, texts: list[str], held: list[str]) -> None:
    """Options of the app, or the reader's people and channels; what it holds is selected."""
    select = control(acting(element(kind)), kind)
    assert select.name == "select"
    assert [tag.text() for tag in select.every("option")] == texts
    assert chosen(select) == held
    assert ("multiple" in select.attributes) == kind.startswith("multi_")
    assert select.attributes["aria-label"]


def test_a_select_has_its_groups_and_its_most() -> None:
    """Groups have their labels, and a script is told how many may be chosen."""
    select = control(acting(element("multi_static_select")), "multi_static_select")
    assert [tag.attributes["label"] for tag in select.every("optgroup")] == ["Slow", "Fast"]
    assert select.attributes["data-max-selected"] == "2"


def test_an_external_select_is_typed_into() -> None:
    """A combobox with an empty list, what is chosen, and from how many letters on it asks."""
    field = control(acting(element("external_select")), "external_select")
    assert field.attributes["role"] == "combobox"
    assert field.attributes["data-min-query"] == "1"
    assert (field.attributes["value"], field.attributes["data-value"]) == ("Mail", "mail")
    page = draw(asked("multi_external_select"))
    field = control(page, "multi_external_select")
    assert field.attributes["data-min-query"] == "3"
    assert field.attributes["data-multiple"] == "true"
    assert "required" not in field.attributes
    assert [tag.text() for tag in page.every("span", class_="chosen-words")] == ["Mail", "Phone"]
    assert page.only("button", aria_label="Remove Phone")
    listbox = page.only("ul", role="listbox", id=str(field.attributes["aria-controls"]))
    assert "hidden" in listbox.attributes


@pytest.mark.parametrize(
    ("kind", "box", "held"),
    [("checkboxes", "checkbox", ["mail", "phone"]), ("radio_buttons", "radio", ["text"])],
)
def test_boxes_and_radio_buttons_are_groups(kind: str, box: str, held: list[str]) -> None:
    """A fieldset with a legend; each option has its label, its value and its description."""
    page = acting(element(kind))
    group = page.only("fieldset")
    assert group.only("legend").text().startswith("Choose")
    boxes = list(group.every("input", type=box, data_type=kind, name_=str(group.attributes["id"])))
    assert [tag.attributes["value"] for tag in boxes] == ["mail", "phone", "text"]
    assert [tag.attributes["value"] for tag in boxes if "checked" in tag.attributes] == held
    for tag in boxes:
        assert group.only("label", for_=str(tag.attributes["id"])).text()
    assert group.only("span", class_="description").text() == "By voice"


def test_an_option_may_be_marked_up() -> None:
    """The words of boxes and radio buttons may be mrkdwn, and name them all the same."""
    marked = {"text": mrkdwn("*Bold*"), "value": "b", "description": mrkdwn("`code`")}
    label = acting(element("checkboxes", options=[marked], initial_options=[])).only("label")
    assert (label.only("b").text(), label.only("code").text()) == ("Bold", "code")


def test_a_section_names_its_control() -> None:
    """What stands beside a text is named by it."""
    one = {"type": "section", "text": plain("When?"), "accessory": element("radio_buttons")}
    page = draw(one)
    named = page.only("fieldset").attributes["aria-labelledby"]
    assert page.only(id=str(named)).text().strip() == "When?"


@pytest.mark.parametrize(
    ("kind", "attributes"),
    [
        ("datepicker", {"type": "date", "value": "2026-11-26"}),
        ("timepicker", {"type": "time", "value": "09:30", "data-zone": "America/New_York"}),
        (
            "datetimepicker",
            {"type": "datetime-local", "value": "2026-11-25T10:20", "data-epoch": str(EPOCH)},
        ),
        ("email_text_input", {"type": "email", "value": "jo@example.com"}),
        ("url_text_input", {"type": "url", "placeholder": "https://example.com"}),
        ("number_input", {"type": "number", "step": "1", "min": "1", "max": "9"}),
        ("file_input", {"type": "file", "accept": ".csv,.xlsx", "data-max-files": "3"}),
        ("plain_text_input", {"minlength": "2", "maxlength": "300"}),
    ],
)
def test_a_field_is_the_browsers_own(kind: str, attributes: dict[str, str]) -> None:
    """Dates, numbers, addresses and files are asked for as browsers ask for them."""
    field = control(draw(asked(kind)), kind)
    assert attributes.items() <= field.attributes.items()


def test_a_text_of_lines_keeps_its_first_line_end() -> None:
    """What a textarea holds is what was typed, an empty first line included."""
    assert draw(asked("plain_text_input")).only("textarea").text() == "\nHello <there>"


def test_files_are_several_unless_one_is_asked_for() -> None:
    """Ten where the app says nothing; those picked before are named."""
    one = asked("file_input") | {"element": element("file_input", max_files=1)}
    assert "multiple" not in control(draw(one), "file_input").attributes
    assert "multiple" in control(draw(asked("file_input")), "file_input").attributes
    state = {"type": "file_input", "files": [{"id": "F1", "name": "a.csv"}, {"id": "F2"}]}
    page = draw(asked("file_input"), values={"in-file_input": {"a-file_input": state}})
    assert [tag.text() for tag in page.every("li")] == ["a.csv", "F2"]


@pytest.mark.parametrize(
    ("kind", "entered", "shown"),
    [
        ("plain_text_input", "typed", "typed"),
        ("plain_text_input", None, ""),
        ("email_text_input", "ann@example.com", "ann@example.com"),
        ("number_input", "7", "7"),
        ("datepicker", "2027-01-02", "2027-01-02"),
        ("datepicker", None, None),
        ("datetimepicker", EPOCH + 3600, "2026-11-25T11:20"),
        ("datetimepicker", EPOCH + 5, "2026-11-25T10:20:05"),
        ("datetimepicker", None, ""),
        ("external_select", OPTIONS[2], "Text"),
    ],
)
def test_what_was_typed_is_there_again(kind: str, entered: Any, shown: str | None) -> None:
    """A field holds what the view's state has for it, not what it started with."""
    state = entered_state(element(kind), entered)
    page = draw(asked(kind), values={f"in-{kind}": {f"a-{kind}": state}})
    field = control(page, kind)
    assert (field.text() if field.name == "textarea" else field.attributes.get("value")) == shown


def test_what_was_chosen_is_there_again() -> None:
    """Selects and boxes too, and nothing where everything was taken away."""
    for kind in ("static_select", "multi_static_select", "checkboxes"):
        entered = "mail" if kind == "static_select" else []
        state = entered_state(element(kind), entered)
        page = draw(asked(kind), values={f"in-{kind}": {f"a-{kind}": state}})
        assert chosen(page) == (["mail"] if entered else [])
        assert list(page.every("input", checked="")) == []
    state = entered_state(element("conversations_select"), "C0SALES001")
    values = {"in-conversations_select": {"a-conversations_select": state}}
    assert chosen(draw(asked("conversations_select"), values=values)) == ["C0SALES001"]


def test_a_state_of_another_type_is_not_this_fields() -> None:
    """Where a view was updated under the same ids, what was in the other field isn't shown."""
    other = {"type": "plain_text_input", "value": "typed"}
    page = draw(asked("datepicker"), values={"in-datepicker": {"a-datepicker": other}})
    assert control(page, "datepicker").attributes["value"] == "2026-11-26"


def test_an_input_has_a_label_a_hint_and_an_error() -> None:
    """The label is the control's, hint and error are linked, and what is wrong is marked."""
    one = asked("number_input", hint=plain("From 1 to 9"))
    page = draw(one, errors={"in-number_input": "Not <b>that</b>."})
    field = control(page, "number_input")
    label = page.only("label", for_=str(field.attributes["id"]))
    assert label.text() == "The number_input"
    told = str(field.attributes["aria-describedby"]).split()
    assert [page.only(id=id_).text() for id_ in told] == ["From 1 to 9", "⚠ Not <b>that</b>."]
    assert field.attributes["aria-invalid"] == "true"
    assert {"required": "", "aria-required": "true"}.items() <= field.attributes.items()


def test_an_optional_input_says_so() -> None:
    """It isn't required, isn't invalid, and its label says optional."""
    page = draw(asked("number_input", optional=True))
    field = control(page, "number_input")
    assert page.only("label").text() == "The number_input (optional)"
    unset = ("required", "aria-required", "aria-invalid", "aria-describedby")
    assert not set(unset) & set(field.attributes)


def test_a_group_asked_for_has_its_label_as_legend() -> None:
    """A radio group is required as a whole; of checkboxes any one would do."""
    page = draw(asked("radio_buttons"), errors={"in-radio_buttons": "Choose."})
    group = page.only("fieldset", role="radiogroup", aria_required="true", aria_invalid="true")
    assert group.only("legend").text() == "The radio_buttons"
    assert len(list(group.every("input", required=""))) == 3
    page = draw(asked("checkboxes"), errors={"in-checkboxes": "Choose."})
    group = page.only("fieldset", data_required="true", aria_describedby="m1-0-error")
    assert len(list(group.every("input", aria_invalid="true"))) == 3
    assert list(group.every("input", required="")) == []


@pytest.mark.parametrize(
    ("kind", "config", "dispatch"),
    [
        ("plain_text_input", None, "enter"),
        ("plain_text_input", ["on_enter_pressed"], "enter"),
        ("plain_text_input", ["on_character_entered"], "character"),
        ("plain_text_input", ["on_enter_pressed", "on_character_entered"], "character"),
        ("static_select", None, "change"),
        ("checkboxes", None, "change"),
    ],
)
def test_an_input_may_tell_the_app_at_once(
    kind: str, config: list[str] | None, dispatch: str
) -> None:
    """A script is told when to send what is in it; without dispatch_action it never does."""
    more = {"dispatch_action_config": {"trigger_actions_on": config}} if config else {}
    one = asked(kind) | {"element": element(kind, **more)}
    told = draw(one | {"dispatch_action": True})
    assert {tag.attributes["data-dispatch"] for tag in told.every(data_type=kind)} == {dispatch}
    assert list(draw(one).every(data_dispatch=dispatch)) == []


def test_the_focus_begins_where_the_app_wants_it() -> None:
    """One control only has it, of a group the first."""
    one = asked("checkboxes") | {"element": element("checkboxes", focus_on_load=True)}
    assert draw(one).only(autofocus="").attributes["value"] == "mail"


def test_names_and_values_stay_in_their_attributes() -> None:
    """Nothing of the app's or of a person's gets out of the quotes."""
    nasty = '"><script>alert(1)</script>'
    one = element("button", value=nasty, action_id=nasty, text=plain(nasty))
    page = draw(block("actions", block_id=nasty, elements=[one]))
    button = page.only("button")
    assert [tag.name for tag in page.every()] == ["div", "div", "button"]
    assert button.text() == nasty
    for name in ("value", "data-action-id", "data-block-id"):
        assert button.attributes[name] == nasty
