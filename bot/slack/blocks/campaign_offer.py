"""The bot's answer to what somebody wrote, or dropped, into its direct messages."""

from bot.slack.blocks import notices
from bot.slack.blocks.parts import Message, button
from bot.slack.text import escape

NOT_A_LIST: Message = notices.message(
    "Send me phone numbers or a file with them, and I make a campaign of it; or type `/toingg` to"
    " see what else there is."
)
"""For what holds neither."""


def offer(count: int, draft_id: str) -> Message:
    """How many people the list has who can be reached, and the way on."""
    if count == 0:
        text = "None of these numbers can be called. The campaign's card says why, one by one."
        return notices.message(text, button("Check the List", "campaign.from_draft", draft_id))
    people = "1 Number" if count == 1 else f"{count:,} Numbers"
    label = f"Make a Campaign of {people}"
    return notices.message(
        f"I found {people.lower()} that can be called.",
        button(label, "campaign.from_draft", draft_id, style="primary"),
    )


def unreadable(said: str) -> Message:
    """A file that is no list, and what to do about it."""
    return notices.message(f":warning: {escape(said)}")
