"""The modals behind a campaign's buttons: when it starts, and who answers for it."""

from datetime import datetime
from zoneinfo import ZoneInfo

from bot.slack.blocks.parts import (
    Block,
    checks_input,
    input_block,
    modal,
    person,
    person_input,
    section,
)
from bot.slack.blocks.zones import zone_input
from bot.slack.text import inline
from storage.campaigns import Campaign


def schedule_form(campaign: Campaign, at: datetime, zone: str, *, metadata: str) -> Block:
    """A day and a time as clocks in a named zone show them; `at` is what they begin with."""
    there = at.astimezone(ZoneInfo(zone))
    return modal(
        "Schedule",
        [
            section(f"*{inline(campaign.title, 80)}* starts by itself at this time."),
            input_block(
                "day",
                "Day",
                {
                    "type": "datepicker",
                    "action_id": "value",
                    "initial_date": f"{there:%Y-%m-%d}",
                },
                "",
                optional=False,
            ),
            input_block(
                "time",
                "Time",
                {"type": "timepicker", "action_id": "value", "initial_time": f"{there:%H:%M}"},
                "As clocks in this time zone show it.",
                optional=False,
            ),
            zone_input("zone", "Time zone", value=zone),
        ],
        callback_id="campaign.schedule_form",
        metadata=metadata,
        submit="Schedule",
        close="Cancel",
    )


def hand_over_form(campaign: Campaign, *, metadata: str) -> Block:
    """Who answers for the campaign from now on."""
    return modal(
        "Hand Over",
        [
            section(
                f"{person(campaign.owner)} answers for *{inline(campaign.title, 80)}*: is asked"
                " where it needs somebody, and may always control it."
            ),
            person_input("person", "New owner", hint="Somebody who may run campaigns here."),
        ],
        callback_id="campaign.hand_over_form",
        metadata=metadata,
        submit="Hand Over",
        close="Cancel",
    )


def hand_list_form(campaign: Campaign, people: int, closed: int, *, metadata: str) -> Block:
    """The warning before a whole list goes to Toingg; `closed`: how many are left out."""
    left_out = (
        f"\n{closed:,} are outside their calling hours now and are left out." if closed else ""
    )
    return modal(
        "Hand Over the List",
        [
            section(
                f":warning: Toingg gets all of *{inline(campaign.title, 80)}* at once: {people:,}"
                f" to be called.{left_out}"
            ),
            section(
                "From then on it can't be paused or stopped, goes at Toingg's own pace, and its"
                " calls can't be followed one by one. Start on the card does all of that."
            ),
            checks_input(
                "sure",
                "Hand it over?",
                {"sure": f"Call {people:,} people in Toingg's own way"},
            ),
        ],
        callback_id="campaign.hand_list_form",
        metadata=metadata,
        submit="Hand It Over",
        close="Not Yet",
    )
