"""What runs in a workspace, with its controls: for `/toingg` and `/toingg stop`."""

from collections.abc import Callable, Sequence

from bot.slack.blocks.campaign_card import headline
from bot.slack.blocks.campaign_parts import (
    Standing,
    control,
    joined,
    link_of,
    noun,
    resume,
    stop_all,
    title_of,
)
from bot.slack.blocks.parts import Block, Message, actions, button, confirm, context, section
from bot.slack.text import inline
from storage.campaigns import Campaign, Stage
from storage.under_way import UnderWay

MOST = 10
"""How many campaigns are shown."""


def campaigns_list(
    standings: Sequence[Standing],
    *,
    team_url: str,
    controls: Callable[[Campaign], bool],
    resumes: bool = True,
    more: int = 0,
    note: str = "",
) -> Message:
    """Campaigns, each with a link to its card and, where `controls`, its buttons.

    Their action ids are `campaigns.pause .resume .stop`, their values as on the card; Resume is
    there where `resumes`. `more` there are besides the `MOST` that are shown. `note`, in markup,
    comes first.
    """
    title = f"{note}\n*Campaigns*".lstrip()
    if not standings:
        text = f"{title}\nNothing runs. `/toingg campaign` makes one."
        return {"response_type": "ephemeral", "text": text, "blocks": [section(text)]}
    blocks: list[Block] = [section(title)]
    for standing in standings:
        blocks.append(section(campaign_line(standing, team_url)))
        buttons = _buttons(standing, resumes=resumes) if controls(standing.campaign) else []
        if buttons:
            blocks.append(actions(*buttons, block_id=f"campaign.{standing.campaign.id}"))
    if more:
        blocks.append(context(f"and {more:,} more"))
    return {"response_type": "ephemeral", "text": title, "blocks": blocks}


def campaign_line(standing: Standing, team_url: str) -> str:
    """One campaign in a list: its title with a link to its card, its state, its figures."""
    campaign, tally = standing.campaign, standing.tally
    link = link_of(campaign, team_url, "Card")
    figures = f"{tally.called:,} of {tally.ready:,} called"
    live = f" · {tally.live:,} live" if tally.live else ""
    return f"{joined([title_of(campaign), link])}\n{headline(standing)}\n{figures}{live}"


def _buttons(standing: Standing, *, resumes: bool) -> list[Block]:
    campaign = standing.campaign
    if campaign.handed_over:
        return []
    if campaign.state is Stage.RUNNING:
        pause = control("Pause", "campaigns.pause", campaign)
        return [pause, stop_all(standing, "campaigns.stop")]
    buttons = []
    halted = campaign.state in (Stage.PAUSED, Stage.HELD) and campaign.stopped_by is None
    if halted and resumes:
        buttons.append(resume(standing, "campaigns.resume", style=None))
    if not standing.tally.is_quiet and campaign.stopped_by is None:
        buttons.append(stop_all(standing, "campaigns.stop"))
    return buttons


def stop_question(found: Sequence[UnderWay]) -> Message:
    """`/toingg stop`: what runs, and one button that stops all of it (`campaigns.stop_all`)."""
    live = sum(each.live for each in found)
    many = len(found)
    deed = f"Stop all {many:,} {noun(many, 'campaign')} and hang up {live:,} {noun(live, 'call')}"
    question = confirm(
        f"{deed}?", "Nobody else is called until you resume.", "Stop All", "Not Yet", style="danger"
    )
    lines = [_stoppable(each) for each in found[:MOST]]
    if many > MOST:
        lines.append(f"and {many - MOST:,} more")
    text = "\n".join(lines)
    stop = button("Stop All", "campaigns.stop_all", "all", style="danger", confirm=question)
    blocks = [section(f"*{deed}?*"), section(text), actions(stop)]
    return {"response_type": "ephemeral", "text": deed, "blocks": blocks}


def _stoppable(each: UnderWay) -> str:
    live = f" · {each.live:,} live" if each.live else ""
    return f"• *{inline(each.campaign.title, 80)}* · {each.campaign.state.capitalize()}{live}"
