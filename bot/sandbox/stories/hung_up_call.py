"""One call, from the slash command to the hang-up."""

from bot.sandbox.stories.orders import JOHN, MODAL
from bot.sandbox.stories.telling import Telling


async def play(telling: Telling) -> None:
    """Asked for, placed, answered, hung up."""
    hands = telling.hands
    telling.step("1. Carl types a command, and a modal opens")
    await hands.command("/toingg-call")
    await telling.modal(MODAL)

    telling.step("2. He fills it in and clicks Call")
    await hands.fill(JOHN.fields)
    await hands.submit("Call")
    await telling.no_modal()
    await telling.whispered("Calling John Doe")

    telling.step("3. Toingg takes the call; its card stands in the channel")
    await telling.dialled(JOHN.body, 200)
    await telling.card(JOHN.card, "Placed", has=("Hang Up",))

    telling.step("4. The phone rings, and John answers")
    await telling.rings(JOHN.phone)
    await telling.card(JOHN.card, "Ringing", has=("Hang Up",))
    await hands.other_end(JOHN.phone, "Answer")
    await telling.reported(JOHN.phone, "in-progress")
    await telling.card(JOHN.card, "Answered", has=("Hang Up",))
    await telling.told(JOHN.card, "Answered")

    telling.step("5. Carl clicks Hang Up")
    await hands.click(JOHN.card, "Hang Up", confirm="Hang Up")
    await telling.hung_up(JOHN.phone)

    telling.step("6. The call is over; card and thread say so")
    await telling.reported(JOHN.phone, "completed")
    await telling.card(JOHN.card, "Hung up by", has=("Call Again",))
    await telling.told(JOHN.card, "Hung up by")
    await telling.exactly(JOHN.phone, dials=1, calls=1)
