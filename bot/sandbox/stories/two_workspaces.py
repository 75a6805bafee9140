"""Two workspaces install the bot, each with a key of its own; one removes it, and comes back."""

from bot.sandbox.stories.orders import CAMPAIGN, JANE, JOHN, MARY, Callee
from bot.sandbox.stories.telling import Telling

OURS, THEIRS = ("Sandbox", "olivia"), ("Elsewhere", "nora")
_NOT_KNOWN = "is not a valid command"


async def play(telling: Telling) -> None:
    """Installed here, then there; removed here, and installed again."""
    hands, toingg = telling.hands, telling.toingg
    telling.step("1. Nobody has the bot yet: Slack doesn't know its command")
    await hands.enter(*OURS)
    await hands.command("/toingg-call")
    await telling.whispered(_NOT_KNOWN)

    telling.step("2. Olivia adds it to her workspace, and gives it the workspace's key")
    await hands.install()
    await _settled(telling, toingg.key)

    telling.step("3. It calls for her, by that key")
    await _called(telling, JOHN, toingg.key)

    telling.step("4. In Nora's workspace it isn't installed, and says nothing")
    await hands.enter(*THEIRS)
    await hands.command("/toingg-call", _quick(JANE))
    await telling.whispered(_NOT_KNOWN)
    await telling.exactly(JANE.phone, dials=0, calls=0)

    telling.step("5. Nora adds it, with a key of her own: her calls are her workspace's alone")
    await hands.install()
    await _settled(telling, toingg.neighbours_key)
    await _called(telling, JANE, toingg.neighbours_key)
    await hands.enter(*OURS)
    await telling.expect("no card of Nora's", holds=await hands.count(JANE.card) == 0)
    await telling.once(JOHN.card)

    telling.step("6. Olivia removes it: here its command is gone, over there it goes on")
    await hands.remove()
    await hands.command("/toingg-call", _quick(MARY))
    await telling.whispered(_NOT_KNOWN)
    await telling.exactly(MARY.phone, dials=0, calls=0)
    await hands.enter(*THEIRS)
    await hands.click(JANE.card, "Hang Up", confirm="Hang Up")
    await telling.hung_up(JANE.phone)
    await telling.card(JANE.card, "Hung up by", has=("Call Again",))

    telling.step("7. She adds it again: it calls by the key that she gave it before")
    await hands.enter(*OURS)
    await hands.install()
    await hands.invite()
    await _called(telling, MARY, toingg.key)


async def _settled(telling: Telling, key: str) -> None:
    """The bot is in the channel, and has the workspace's key."""
    hands = telling.hands
    await hands.invite()
    await hands.command("/toingg-settings", "toingg")
    await telling.modal("Toingg")
    await hands.fill({"Toingg key": key})
    await hands.submit("Save")
    await telling.no_modal()


async def _called(telling: Telling, callee: Callee, key: str) -> None:
    hands = telling.hands
    await hands.command("/toingg-call", _quick(callee))
    await telling.dialled(callee.body, 200)
    await telling.card(callee.card, "Placed", has=("Hang Up",))
    await telling.keyed(callee.phone, key)


def _quick(callee: Callee) -> str:
    return f"{callee.written} | {callee.name} | {CAMPAIGN}"
