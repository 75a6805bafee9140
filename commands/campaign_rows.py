"""From a button or a modal to the campaign that it is of: checked against who, where and when."""

from collections.abc import Awaitable, Callable
from functools import partial

from bot.access import Deed, may
from bot.campaigns import Campaigns
from bot.errors import NotAllowed, OutOfDate
from bot.slack.routes import Ask
from storage import campaigns
from storage.campaigns import Campaign, Stage

Move = Callable[[Campaign, str], Awaitable[Campaign]]
"""One of `Control`'s: what a person does to a campaign."""
Done = Callable[[Campaign, str], bool]
"""Whether that is so already, as after the double of this person's click."""


async def campaign_of(
    ask: Ask, deed: Deed, parts: Campaigns, *, on_card: bool = True, moved: bool = False
) -> Campaign:
    """The campaign that a button's value or a modal's metadata names, in this workspace.

    `moved`: it may have moved since that was drawn. Raises OutOfDate (after a redraw) for an older
    one, a campaign that isn't here, or a button that doesn't stand on its card; NotAllowed where
    the role covers only campaigns that one answers for.
    """
    campaign_id, version, *_ = [*(ask.metadata or ask.value).split("."), ""]
    campaign = await parts.calling.database.read(
        partial(campaigns.get, workspace_id=ask.workspace.id, campaign_id=campaign_id)
    )
    if campaign is None:
        raise OutOfDate
    if not may(ask.actor, deed, ask.workspace.id, asked_by=campaign.owner):
        raise NotAllowed(
            "Only who answers for this campaign, an operator or an owner may do this.",
            detail=deed.value,
        )
    here = (ask.channel, ask.message_ts) == (campaign.channel, campaign.card_ts)
    if (not moved and version != str(campaign.version)) or (on_card and not here):
        parts.wake(campaign)
        raise OutOfDate
    return campaign


def moved_to(stage: Stage) -> Done:
    """Whether this person has just made that move."""
    return lambda campaign, actor: campaign.state is stage and campaign.moved_by == actor


def stands(stage: Stage) -> Done:
    """Whether it stands there, whoever moved it."""
    return lambda campaign, _: campaign.state is stage


def is_stopped(campaign: Campaign, _: str) -> bool:
    """Whether its calls are being hung up, or it doesn't run, and none is up."""
    ended = (Stage.PAUSED, Stage.DONE, Stage.CANCELLED)
    return campaign.stopped_by is not None or campaign.state in ended


def value_of(campaign: Campaign) -> str:
    """What a modal remembers of its campaign: which one, and as of which move."""
    return f"{campaign.id}.{campaign.version}"
