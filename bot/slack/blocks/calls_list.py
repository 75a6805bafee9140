"""The list of recent calls, for one person's eyes: names where they may see them, and numbers in
full once they ask for that.
"""

from collections.abc import Callable, Sequence

from bot.slack.blocks.call_card import Source, hang_up_button
from bot.slack.blocks.parts import Block, Message, actions, button, moment, option, plain, section
from bot.slack.blocks.row_card import headline
from bot.slack.text import inline, mask, pretty
from storage.rows import Call, Kind, is_erased

CHOICES = {
    "all": "All",
    "live": "Live now",
    "waiting": "Waiting for somebody",
    "failed": "Not called",
}


def calls_list(
    calls: Sequence[Call],
    which: str,
    source: Source,
    *,
    team_url: str,
    sees: Callable[[Call], bool],
    in_full: bool = False,
    hangs_up: Callable[[Call], bool],
    places: bool = True,
) -> Message:
    """At most ten calls, each with a link to its thread, and the filter above them.

    `sees`: whose name may be shown, and whose number where it is asked for `in_full`; `hangs_up`:
    which call who asks may hang up; `places`: whether they may place one.
    """
    title = f"*Calls* · {CHOICES[which]}"
    blocks: list[Block] = [
        section(
            title,
            block_id="filter",
            accessory={
                "type": "static_select",
                "action_id": "calls.filter",
                "placeholder": plain("Show"),
                "options": [option(*each) for each in CHOICES.items()],
                "initial_option": option(which, CHOICES[which]),
            },
        )
    ]
    if not calls:
        blocks.append(section(_empty(which)))
    if not calls and places:
        blocks.append(actions(button("Call Somebody", "calls.new", "new", style="primary")))
    for call in calls:
        accessory = (
            {"accessory": hang_up_button(call, "calls.hang_up")}
            if _live(call) and hangs_up(call)
            else {}
        )
        blocks.append(
            section(
                call_line(call, source, team_url, named=sees(call), in_full=in_full),
                block_id=f"call.{call.id}",
                **accessory,
            )
        )
    if not in_full and any(map(sees, calls)):
        blocks.append(actions(button("Show Numbers", "calls.numbers", which)))
    return {"response_type": "ephemeral", "text": title, "blocks": blocks}


def _live(call: Call) -> bool:
    return call.may_be_hung_up and call.hang_up_at is None


def _empty(which: str) -> str:
    if which == "all":
        return "No calls yet. `/toingg-call +1 415 555 0132 | John Doe` places the first one."
    return f"Nothing under “{CHOICES[which]}”."


def call_line(
    call: Call, source: Source, team_url: str, *, named: bool, in_full: bool = False
) -> str:
    """One call in a list: who, its state, its thread. `named`: whoever looks may see who it is;
    the whole number stands there only `in_full`.
    """
    who = mask(call.phone)
    if named and not is_erased(call.phone):
        number = pretty(call.phone) if in_full else who
        who = f"{inline(call.name, 60)} {number}"
    where = ""
    if call.channel and call.card_ts and team_url:
        link = f"{team_url.rstrip('/')}/archives/{call.channel}/p{call.card_ts.replace('.', '')}"
        where = f" · <{link}|Thread>"
    campaign = "Text" if call.kind is Kind.TEXT else inline(call.campaign, 60)
    return f"*{who}* · {campaign}\n{headline(call, source)} · {moment(call.created_at)}{where}"
