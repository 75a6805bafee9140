"""What the notification channel is told of a campaign that can't go on by itself."""

from bot.slack.blocks.campaign_live import why_paused
from bot.slack.blocks.campaign_parts import title_of
from bot.slack.blocks.parts import Message, person, section
from storage.campaigns import Campaign, Stage

POSSIBLY_REPEATED = "_Possibly repeated: the bot was restarted while it posted this._"
_NO_MONEY = "its budget is used up. It goes on once that is topped up."


def stopped(campaign: Campaign, link: str, heads: tuple[str, ...] = ()) -> Message:
    """Why, and who answers for it; `link` leads to its card, "" where it has none."""
    why = _NO_MONEY
    if campaign.state is not Stage.HELD:
        why = why_paused(campaign, campaign.reason, campaign.said)
    of = f"{title_of(campaign)}, which {person(campaign.owner)} answers for, has stopped"
    text = "\n".join([*heads, f":warning: {of}: {why} {link}".rstrip()])
    return {"text": text, "blocks": [section(text)]}
