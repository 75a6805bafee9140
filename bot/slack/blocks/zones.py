"""The field in which somebody chooses a time zone."""

from functools import cache
from importlib.resources import files
from itertools import groupby

from bot.slack.blocks.parts import Block, input_block, option, plain

_FIRST_HALF = "America A-L"
_SECOND_HALF = "America M-Z"


def zone_input(
    field: str, label: str, *, value: str = "", hint: str = "", optional: bool = False
) -> Block:
    """Any zone of the IANA database that is some country's, searched by typing, as `Europe/Oslo`.

    They come with the view, in groups by continent: nothing is left to load, and nothing typed can
    be wrong. Together they are about 50 kB of the 250 kB that a view may have, so a modal that is
    redrawn while somebody types has the zone on another page.
    """
    groups = _groups()
    element: Block = {
        "type": "static_select",
        "action_id": "value",
        "placeholder": plain("Choose a time zone"),
        "option_groups": list(groups),
    }
    offered = (each for group in groups for each in group["options"])
    chosen = next((each for each in offered if each["value"] == value), None)
    if chosen is not None:
        element["initial_option"] = chosen
    return input_block(field, label, element, hint, optional=optional)


@cache
def _groups() -> tuple[Block, ...]:
    found = groupby(("UTC", *sorted(_zones())), _group)
    return tuple(
        {
            "label": plain(label),
            "options": [option(zone, zone.replace("_", " ")) for zone in zones],
        }
        for label, zones in found
    )


def _group(zone: str) -> str:
    continent, _, place = zone.partition("/")
    if continent != "America":  # the one with more zones than a group takes
        return continent
    return _FIRST_HALF if place < "M" else _SECOND_HALF


def _zones() -> set[str]:
    """The names in the database's table of the zones of each country."""
    table = files("tzdata").joinpath("zoneinfo", "zone.tab").read_text(encoding="utf-8")
    return {line.split("\t")[2] for line in table.splitlines() if line and line[0] != "#"}
