"""Every part is one that Slack takes, at its limits too: the local Slack's rules say so."""

from datetime import UTC, datetime
from typing import Any

import pytest

from bot.sandbox.slack.checks import block_faults, view_faults
from bot.slack.blocks import parts
from bot.slack.blocks.parts import Block
from bot.slack.blocks.zones import zone_input

LONG = "x" * 5000
AT = datetime(2026, 1, 2, 9, 30, tzinfo=UTC)
TEN = {f"word{n}": LONG for n in range(10)}

INPUTS: dict[str, Block] = {
    "file": parts.file_input("file", "File", hint=LONG),
    "file, other kinds": parts.file_input("file", "File", optional=True, kinds=("png",)),
    "number": parts.number_input("n", "Calls a minute", limits=(1, 600), value=60, hint="x"),
    "number, unset": parts.number_input("n", "Cap", limits=(0, 9), optional=True),
    "moment": parts.moment_input("at", "Start", at=AT, hint="In your own zone"),
    "moment, unset": parts.moment_input("at", "Start", optional=True),
    "person": parts.person_input("who", "Approver", value="U0OSCAR001"),
    "person, unset": parts.person_input("who", "Approver", optional=True),
    "checks": parts.checks_input("also", "Also", TEN, chosen=("word3", "gone"), hint="x"),
    "checks, none": parts.checks_input("also", "Also", TEN),
    "zone": zone_input("zone", "Time zone", value="Europe/Oslo"),
    "zone, unset": zone_input("zone", "Time zone", value="No/Where", optional=True),
    "live text": parts.live(parts.text_input("numbers", "Numbers", multiline=True), "x.typed"),
    "live choice": parts.live(parts.choice_input("a", "A", {"b": "B"}, optional=True), "x.chosen"),
}


@pytest.mark.parametrize("name", INPUTS)
def test_inputs_are_taken(name: str) -> None:
    """Each stands in a modal that Slack opens."""
    view = parts.modal("Campaign", [INPUTS[name]], submit="Start")
    assert view_faults(view, "modal") == []


def test_a_messages_parts_are_taken() -> None:
    """A picture has its words; a button that leads somewhere has its address."""
    link = parts.link_button(LONG, "https://checkout.stripe.com/c/1", "checkout.open")
    blocks = [parts.image("F1", LONG), parts.image("F2", ""), parts.actions(link)]
    assert block_faults(blocks, "message") == []
    assert blocks[0]["alt_text"].endswith("…")


def test_what_is_preset() -> None:
    """What was chosen before stands there; what isn't offered any more doesn't."""
    element: dict[str, Any] = INPUTS["checks"]["element"]
    assert [each["value"] for each in element["initial_options"]] == ["word3"]
    assert "initial_options" not in INPUTS["checks, none"]["element"]
    assert INPUTS["zone"]["element"]["initial_option"]["value"] == "Europe/Oslo"
    assert "initial_option" not in INPUTS["zone, unset"]["element"]
    assert INPUTS["moment"]["element"]["initial_date_time"] == int(AT.timestamp())


def test_every_zone_is_offered_once() -> None:
    """Each country's zones, and UTC; a part of the 250 kB that a view may have."""
    groups = INPUTS["zone"]["element"]["option_groups"]
    zones = [option["value"] for group in groups for option in group["options"]]
    assert len(zones) == len(set(zones)) > 400
    assert {"UTC", "Asia/Kolkata", "America/Argentina/Ushuaia", "Europe/Amsterdam"} <= set(zones)
    assert len(str(INPUTS["zone"])) < 60_000


def test_a_live_input_tells_as_a_click_of_its_own() -> None:
    """Its block keeps the field's name, its element has the route's."""
    block = INPUTS["live text"]
    assert (block["block_id"], block["dispatch_action"]) == ("numbers", True)
    assert block["element"]["action_id"] == "x.typed"
    told = block["element"]["dispatch_action_config"]["trigger_actions_on"]
    assert told == ["on_character_entered"]
    assert "dispatch_action_config" not in INPUTS["live choice"]["element"]
