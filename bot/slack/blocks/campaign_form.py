"""The modals that ask for a campaign: its list, its columns, a first call to oneself."""

from collections.abc import Mapping, Sequence

from bot.slack.blocks.call_form import LANGUAGES, LONGEST_SCRIPT
from bot.slack.blocks.parts import (
    Block,
    actions,
    button,
    channel_input,
    checks_input,
    choice_input,
    context,
    file_input,
    input_block,
    modal,
    number_input,
    option,
    plain,
    section,
    text_input,
)
from bot.slack.text import escape, inline

LONGEST_NUMBERS = 3000
MOST_DAYS = 365
KEPT = "kept"
"""How the fields' names begin in which what was given before stays ticked."""
_BOXES = 10
_GROUP = 100
"""Options that Slack takes in one group of a select."""
_NO_COLUMN = "none"


def campaign_form(
    filled: Mapping[str, str],
    *,
    metadata: str,
    kept: Mapping[str, str],
    shared: bool | None,
    problem: str = "",
) -> Block:
    """The modal of `/toingg campaign`, filled with what is known.

    `kept` are lists that were given before, by what they are called: they stay ticked. `shared`:
    whether channels that other organisations share are offered; None: its card stands already.
    """
    blocks = [
        *([section(f":warning: {escape(problem)}")] if problem else []),
        text_input(
            "campaign",
            "Campaign",
            value=filled.get("campaign", ""),
            hint="As it is called in Toingg; with Toingg's v3 API, its id.",
        ),
        text_input(
            "script",
            "Script",
            value=filled.get("script", ""),
            hint="What the voice agent says, in place of the campaign's own. {name} and the"
            " columns of your list, as {city}, are filled in for each person.",
            optional=True,
            limits=(1, LONGEST_SCRIPT),
            multiline=True,
        ),
        *list_inputs(filled, kept),
        choice_input(
            "language",
            "Language",
            LANGUAGES,
            value=filled.get("language", ""),
            optional=True,
        ),
        skip_input(filled, "called"),
    ]
    if shared is not None:
        blocks.append(card_channel(filled, shared=shared))
    return modal(
        "Call a List",
        blocks,
        callback_id="campaign.form",
        metadata=metadata,
        submit="Check the List",
        close="Cancel",
    )


def list_inputs(filled: Mapping[str, str], kept: Mapping[str, str]) -> list[Block]:
    """Where the people come from: pasted, a file, or what was given before."""
    blocks = [
        text_input(
            "numbers",
            "Numbers",
            value=filled.get("numbers", ""),
            hint="One person a line. About 130 lines fit; more as a file.",
            placeholder="John Doe, +1 415 555 0132",
            optional=True,
            limits=(1, LONGEST_NUMBERS),
            multiline=True,
        ),
        file_input(
            "file", "File", hint="CSV or Excel (.xlsx), up to 100,000 rows in all.", optional=True
        ),
    ]
    blocks += _given_before(kept)
    template = button("Get a Template", "campaign.template", "template")
    return [*blocks, actions(template, block_id="template")]


def _given_before(kept: Mapping[str, str]) -> list[Block]:
    """Slack takes ten boxes in one field: more are in `kept_2`, and so on."""
    given = list(kept.items())
    pages = [dict(given[first : first + _BOXES]) for first in range(0, len(given), _BOXES)]
    return [
        checks_input(KEPT if at == 1 else f"{KEPT}_{at}", "Given before", page, chosen=page)
        for at, page in enumerate(pages, start=1)
    ]


def skip_input(filled: Mapping[str, str], done: str) -> Block:
    """How many days whoever was reached is left alone."""
    return number_input(
        "skip_days",
        f"Skip whoever was {done} in the last … days",
        limits=(0, MOST_DAYS),
        value=_days(filled.get("skip_days", "")),
        optional=True,
    )


def _days(typed: str) -> int | None:
    return int(typed) if typed.isdecimal() and int(typed) <= MOST_DAYS else None


def card_channel(filled: Mapping[str, str], *, shared: bool) -> Block:
    """Where the campaign's card goes."""
    return channel_input(
        "channel",
        "Channel",
        value=filled.get("channel", ""),
        hint="Where the campaign's card goes. No names and no full numbers are in it.",
        without_shared=not shared,
    )


def columns_form(
    labels: Sequence[str],
    samples: Sequence[Sequence[str]],
    *,
    phone: int | None,
    name: Sequence[int],
    timezone: int | None,
    header: bool,
    metadata: str,
) -> Block:
    """Which column of the list is which, with its first rows to go by."""
    shown = {str(index): label for index, label in enumerate(labels)}
    return modal(
        "Columns",
        [
            section(_sample(labels, samples)),
            _column("phone", "Phone column", shown, [phone], optional=False),
            _column("name", "Name column", shown, name, optional=True, several=True),
            _column("timezone", "Time zone column", shown, [timezone], optional=True),
            checks_input(
                "header",
                "Header",
                {"header": "The first row is a header"},
                chosen=["header"] if header else [],
            ),
        ],
        callback_id="campaign.columns_form",
        metadata=metadata,
        submit="Read It Again",
        close="Cancel",
    )


def _column(
    field: str,
    label: str,
    shown: Mapping[str, str],
    chosen: Sequence[int | None],
    *,
    optional: bool,
    several: bool = False,
) -> Block:
    options = [option(index, f"{text}") for index, text in shown.items()]
    groups = [
        {"label": plain(f"Columns {first + 1} and on"), "options": options[first : first + _GROUP]}
        for first in range(0, len(options), _GROUP)
    ]
    element: Block = {
        "type": "multi_static_select" if several else "static_select",
        "action_id": "value",
        "placeholder": plain("Choose a column"),
        "option_groups": groups,
    }
    initial = [options[index] for index in chosen if index is not None and index < len(options)]
    if initial and several:
        element["initial_options"] = initial
    elif initial:
        element["initial_option"] = initial[0]
    return input_block(field, label, element, "", optional=optional)


def _sample(labels: Sequence[str], samples: Sequence[Sequence[str]]) -> str:
    """The first rows, a line each; wide ones are cut."""
    lines = [" | ".join(row) for row in (labels, *samples[:3])]
    shown = "\n".join(f"• {inline(line, 400)}" for line in lines)
    return f"The list's columns, and its first rows:\n{shown}"


def preview_form(script: str | None, name: str, row: int, campaign: str, *, metadata: str) -> Block:
    """What the first person of the list will hear, and a call to oneself to hear it first.

    `script` is filled in with that person's values, of this row; None: the campaign's own is used.
    """
    what = (
        section(f"*What the agent goes by, for row {row:,}*")
        if script is not None
        else section(f"The agent goes by the script of “{inline(campaign, 80)}” in Toingg.")
    )
    body = [{"type": "section", "text": plain(script)}] if script is not None else []
    asks = f"It asks for {inline(name, 80)}." if name else f"The list names nobody in row {row:,}."
    return modal(
        "Preview",
        [
            what,
            *body,
            context(asks),
            text_input(
                "phone",
                "Your number",
                placeholder="+1 415 555 0132",
                hint=f"One call to you, with row {row:,}'s values. Nobody of the list is called.",
                limits=(1, 60),
            ),
        ],
        callback_id="campaign.preview_form",
        metadata=metadata,
        submit="Call Me First",
        close="Close",
    )
