"""The stories that the demo plays and the tests check, by name.

Each is written once, and told by whatever hands there are: the fingers of the terminal demo, or a
browser's mouse and keyboard.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from bot.sandbox.scene import WHO
from bot.sandbox.stories import (
    campaign_with_a_pause,
    held_campaign,
    hung_up_call,
    payment_twice,
    refund_and_dispute,
    text_and_stop,
    two_workspaces,
    uncertain_call,
    wrong_number,
)
from bot.sandbox.stories.hands import Unable
from bot.sandbox.stories.telling import StoryBroken, Telling

__all__ = ["DEFAULT", "STORIES", "Story", "StoryBroken", "Telling", "tell"]


@dataclass(frozen=True)
class Story:
    """`summary` is what there is to see, `ending` what has been shown once it is over.

    `who` is the person by whose hands it is told. `installs`: nobody has the bot to begin with, and
    workspaces install it by OAuth.
    """

    summary: str
    ending: str
    play: Callable[[Telling], Awaitable[None]]
    who: str = WHO
    installs: bool = False


DEFAULT = "hung-up-call"
STORIES: dict[str, Story] = {
    DEFAULT: Story(
        "A call from the command to the hang-up",
        "One call was placed, answered and hung up",
        hung_up_call.play,
    ),
    "wrong-number": Story(
        "A number that can't be, told in its field; one that Toingg refuses; the right one",
        "Two wrong numbers were mended, and one call was made",
        wrong_number.play,
    ),
    "uncertain-call": Story(
        "Toingg's answer is lost: the card asks whether it rang, and a person decides",
        "Two answers were lost, and nobody was called twice",
        uncertain_call.play,
    ),
    "text-and-stop": Story(
        "A text: measured while it is typed, sent, delivered; then its receiver says STOP",
        "One text arrived, and nothing was sent after the STOP",
        text_and_stop.play,
    ),
    "held-campaign": Story(
        "A campaign runs out of its budget: a link in its thread, a payment, and it goes on",
        "The money was used up, twenty dollars were paid, and the last person was called",
        held_campaign.play,
        held_campaign.WHO,
    ),
    "campaign-with-a-pause": Story(
        "A list of people: checked, started, paused, resumed, done",
        "Five people were called once each, and two lines of the list weren't",
        campaign_with_a_pause.play,
        campaign_with_a_pause.WHO,
    ),
    "payment-twice": Story(
        "A checkout link is paid, and Stripe tells it twice and out of order: one message",
        "Twenty dollars were paid once, and told once",
        payment_twice.play,
        payment_twice.WHO,
    ),
    "refund-and-dispute": Story(
        "A payment is refunded in part, disputed, and won: one message, the rest in its thread",
        "One payment was paid, refunded in part, disputed and won, in one message",
        refund_and_dispute.play,
        refund_and_dispute.WHO,
    ),
    "two-workspaces": Story(
        "Two workspaces install the bot, each with its own key; one removes it, and comes back",
        "Two workspaces had the bot; one removed it, and came back",
        two_workspaces.play,
        two_workspaces.OURS[1],
        installs=True,
    ),
}


async def tell(story: Story, telling: Telling) -> None:
    """Plays it to its end. Raises StoryBroken."""
    try:
        await story.play(telling)
    except Unable as error:
        raise await telling.broken(str(error)) from error
