"""The modals that ask for one call: by campaign, or by a script."""

from collections.abc import Mapping

from bot.slack.blocks.parts import (
    Block,
    channel_input,
    choice_input,
    context,
    modal,
    section,
    text_input,
)
from bot.slack.text import escape

LANGUAGES = {"english": "English", "hindi": "Hindi"}
"""What `make_toingg` takes as `language`."""

LONGEST_SCRIPT = 3000


def call_form(
    typed: Mapping[str, str], *, metadata: str, states: str, shared: bool, problem: str = ""
) -> Block:
    """The modal of `/toingg call`, filled with what is known; `states` names who tells of them.

    `shared`: whether channels that other organisations share are offered.
    """
    return modal(
        "Call Somebody",
        [
            *_problem(problem),
            _campaign(typed),
            _name(typed),
            _phone(typed),
            choice_input(
                "language", "Language", LANGUAGES, value=typed.get("language", ""), optional=True
            ),
            _channel(typed, shared=shared),
            context(states),
        ],
        callback_id="call.form",
        metadata=metadata,
        submit="Call",
        close="Cancel",
    )


def script_form(
    typed: Mapping[str, str], *, metadata: str, states: str, shared: bool, problem: str = ""
) -> Block:
    """The modal of `/toingg script`, as `call_form`."""
    return modal(
        "Call with a Script",
        [
            *_problem(problem),
            _campaign(typed),
            text_input(
                "script",
                "Script",
                value=typed.get("script", ""),
                hint="What the voice agent says and finds out, in your own words.",
                limits=(1, LONGEST_SCRIPT),
                multiline=True,
            ),
            _name(typed),
            _phone(typed),
            _channel(typed, shared=shared),
            context(states),
        ],
        callback_id="script.form",
        metadata=metadata,
        submit="Call",
        close="Cancel",
    )


def _problem(problem: str) -> list[Block]:
    return [section(f":warning: {escape(problem)}")] if problem else []


def _campaign(typed: Mapping[str, str]) -> Block:
    return text_input(
        "campaign",
        "Campaign",
        value=typed.get("campaign", ""),
        hint="As it is called in Toingg; with Toingg's v3 API, its id.",
    )


def _name(typed: Mapping[str, str]) -> Block:
    return text_input("name", "Name", value=typed.get("name", ""), hint="Whom the agent asks for.")


def _phone(typed: Mapping[str, str]) -> Block:
    return text_input(
        "phone",
        "Phone number",
        value=typed.get("phone", ""),
        placeholder="+1 415 555 0132",
        limits=(1, 60),
    )


def _channel(typed: Mapping[str, str], *, shared: bool) -> Block:
    return channel_input(
        "channel",
        "Channel",
        value=typed.get("channel", ""),
        hint="Where the card of the call goes. Numbers are masked in it.",
        without_shared=not shared,
    )
