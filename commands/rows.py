"""From a button to the row that it is of: checked against who, where and when."""

from collections.abc import Sequence
from datetime import datetime
from functools import partial

from bot.access import Deed, may
from bot.calling.cards import Cards
from bot.errors import NotAllowed, OutOfDate
from bot.slack.routes import Ask
from storage import Connection, audit, rows
from storage.engine import Database
from storage.rows import Call


async def row_of(
    ask: Ask, deed: Deed, database: Database, cards: Cards, *, on_card: bool = True
) -> Call:
    """The row that a button's value names, in this workspace, at this attempt.

    Raises OutOfDate (after a redraw) for an older attempt, a row that isn't here, or a button
    that doesn't stand on the row's card; NotAllowed where the role covers only one's own rows.
    """
    call_id, _, attempt = ask.value.partition(".")
    call = await database.read(partial(rows.get, workspace_id=ask.workspace.id, call_id=call_id))
    if call is None:
        raise OutOfDate
    if not may(ask.actor, deed, ask.workspace.id, asked_by=call.requested_by):
        raise NotAllowed(
            "Only whoever asked for this call, an operator or an owner may do this.",
            detail=deed.value,
        )
    here = (ask.channel, ask.message_ts) == (call.channel, call.card_ts)
    if attempt != str(call.attempt) or (on_card and not here):
        cards.wake(call.id, call.workspace_id)
        raise OutOfDate
    return call


NUMBER_SEEN = "number_seen"
"""What the audit log says, under the number's keyed hash, of whoever was shown it in full."""


async def note_seen(ask: Ask, database: Database, phone_keys: Sequence[str], now: datetime) -> None:
    """Writes down that who asks is about to see these numbers in full."""

    def write(connection: Connection) -> None:
        for key in phone_keys:
            who = (ask.workspace.id, ask.actor.user_id, NUMBER_SEEN, key)
            audit.append(connection, *who, now=now, by=ask.name)

    if phone_keys:
        await database.write(write)
