"""What the notification channel is told of a campaign that can't go on by itself."""

from bot.slack.blocks.campaign_parts import title_of
from bot.slack.blocks.parts import Message, person, section
from storage.campaigns import Campaign, Stage

POSSIBLY_REPEATED = "_Possibly repeated: the bot was restarted while it posted this._"

_WHY = {
    "KeyRejected": "Toingg doesn't take the API key: an owner gives it anew in `/toingg settings`",
    "NoCredit": "Toingg's credit is used up: top it up with `/toingg checkout`",
}


def stopped(campaign: Campaign, link: str, heads: tuple[str, ...] = ()) -> Message:
    """Why, and who goes on with it; `link` leads to its card, "" where it has none."""
    why = "its budget is used up: it goes on once that is topped up"
    if campaign.state is not Stage.HELD:
        why = _WHY.get(campaign.reason or "", "too many calls in a row went wrong")
    of = f"{title_of(campaign)}, which {person(campaign.owner)} answers for, has stopped"
    text = "\n".join([*heads, f":warning: {of}: {why}. {link}".rstrip()])
    return {"text": text, "blocks": [section(text)]}
