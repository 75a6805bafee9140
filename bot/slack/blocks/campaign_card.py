"""The card of a campaign: one message from the first row read to the last call's end.

It stands in a channel: no name, no full number. Its buttons' action ids are `campaign.start
.schedule .edit .discard .columns .preview .hand_list .pause .resume .cancel .stop .hand_over
.results .retry .again .reschedule .unschedule`, their values `{campaign.id}.{campaign.version}`.
"""

from bot.slack.blocks import campaign_live, campaign_preflight
from bot.slack.blocks.campaign_parts import Standing, title_of
from bot.slack.blocks.elsewhere import heads_of
from bot.slack.blocks.parts import Block, Message, context, person, section
from storage.campaigns import Campaign, Stage

POSSIBLY_REPEATED = "_Possibly repeated: the bot was restarted while it posted this._"


def card(standing: Standing, *, heads: tuple[str, ...] = ()) -> Message:
    """The message; `heads` are lines above it, where there is something to say of the post."""
    line, blocks = _content(standing)
    return {
        "text": f"{title_of(standing.campaign)}: {line}",
        "blocks": [*(context(head) for head in heads), *blocks],
    }


def _content(standing: Standing) -> tuple[str, list[Block]]:
    campaign = standing.campaign
    match campaign.state:
        case Stage.DRAFT:
            return campaign_preflight.reading(standing)
        case Stage.READY | Stage.AWAITING_APPROVAL:
            return campaign_preflight.preflight(standing)
        case Stage.SCHEDULED:
            return campaign_preflight.scheduled(standing)
        case Stage.CANCELLED if campaign.reason == campaign_preflight.UNREADABLE:
            return campaign_preflight.unreadable(standing)
        case Stage.CANCELLED if campaign.started_at is None:
            return _discarded(campaign)
        case _:
            return campaign_live.live(standing)


def _discarded(campaign: Campaign) -> tuple[str, list[Block]]:
    by = f" by {person(campaign.moved_by)}" if campaign.moved_by else ""
    line = f"Discarded{by}: nobody was called"
    return line, [section(f"{title_of(campaign)}\n{line}")]


def headline(standing: Standing) -> str:
    """What state the campaign is in, in one line of markup."""
    return _content(standing)[0]


def report(standing: Standing, *, heads: tuple[str, ...] = ()) -> Message:
    """The card without anything to click, for who is told that it is lost."""
    message = card(standing, heads=heads)
    message["blocks"] = [block for block in message["blocks"] if block["type"] != "actions"]
    return message


def moved(campaign: Campaign) -> Message:
    """What is left where a card stood that goes on elsewhere."""
    text = f"{title_of(campaign)}\nGoes on in the direct messages of {person(campaign.owner)}"
    return {"text": text, "blocks": [section(text)]}


def heads(campaign: Campaign, *, repeated: bool) -> tuple[str, ...]:
    """What stays above a card that stands already, however often it is redrawn."""
    return (POSSIBLY_REPEATED,) * repeated + heads_of(campaign.elsewhere)
