"""Toingg's answer is lost, twice: once the phone rang all the same, once it didn't."""

from bot.sandbox.stories.orders import MARY, MODAL, RICHARD, Callee
from bot.sandbox.stories.telling import DIAL, Telling
from bot.sandbox.toingg import faults

_ASKS = "the phone may have rung"


async def play(telling: Telling) -> None:
    """The card asks, a person knows; nothing is dialled twice by itself."""
    await _it_rang(telling)
    await _it_did_not(telling)
    telling.step("6. Nothing was dialled that nobody said")
    await telling.exactly(RICHARD.phone, dials=1, calls=1)
    await telling.exactly(MARY.phone, dials=2, calls=1)


async def _it_rang(telling: Telling) -> None:
    hands = telling.hands
    telling.step("1. Toingg calls Richard, and its answer is lost")
    telling.toingg.fail_next(faults.cut_after_made(), path=DIAL)
    with telling.toingg.unreported():  # else the report itself would say that it rang
        await _asked(telling, RICHARD)
        await telling.rings(RICHARD.phone)

    telling.step("2. Carl asks him, and says that it rang")
    await hands.click(RICHARD.card, "It Rang")
    await telling.card(RICHARD.card, "Accepted", has=("Attach Call ID",))
    await telling.told(RICHARD.card, "says that it rang")

    telling.step("3. Richard answers: the report names the call, and Hang Up is there")
    await hands.other_end(RICHARD.phone, "Answer")
    await telling.card(RICHARD.card, "Answered", has=("Hang Up",))
    await hands.click(RICHARD.card, "Hang Up", confirm="Hang Up")
    await telling.hung_up(RICHARD.phone)
    await telling.card(RICHARD.card, "Hung up by", has=("Call Again",))


async def _it_did_not(telling: Telling) -> None:
    hands = telling.hands
    telling.step("4. A request is lost before Toingg calls Mary")
    telling.toingg.fail_next(faults.cut_after_read(), path=DIAL)
    await _asked(telling, MARY)
    await telling.exactly(MARY.phone, dials=1, calls=0)

    telling.step("5. Carl asks her; it didn't ring, and he says to call again")
    await hands.click(MARY.card, "Call Again", confirm="Call Again")
    await telling.dialled(MARY.body, 200)
    await telling.card(MARY.card, "Placed", has=("Hang Up",))
    await telling.told(MARY.card, "said to call again")
    await telling.rings(MARY.phone)
    await hands.other_end(MARY.phone, "No Answer")
    await telling.reported(MARY.phone, "no-answer")
    await telling.card(MARY.card, "No answer", has=("Call Again",))


async def _asked(telling: Telling, callee: Callee) -> None:
    """Carl calls somebody, and is left with the question."""
    await telling.hands.command("/toingg-call")
    await telling.modal(MODAL)
    await telling.hands.fill(callee.fields)
    await telling.hands.submit("Call")
    await telling.no_modal()
    await telling.dialled(callee.body, None)
    await telling.card(callee.card, _ASKS, has=("It Rang", "Call Again"))
    await telling.told(callee.card, "The phone may have rung")
