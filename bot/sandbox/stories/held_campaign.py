"""A campaign runs out of its budget, and goes on once somebody has paid at Stripe.

The demo's budget is enough for five of six people: it is played before other campaigns are.
"""

import asyncio

from bot.sandbox.stories.orders import CAMPAIGN, Callee
from bot.sandbox.stories.telling import Telling

WHO = "olivia"
_MODAL = "Call a List"
_CARD = CAMPAIGN
_PEOPLE = tuple(
    Callee(name, f"+1 415 555 01{last}", f"+1 415 ••• ••{last}")
    for name, last in (
        ("Fay Moss", "21"),
        ("Gil Nash", "22"),
        ("Hal Quinn", "23"),
        ("Ida Ross", "24"),
        ("Jon Shaw", "25"),
        ("Kim Tran", "26"),
    )
)
_A_MOMENT = 1.0
"""Seconds that they talk at least: less than half of one costs nothing."""


async def play(telling: Telling) -> None:
    """Started, held, paid, gone on."""
    hands, (*first, last) = telling.hands, _PEOPLE
    telling.step("1. Olivia starts a list of six; the budget is enough for five")
    await hands.command("/toingg-campaign")
    await telling.modal(_MODAL)
    numbers = "\n".join(f"{each.name}, {each.written}" for each in _PEOPLE)
    await hands.fill({"Campaign": CAMPAIGN, "Numbers": numbers})
    await hands.submit("Check the List")
    await telling.no_modal()
    await telling.card_with(_CARD, "6 people ready", "Start")
    await hands.click(_CARD, "Start", confirm="Start")
    for each in first:
        await telling.dialled(each.body, 200)

    telling.step("2. They talk, and hang up: each has cost a minute")
    for each in first:
        await hands.other_end(each.phone, "Answer")
        await telling.reported(each.phone, "in-progress")
    await asyncio.sleep(_A_MOMENT)
    for each in first:
        await hands.other_end(each.phone, "Hang Up")
        await telling.reported(each.phone, "completed")

    telling.step("3. The money is used up: the campaign waits, and its thread has a link")
    await telling.card_with(_CARD, "The budget is used up", "Resume")
    await telling.told(_CARD, "Pay on Stripe's own page")
    await telling.exactly(last.phone, dials=0, calls=0)

    telling.step("4. She follows it, and pays on Stripe's page")
    await hands.pay(_CARD)
    await telling.told(_CARD, "Paid 20.00 USD by")

    telling.step("5. The balance has it: the campaign goes on by itself")
    await telling.told(_CARD, "Resumed")
    await telling.dialled(last.body, 200)
    await hands.other_end(last.phone, "No Answer")
    await telling.reported(last.phone, "no-answer")
    await telling.card_with(_CARD, "Done", "Results")
    for each in _PEOPLE:
        await telling.exactly(each.phone, dials=1, calls=1)
