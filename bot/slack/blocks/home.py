"""The Home tab: what waits for its reader, what runs, today's use; for each role its own."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from bot.access import Actor, Deed, Role, may
from bot.settings import WorkspaceSettings
from bot.slack.blocks.call_card import Source, hang_up_button
from bot.slack.blocks.calls_list import call_line
from bot.slack.blocks.campaign_live import counts
from bot.slack.blocks.campaign_parts import (
    Standing,
    bar,
    control,
    joined,
    micro,
    money,
    people,
    resume,
    stop_all,
    title_of,
    words_of,
)
from bot.slack.blocks.campaigns_list import campaign_line
from bot.slack.blocks.parts import Block, actions, button, confirm, context, person, section
from storage.campaigns import Campaign, Stage
from storage.rows import Call
from storage.today import Today

_MOST = 5
"""Campaigns that are shown of each kind: Home has room for 100 blocks."""
_UNDER_WAY = (Stage.RUNNING, Stage.PAUSED, Stage.HELD, Stage.SCHEDULED)


@dataclass(frozen=True)
class Scene:
    """What there is to be shown in one workspace, whoever looks."""

    standings: Sequence[Standing]
    today: Today
    holds: WorkspaceSettings
    source: Source
    has_key: bool
    gives_roles: bool
    has_hooks: bool
    team_url: str
    owners: tuple[str, ...]


def home(scene: Scene, actor: Actor) -> Block:
    """The view for one person."""
    if actor.role is Role.NOBODY:
        named = ", ".join(map(person, scene.owners[:3]))
        who = f" Ask {named}." if named else ""
        blocks = [section(f"*Toingg* phones people. You have no role here yet.{who}")]
        return {"type": "home", "blocks": blocks}
    blocks = [*_quick(actor)]
    for part in (_waits, _runs, _live, _use, _steps):
        shown = part(scene, actor)
        if shown:
            blocks += [{"type": "divider"}, *shown]
    return {"type": "home", "blocks": blocks}


def _allowed(actor: Actor, deed: Deed, asked_by: str | None = None) -> bool:
    return may(actor, deed, actor.workspace_id, asked_by=asked_by)


def _quick(actor: Actor) -> list[Block]:
    buttons = []
    if _allowed(actor, Deed.PLACE_CALL):
        buttons.append(button("Call Somebody", "calls.new", "new", style="primary"))
    if _allowed(actor, Deed.RUN_CAMPAIGN):
        buttons.append(button("New Campaign", "home.campaign", "new"))
    if _allowed(actor, Deed.CHANGE_SETTINGS):
        buttons.append(button("Settings", "home.settings", "open"))
    title = section(f"*Toingg* · you are {_ROLE[actor.role]} here")
    return [title, actions(*buttons, block_id="quick")] if buttons else [title]


_ROLE = {
    Role.OWNER: "an owner",
    Role.OPERATOR: "an operator",
    Role.CALLER: "a caller",
    Role.FINANCE: "finance",
    Role.VIEWER: "a viewer",
}


def _waits(scene: Scene, actor: Actor) -> list[Block]:
    """Approvals, and calls of which nobody knows whether they rang."""
    blocks: list[Block] = []
    if _allowed(actor, Deed.APPROVE_CAMPAIGN):
        asked = [each for each in scene.standings if each.campaign.state is Stage.AWAITING_APPROVAL]
        for each in asked[:_MOST]:
            blocks += _approval(each, scene.team_url, actor)
    for each in scene.standings:
        mine = _allowed(actor, Deed.CONTROL_CAMPAIGN, each.campaign.owner)
        if each.tally.uncertain and mine:
            words = f"{each.tally.uncertain:,} may have rung: decide in its thread."
            blocks.append(section(f"{campaign_line(each, scene.team_url)}\n{words}"))
    for call in scene.today.waiting:
        if _allowed(actor, Deed.SETTLE_CALL, call.requested_by):
            blocks.append(section(_line(scene, actor, call)))
    return [section("*Waits for you*"), *blocks] if blocks else []


def _approval(standing: Standing, team_url: str, actor: Actor) -> list[Block]:
    campaign, ready = standing.campaign, standing.tally.ready
    shown = [section(campaign_line(standing, team_url))]
    if actor.user_id in (campaign.owner, campaign.requested_by):
        return [*shown, context("Yours: somebody else has to approve it.")]
    question = confirm(
        f"Approve: {words_of(campaign).do} {people(ready)}?",
        "It can be started within a day.",
        "Approve",
        "Not Yet",
    )
    approve = control("Approve", "home.approve", campaign, style="primary", question=question)
    decline = control("Decline", "home.decline", campaign)
    return [*shown, actions(approve, decline, block_id=f"approve.{campaign.id}")]


def _runs(scene: Scene, actor: Actor) -> list[Block]:
    """Campaigns under way, with their bars and controls."""
    if not _allowed(actor, Deed.SEE_CALLS):
        return []
    blocks = [section("*Campaigns*")]
    under_way = [each for each in scene.standings if each.campaign.state in _UNDER_WAY]
    for each in under_way[:_MOST]:
        figures = joined(counts(each.tally, words_of(each.campaign)))
        line = f"{title_of(each.campaign)}\n{bar(each.tally.called, each.tally.ready)}\n{figures}"
        blocks.append(section(f"{line}\n{campaign_line(each, scene.team_url)}"))
        buttons = _controls(each, actor)
        if buttons:
            blocks.append(actions(*buttons, block_id=f"campaign.{each.campaign.id}"))
    if len(under_way) > _MOST:
        blocks.append(context(f"and {len(under_way) - _MOST:,} more: `/toingg`"))
    if not under_way:
        blocks.append(context("None runs. `/toingg campaign` calls a list of people."))
    return blocks


def _controls(standing: Standing, actor: Actor) -> list[Block]:
    campaign: Campaign = standing.campaign
    steers = _allowed(actor, Deed.CONTROL_CAMPAIGN, campaign.owner)
    if campaign.handed_over or not steers or campaign.stopped_by is not None:
        return []
    if campaign.state is Stage.RUNNING:
        return [control("Pause", "home.pause", campaign), stop_all(standing, "home.stop")]
    if campaign.state in (Stage.PAUSED, Stage.HELD) and _allowed(actor, Deed.RUN_CAMPAIGN):
        return [resume(standing, "home.resume", style=None)]
    return []


def _live(scene: Scene, actor: Actor) -> list[Block]:
    """Calls that are up; Hang Up for who may."""
    if not _allowed(actor, Deed.SEE_CALLS):
        return []
    blocks = [section("*Live calls*")]
    for call in scene.today.live:
        ends = _allowed(actor, Deed.HANG_UP, call.requested_by)
        offered = ends and call.may_be_hung_up and call.hang_up_at is None
        more = {"accessory": hang_up_button(call, "calls.hang_up")} if offered else {}
        blocks.append(section(_line(scene, actor, call), block_id=f"call.{call.id}", **more))
    if not scene.today.live:
        blocks.append(context("None. `/toingg call` places one."))
    return blocks


def _line(scene: Scene, actor: Actor, call: Call) -> str:
    named = _allowed(actor, Deed.SEE_NUMBER, call.requested_by)
    return call_line(call, scene.source, scene.team_url, named=named)


def _use(scene: Scene, actor: Actor) -> list[Block]:
    """Today's calls, and the money for who answers for it."""
    today, holds = scene.today, scene.holds
    cap = "" if holds.calls_per_day is None else f" of at most {holds.calls_per_day:,}"
    lines = [f"{today.reached:,} called{cap}"]
    if actor.role in (Role.OWNER, Role.OPERATOR, Role.FINANCE):
        if today.balance is not None:
            lines.append(f"spent or held {money(micro(today.spent), holds.currency)}")
            lines.append(f"{money(micro(today.balance), holds.currency)} of the budget left")
        elif actor.role is not Role.OPERATOR:
            lines.append("no budget is set")
    return [section(f"*Today*\n{joined(lines)}")]


_Step = tuple[str, Callable[[Scene], bool]]
_STEPS: tuple[_Step, ...] = (
    ("Give the key of your Toingg account: Settings → Toingg", lambda scene: scene.has_key),
    ("Say who may do what: Settings → People", lambda scene: scene.gives_roles),
    (
        "Choose the channel that is told what concerns everybody: Settings → Workspace",
        lambda scene: bool(scene.holds.notification_channel),
    ),
    (
        "Name a campaign for calls that name none: Settings → Calls",
        lambda scene: bool(scene.holds.default_campaign),
    ),
    (
        "Say what a minute costs: Settings → Money",
        lambda scene: scene.holds.price_per_minute is not None,
    ),
    (
        "Place the first call: Call Somebody, with your own number",
        lambda scene: scene.today.has_called,
    ),
)


_MAY_STEPS: tuple[_Step, ...] = (
    (
        "If you like, hear of payments and of what becomes of calls: Settings → Webhooks",
        lambda scene: scene.has_hooks,
    ),
)
"""What nobody has to do: without them the list ends all the same."""


def _steps(scene: Scene, actor: Actor) -> list[Block]:
    """What is left to be set up, until it is done."""
    if not _allowed(actor, Deed.CHANGE_SETTINGS):
        return []
    done = [(words, is_done(scene)) for words, is_done in _STEPS]
    if all(is_done for _, is_done in done):
        return []
    done += [(words, is_done(scene)) for words, is_done in _MAY_STEPS]
    lines = [f"~{words}~" if is_done else f"• {words}" for words, is_done in done]
    return [section("\n".join(["*To set up*", *lines]))]
