"""What is wrong, on the wire and in the ledger, after a kill and a restart."""

from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import func, select

from bot.sandbox.slack.messages import Message
from storage import Connection, rows
from storage.events import EVENTS
from storage.rows import Call, State
from tests.stage import Stage, buttons_of, text_of

REPEATED = "Possibly repeated"

_TOLD = {
    "placed": ("Placed: Toingg took the call", "Accepted, but"),
    "final": ("Placed: Toingg took the call", "Accepted, but"),
    "uncertain": ("The phone may have rung. On the card: It Rang, or Call Again",),
    "offered": ("Call Now or Discard, on the card",),
    "rejected": ("Not called:",),
}
"""What the thread must say of each end state: one of these."""


@dataclass
class Click:
    """One signed request that asks for a call to a number of its own."""

    campaign: str
    phone: str
    acked: bool = False
    limited: bool = False
    """Whether Toingg was to answer 429 once, which allows for one more request."""
    again: int = 0
    """How often a person said to call again."""


@dataclass(frozen=True)
class Ledger:
    """The rows by campaign, and how many events no thread has been told of."""

    rows: dict[str, Call]
    untold: int


def read_ledger(connection: Connection) -> Ledger:
    """All of it."""
    query = select(func.count()).select_from(EVENTS).where(EVENTS.c.told.is_(False))
    calls = rows.find(connection, limit=10_000)
    return Ledger({call.campaign: call for call in calls}, connection.execute(query).scalar_one())


def end_state(call: Call) -> str | None:
    """The row's end state; None while it still has to go on."""
    match call.state:
        case State.PLACED:
            return "final" if call.ended_at else "placed"
        case State.REJECTED | State.UNCERTAIN | State.OFFERED:
            return call.state.value
        case _:
            return None


def shown_state(card: Message) -> str | None:
    """The end state that a card says, by its words and its buttons."""
    text, buttons = text_of(card), set(buttons_of(card))
    if buttons == {"It Rang", "Call Again"} and "the phone may have rung" in text:
        return "uncertain"
    if "Not called" in text:
        if buttons == {"Call Now", "Discard"}:
            return "offered"
        return "rejected" if buttons == {"Edit and Try Again"} else None
    if buttons in ({"Hang Up"}, {"Attach Call ID"}):
        return "placed"
    return "final" if buttons == {"Call Again"} else None


def posts_of(stage: Stage, click: Click) -> int:
    """How many requests asked Toingg to dial this click's number, and weren't answered by 429."""
    return sum(
        isinstance(post.body, dict)
        and post.body.get("phoneNumber") == click.phone
        and post.status != 429
        for post in stage.toingg.posts("/api/make_toingg/")
    )


def calls_of(stage: Stage, click: Click) -> int:
    """How many calls Toingg made to this click's number."""
    return sum(call.phone == click.phone for call in list(stage.toingg.calls.values()))


def cards_of(stage: Stage, click: Click) -> list[Message]:
    """Every card that was posted for this click, as it was posted."""
    posted = [each for each in stage.slack.changes if each.kind == "message_posted"]
    return _cards([each.data["message"] for each in posted], click)


def standing_cards(stage: Stage, click: Click) -> list[Message]:
    """The click's cards as they stand now."""
    return _cards(stage.slack.messages("sales"), click)


def _cards(messages: list[Message], click: Click) -> list[Message]:
    mark = f"· {click.campaign}\n"
    return [each for each in messages if each.thread_ts is None and mark in text_of(each)]


def complaints(stage: Stage, seen: Ledger, clicks: list[Click]) -> list[str]:
    """Everything that isn't as promised; empty once all is at rest as it should be."""
    found = [f"{seen.untold} events untold"] if seen.untold else []
    for click in clicks:
        found += [f"{click.campaign}: {line}" for line in _of_click(stage, seen, click)]
    strangers = set(seen.rows) - {click.campaign for click in clicks}
    return found + [f"a row that nobody asked for: {campaign}" for campaign in strangers]


def _of_click(stage: Stage, seen: Ledger, click: Click) -> Iterator[str]:
    posts, calls, cards = posts_of(stage, click), calls_of(stage, click), cards_of(stage, click)
    if max(posts, calls) > 1 + click.again:
        yield f"dialled twice: {posts} requests, {calls} calls"
    row = seen.rows.get(click.campaign)
    if row is None:
        if click.acked or posts or cards:
            yield f"lost: acked {click.acked}, {posts} requests, {len(cards)} cards"
        return
    yield from _of_cards(stage, row, cards)
    state = end_state(row)
    if state is None:
        yield f"not at an end: {row.state}"
    if state in ("rejected", "offered") and calls > click.again:
        yield f"{state}, but Toingg made the call"
    if state in ("placed", "final") and calls == 0:
        yield f"{state}, but Toingg made no call"


def _of_cards(stage: Stage, row: Call, cards: list[Message]) -> Iterator[str]:
    if not cards:
        yield "no card"
    if any(REPEATED not in text_of(card) for card in cards[1:]):
        yield "a second card that doesn't say so"
    card = stage.slack.message(row.channel, row.card_ts) if row.channel and row.card_ts else None
    if card is None:
        yield "the row's card doesn't stand"
        return
    state = end_state(row)
    if shown_state(card) != state:
        yield f"the row is {state}, its card says: {text_of(card)!r} {buttons_of(card)}"
    thread = stage.thread(card)
    if state and not any(words in thread for words in _TOLD[state]):
        yield f"{state}, but the thread says: {thread!r}"
