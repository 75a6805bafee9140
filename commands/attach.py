"""Attach Call ID: gives an accepted call the id that Toingg's reply lacked.

With an id a call can be hung up and its transcript read. So whoever isn't an owner attaches only an
id that Toingg itself has named for the row's number, and nobody one that another row has.
"""

import re
from dataclasses import dataclass, replace
from functools import partial

from bot.access import Deed, may
from bot.calling.cards import Cards
from bot.errors import InputError, OutOfDate
from bot.slack.blocks.attach import attach_form
from bot.slack.routes import Answer, Ask, Kind, Routes
from bot.slack.text import tidy
from commands.ordering import Ordering
from commands.rows import row_of
from storage import Connection, audit, hangups, ledger, rows, statuses
from storage.rows import Call

_CALL_SID = re.compile(r"CA[0-9a-f]{32}")
_MALFORMED = "A call id is CA and 32 digits of 0-9 and a-f."
_TAKEN = "This id can't be attached: it is another call's."
_UNSEEN = "Toingg hasn't named this id for this number. An owner can attach it."


@dataclass(frozen=True)
class AttachFlow:
    """The button, and its modal."""

    ordering: Ordering
    cards: Cards

    async def asked(self, ask: Ask) -> Answer:
        """Opens the modal."""
        await self._row(ask)
        where = f"{ask.value}|{ask.channel}|{ask.message_ts}"
        return Answer(then=partial(self.ordering.show, ask, attach_form(where)))

    async def typed(self, ask: Ask) -> Answer:
        """The id, checked in its own field."""
        value, channel, message_ts = [*ask.metadata.split("|"), "", "", ""][:3]
        call = await self._row(replace(ask, value=value, channel=channel, message_ts=message_ts))
        call_sid = tidy(ask.typed.get("call_sid", ""))
        if not _CALL_SID.fullmatch(call_sid):
            raise InputError({"call_sid": _MALFORMED})
        attached = await self.ordering.database.write(
            partial(self._attach, ask=ask, call=call, call_sid=call_sid)
        )
        self.cards.wake(call.id, call.workspace_id)
        if attached is None:
            raise OutOfDate
        return Answer()

    async def _row(self, ask: Ask) -> Call:
        return await row_of(ask, Deed.SETTLE_CALL, self.ordering.database, self.cards)

    def _attach(
        self, connection: Connection, *, ask: Ask, call: Call, call_sid: str
    ) -> Call | None:
        """Checked and written in one transaction. Raises InputError where it mustn't be."""
        now, actor = self.ordering.clock(), ask.actor.user_id
        rows.take_turn(connection, call_sid)
        if statuses.by_sid(connection, call.workspace_id, call_sid) is not None:
            raise InputError({"call_sid": _TAKEN})
        unseen = not statuses.was_reported_for(connection, call, call_sid)
        allowed = not unseen or may(ask.actor, Deed.HANG_UP_UNSEEN, ask.workspace.id)
        if not allowed or hangups.is_anybodys(connection, call_sid):
            raise InputError({"call_sid": _UNSEEN})
        attached = ledger.attach(connection, call, call_sid=call_sid, actor=actor, now=now)
        if attached is not None and unseen:
            who = (call.workspace_id, actor, "attach_unseen", call.id)
            audit.append(connection, *who, now=now, call_sid=call_sid)
        if attached is not None:
            statuses.catch_up(connection, attached, call_sid, now=now)
        return attached


def register(routes: Routes, flow: AttachFlow) -> None:
    """The card's button, and the modal's submission."""
    routes.add(Kind.CLICK, "call.attach", Deed.SETTLE_CALL, flow.asked)
    routes.add(Kind.SUBMISSION, "attach.form", Deed.SETTLE_CALL, flow.typed)
