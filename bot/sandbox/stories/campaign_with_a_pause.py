"""A list of people: checked before anything rings, dialled once each, paused and resumed."""

import asyncio

from bot.sandbox.stories.orders import CAMPAIGN, Callee
from bot.sandbox.stories.telling import Telling

WHO = "olivia"
_MODAL = "Call a List"
_CARD = CAMPAIGN
_PEOPLE = tuple(
    Callee(name, f"+1 415 555 01{last}", f"+1 415 ••• ••{last}")
    for name, last in (
        ("Ada Lane", "11"),
        ("Ben Ortiz", "12"),
        ("Cleo Park", "13"),
        ("Dev Rao", "14"),
        ("Eve Stone", "15"),
    )
)
_LIST = "\n".join(
    [
        *(f"{each.name}, {each.written}" for each in _PEOPLE),
        f"Ada again, {_PEOPLE[0].written}",
        "Frank Short, +1 415 555 01",
    ]
)
_LONGER_THAN_A_CALL_TAKES = 2.5
"""Seconds: at the demo's pace two more people would have been called."""


async def play(telling: Telling) -> None:
    """Checked, started, paused, resumed, done."""
    await _checked(telling)
    await _paused(telling)
    await _resumed(telling)


async def _checked(telling: Telling) -> None:
    hands = telling.hands
    telling.step("1. Olivia pastes a list: one number twice, one too short")
    await hands.command("/toingg-campaign")
    await telling.modal(_MODAL)
    await hands.fill({"Campaign": CAMPAIGN, "Numbers": _LIST})
    await hands.submit("Check the List")
    await telling.no_modal()

    telling.step("2. What is wrong is told before anything rings")
    await telling.card_with(_CARD, "5 people ready", "Start")
    for each in _PEOPLE:
        await telling.exactly(each.phone, dials=0, calls=0)


async def _paused(telling: Telling) -> None:
    hands, (first, second, *others) = telling.hands, _PEOPLE
    telling.step("3. She starts it; people are called one after the other")
    await hands.click(_CARD, "Start", confirm="Start")
    await telling.dialled(first.body, 200)
    await telling.dialled(second.body, 200)

    telling.step("4. Pause: nobody else is called, those who talk go on")
    await hands.click(_CARD, "Pause")
    await telling.card_with(_CARD, "Paused by", "Resume")
    called = [each for each in _PEOPLE if telling.dials(each.phone)]
    await asyncio.sleep(_LONGER_THAN_A_CALL_TAKES)
    still = [each for each in _PEOPLE if telling.dials(each.phone)]
    await telling.expect("nobody is called while it is paused", holds=called == still)
    await telling.expect("somebody is still to be called", holds=others[-1] not in called)
    await hands.other_end(first.phone, "Answer")
    await telling.reported(first.phone, "in-progress")
    await hands.other_end(first.phone, "Hang Up")
    await telling.reported(first.phone, "completed")


async def _resumed(telling: Telling) -> None:
    hands, (_, *others) = telling.hands, _PEOPLE
    telling.step("5. Resume: the rest are called, nobody twice")
    await hands.click(_CARD, "Resume", confirm="Resume")
    for each in others:
        await telling.dialled(each.body, 200)
        await hands.other_end(each.phone, "No Answer")
        await telling.reported(each.phone, "no-answer")

    telling.step("6. Done: the card counts, the thread has the results")
    await telling.card_with(_CARD, "Done", "Run Again")
    await telling.card_with(_CARD, "4 no answer", "Results")
    await telling.told(_CARD, "Done")
    for each in _PEOPLE:
        await telling.exactly(each.phone, dials=1, calls=1)
