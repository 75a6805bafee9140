"""Two numbers that can't be called: the bot sees the one, only Toingg the other."""

from bot.sandbox.stories.orders import JANE, JANE_AT_WORK, MODAL
from bot.sandbox.stories.telling import DIAL, Telling
from bot.sandbox.toingg import faults

_TOO_SHORT = "+1 415 555 01"


async def play(telling: Telling) -> None:
    """Refused in its field, corrected; refused by Toingg, edited, called."""
    hands = telling.hands
    telling.step("1. Carl types a number that can't be")
    await hands.command("/toingg-call")
    await telling.modal(MODAL)
    await hands.fill({**JANE.fields, "Phone number": _TOO_SHORT})
    await hands.submit("Call")
    await telling.error("Phone number", "too few digits")
    held = (await telling.modal(MODAL)).fields
    kept = {**JANE.fields, "Phone number": _TOO_SHORT}.items() <= held.items()
    await telling.expect("nothing typed is lost", holds=kept)

    telling.step("2. He corrects it; Toingg doesn't take that number")
    telling.toingg.fail_next(faults.unprocessable(), path=DIAL)
    await hands.fill({"Phone number": JANE.written})
    await hands.submit("Call")
    await telling.no_modal()
    await telling.dialled(JANE.body, 422)
    await telling.card(JANE.card, "Not called", has=("Edit and Try Again",))
    await telling.told(JANE.card, "Not called")

    telling.step("3. Edit and Try Again: everything is there, and what was wrong")
    await hands.click(JANE.card, "Edit and Try Again")
    modal = await telling.modal(MODAL)
    await telling.expect("the modal says what was wrong", holds="phoneNumber" in modal.text)
    same = (modal.fields["Name"], modal.fields["Phone number"]) == (JANE.name, JANE.phone)
    await telling.expect("it holds what was sent", holds=same)

    telling.step("4. He calls her other number, and she answers")
    await hands.fill({"Phone number": JANE_AT_WORK.written})
    await hands.submit("Call")
    await telling.dialled(JANE_AT_WORK.body, 200)
    await telling.card(JANE_AT_WORK.card, "Placed", has=("Hang Up",))
    await telling.rings(JANE_AT_WORK.phone)
    await hands.other_end(JANE_AT_WORK.phone, "Answer")
    await telling.card(JANE_AT_WORK.card, "Answered", has=("Hang Up",))

    telling.step("5. She hangs up; Toingg was asked once for each number")
    await hands.other_end(JANE_AT_WORK.phone, "Hang Up")
    await telling.reported(JANE_AT_WORK.phone, "completed")
    await telling.card(JANE_AT_WORK.card, "Ended", has=("Call Again",))
    await telling.told(JANE_AT_WORK.card, "Ended")
    await telling.exactly(JANE.phone, dials=1, calls=0)
    await telling.exactly(JANE_AT_WORK.phone, dials=1, calls=1)
