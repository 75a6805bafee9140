"""The modals of `/toingg settings`: what holds, by sections, and one for each section."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bot.access import Role
from bot.settings import WorkspaceSettings
from bot.slack.blocks.parts import (
    Block,
    button,
    choice_input,
    context,
    input_block,
    modal,
    number_input,
    option,
    person,
    room_input,
    section,
    text_input,
)
from bot.slack.blocks.settings_secrets import Kept, hooks_summary, keys_summary
from bot.slack.blocks.zones import zone_input
from bot.slack.text import escape, inline

HOURS = {
    "default": "09:00 to 20:00",
    "us-federal": "08:00 to 21:00 (US federal)",
    "us-strict": "10:00 to 17:00, Monday to Friday (strictest US)",
    "in-promotional": "10:00 to 21:00 (India, promotional)",
    "always": "Any time",
}
_LABELS = {
    "default_campaign": "Campaign",
    "default_region": "Country",
    "default_timezone": "Time zone",
    "hours_preset": "Calling hours",
    "number_calls_per_day": "Calls to one number a day",
    "calls_per_day": "Calls a day",
    "default_calls_per_minute": "Calls a minute",
    "max_live_calls": "Live calls at once",
    "currency": "Currency",
    "price_per_minute": "Price of a minute",
    "price_per_part": "Price of a text's part",
    "expected_minutes": "Minutes of a call, about",
    "budget": "Budget",
    "approval_people": "Approval above so many people",
    "approval_cost": "Approval above this cost",
    "locale": "Amounts are written as in",
    "notification_channel": "Told what concerns everybody",
    "retention_days": "People's data is kept",
}
_HINTS = {
    "default_campaign": "Of calls that name none.",
    "default_region": "Two letters, as US: of numbers without +.",
    "default_timezone": "Of numbers whose own isn't known.",
    "default_calls_per_minute": "The pace of campaigns; 0: no limit.",
    "max_live_calls": "Calls of campaigns at the same time; 0: no limit.",
    "currency": "Three letters, as USD.",
    "price_per_minute": "Of each started minute, as 0.12.",
    "price_per_part": "A long text has several parts.",
    "budget": "All that campaigns may spend, as 500.",
    "approval_people": "A larger campaign waits for a second person.",
    "approval_cost": "A campaign that costs about more waits too.",
    "locale": "A language and a country, as en_US or de_DE.",
    "notification_channel": "Campaigns that can't go on, payments that don't fit, stray texts.",
    "retention_days": "Calls, texts and their people are erased after so many days.",
}
_APPROVALS = ("approval_people", "approval_cost")
_WHOLE = {
    "approval_people": (1, 1_000_000),
    "number_calls_per_day": (1, 1000),
    "calls_per_day": (1, 10_000_000),
    "default_calls_per_minute": (0, 60_000),
    "max_live_calls": (0, 100_000),
    "expected_minutes": (1, 240),
    "retention_days": (1, 3650),
}
_NONE = ("default_campaign", "price_per_minute", "price_per_part", *_APPROVALS)
_NO_LIMIT_AT_0 = ("default_calls_per_minute", "max_live_calls")


@dataclass(frozen=True)
class Section:
    """A part of the settings that is changed together."""

    title: str
    fields: tuple[str, ...]


SECTIONS = {
    "calls": Section(
        "Calls", ("default_campaign", "default_region", "default_timezone", "hours_preset")
    ),
    "limits": Section(
        "Limits",
        ("number_calls_per_day", "calls_per_day", "default_calls_per_minute", "max_live_calls"),
    ),
    "money": Section(
        "Money",
        (
            *("currency", "price_per_minute", "price_per_part", "expected_minutes", "budget"),
            *_APPROVALS,
            "locale",
        ),
    ),
    "workspace": Section("Workspace", ("notification_channel", "retention_days")),
}
ROLES = {
    Role.OWNER: "Owners",
    Role.OPERATOR: "Operators",
    Role.CALLER: "Callers",
    Role.FINANCE: "Finance",
    Role.VIEWER: "Viewers",
    Role.NOBODY: "Nobody",
}
_MAY = {
    Role.OWNER: "Everything, these settings too.",
    Role.OPERATOR: "Campaigns, and everybody's calls.",
    Role.CALLER: "One number at a time; their own calls.",
    Role.FINANCE: "Money, and no calls.",
    Role.VIEWER: "See the calls.",
    Role.NOBODY: "Nothing but the help.",
}
_NAMED = 20
_MOST = 100
"""Options that Slack takes in a select."""
_UNSET = {"notification_channel": "owners, by direct message", "retention_days": "for good"}


def overview(
    holds: WorkspaceSettings,
    chosen: Mapping[str, Any],
    roles: Mapping[str, str],
    kept: Kept,
) -> Block:
    """What holds in this workspace, with a way into each section."""
    blocks = [
        section(
            "\n".join([f"*{part.title}*", *(_line(name, holds, chosen) for name in part.fields)]),
            accessory=button("Edit", "settings.edit", key),
            block_id=key,
        )
        for key, part in SECTIONS.items()
    ]
    others = {"toingg": keys_summary(holds.toingg_api, kept), "webhooks": hooks_summary(kept)}
    blocks += [
        section(said, accessory=button("Edit", "settings.edit", key), block_id=key)
        for key, said in others.items()
    ]
    people = {each: role for each, role in roles.items() if not each.startswith("S")}
    groups = {each: role for each, role in roles.items() if each.startswith("S")}
    for title, key, given in (("People", "people", people), ("User groups", "groups", groups)):
        edit = button("Edit", "settings.edit", key)
        said = f"*{title}*\n{_given(given)}"
        blocks.append(section(said, accessory=edit, block_id=key))
    log = "*Audit*\nWho did what: it is only added to, and each entry seals the one before it."
    blocks.append(
        section(log, accessory=button("Open", "settings.edit", "audit"), block_id="audit")
    )
    blocks.append(context("_Set here_ goes before what the bot was set up with."))
    return modal("Settings", blocks)


def _given(roles: Mapping[str, str]) -> str:
    """Who was given what, a line a role."""
    lines = []
    for role in Role:
        has = [each for each, given in roles.items() if given == role]
        if has:
            named = ", ".join(map(_mention, has[:_NAMED]))
            more = f" and {len(has) - _NAMED:,} more" if len(has) > _NAMED else ""
            lines.append(f"{ROLES[role]}: {named}{more}")
    return "\n".join(lines) or "No role was given."


def _mention(subject: str) -> str:
    return f"<!subteam^{escape(subject)}>" if subject.startswith("S") else person(subject)


def _line(name: str, holds: WorkspaceSettings, chosen: Mapping[str, Any]) -> str:
    mark = " · _set here_" if name in chosen else ""
    value = inline(shown(name, holds), 80)
    if name == "notification_channel" and holds.notification_channel:
        value = f"<#{escape(holds.notification_channel)}>"
    return f"{_LABELS[name]}: {value}{mark}"


def shown(name: str, holds: WorkspaceSettings) -> str:
    """A setting's value in words."""
    value = getattr(holds, name)
    if name == "hours_preset":
        return HOURS[value]
    if not value and name in _UNSET:
        return _UNSET[name]
    if name == "retention_days":
        return "for a day" if value == 1 else f"for {value:,} days"
    if value is None or value == "" or (value == 0 and name in _NO_LIMIT_AT_0):
        return "none" if name in _NONE else "no limit"
    if name in ("price_per_minute", "price_per_part", "budget", "approval_cost"):
        return f"{value:f} {holds.currency}"
    return f"{value:,}" if isinstance(value, int) else str(value)


def section_form(
    key: str, chosen: Mapping[str, Any], environment: WorkspaceSettings, *, metadata: str
) -> Block:
    """One section's fields, each with what this workspace has set; empty: as the bot was set up."""
    part = SECTIONS[key]
    return modal(
        part.title,
        [_input(name, chosen.get(name), environment) for name in part.fields],
        callback_id="settings.form",
        metadata=metadata,
        submit="Save",
        close="Back",
    )


def _input(name: str, value: Any, environment: WorkspaceSettings) -> Block:
    label, initial = _LABELS[name], "" if value is None else str(value)
    hint = f"{_HINTS.get(name, '')} Empty: {shown(name, environment)}.".strip()
    if name == "hours_preset":
        return choice_input(name, label, HOURS, value=initial, optional=True)
    if name == "default_timezone":
        return zone_input(name, label, value=initial, hint=hint, optional=True)
    if name == "notification_channel":
        return room_input(name, label, value=initial, hint=hint)
    if name in _WHOLE:
        return number_input(name, label, limits=_WHOLE[name], value=value, hint=hint, optional=True)
    return text_input(name, label, value=initial, hint=hint, optional=True)


def people_form(roles: Mapping[str, str], *, metadata: str) -> Block:
    """Who has which role; who is nowhere has what their user groups, or the settings, give."""
    inputs = []
    for role in Role:
        element: Block = {"type": "multi_users_select", "action_id": "value"}
        has = [each for each, given in roles.items() if given == role and each[:1] != "S"]
        if has:
            element["initial_users"] = has
        inputs.append(input_block(role, ROLES[role], element, _MAY[role], optional=True))
    return _roles_form("People", inputs, metadata)


def groups_form(roles: Mapping[str, str], groups: Mapping[str, str], *, metadata: str) -> Block:
    """Which user group has which role; `groups` are the workspace's, names by id."""
    first = sorted(groups.items(), key=lambda each: (each[0] not in roles, each[1].casefold()))
    offered = [option(each, name) for each, name in first[:_MOST]]
    if not offered:
        return modal("User groups", [section("This workspace has no user groups.")], close="Back")
    inputs = []
    for role in Role:
        element: Block = {
            "type": "multi_static_select",
            "action_id": "value",
            "options": offered,
        }
        has = [each for each in offered if roles.get(each["value"]) == role]
        if has:
            element["initial_options"] = has
        inputs.append(input_block(role, ROLES[role], element, _MAY[role], optional=True))
    return _roles_form("User groups", inputs, metadata)


def _roles_form(title: str, inputs: list[Block], metadata: str) -> Block:
    return modal(
        title,
        [context("A role of one's own goes before a group's; guests have none."), *inputs],
        callback_id="settings.roles",
        metadata=metadata,
        submit="Save",
        close="Back",
    )
