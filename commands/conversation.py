"""What was said in a call: its transcript, its analysis, its recording."""

import json
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

from bot.access import Deed
from bot.calling.cards import Cards
from bot.calling.place import Accounts
from bot.clock import Clock
from bot.errors import OutOfDate
from bot.slack.api import Posted
from bot.slack.blocks.conversation import conversation_message, conversation_view, recording_message
from bot.slack.directory import Directory
from bot.slack.routes import Answer, Ask, Kind, Routes
from bot.toingg.client import ToinggAccount
from commands.rows import row_of
from storage import Connection, audit, ours_in_slack
from storage.engine import Database
from storage.rows import Call

_LONGEST_VIEW = 20_000
_IDS = ("callId", "callSid", "call_sid", "sid")
"""What names the call in an answer about it: nothing to read."""

Fetch = Callable[[ToinggAccount, str], Awaitable[Any]]


def _readable(said: Any) -> str:
    """What Toingg says of a call has no documented shape: lines where it has, else JSON."""
    if isinstance(said, str):
        return said
    if isinstance(said, dict):
        said = {key: value for key, value in said.items() if key not in _IDS}
        if len(said) == 1:
            return _readable(next(iter(said.values())))
    if isinstance(said, list) and all(isinstance(each, dict) for each in said):
        return "\n".join(": ".join(str(value) for value in each.values()) for each in said)
    return json.dumps(said, ensure_ascii=False, indent=2)


async def _note(database: Database, clock: Clock, ask: Ask, call: Call, what: str) -> None:
    who = (call.workspace_id, ask.actor.user_id, f"{what}_read", call.id)
    now = clock()
    await database.write(lambda connection: audit.append(connection, *who, now=now))


def register(
    routes: Routes,
    *,
    database: Database,
    cards: Cards,
    directory: Directory,
    accounts: Accounts,
    run: str,
    clock: Clock,
) -> None:
    """Transcript, Analysis and Recording, for who asked for the call and for operators.

    Who reads one is written down before it is shown.
    """
    note = partial(_note, database, clock)

    def kept(connection: Connection, call: Call, at: Posted) -> None:
        """What was said goes when the person is erased."""
        ours_in_slack.keep(
            connection,
            call.workspace_id,
            subject=call.id,
            run=run,
            channel=at.channel,
            ts=at.ts,
            now=clock(),
        )

    async def show(ask: Ask, title: str, fetch: Fetch) -> Answer:
        call = await row_of(ask, Deed.READ_CONVERSATION, database, cards)
        call_sid = call.call_sid
        if call_sid is None:
            raise OutOfDate

        async def then() -> None:
            api = directory.api(ask.workspace.id)
            opened = await api.call(
                "views.open",
                trigger_id=ask.trigger_id,
                view=conversation_view(title, "Asking Toingg…"),
            )
            await note(ask, call, title.lower())
            text = _readable(await fetch(accounts(ask.workspace.id), call_sid))
            if len(text) > _LONGEST_VIEW:
                dm = await api.dm(ask.actor.user_id)
                for message in conversation_message(title, text):
                    at = await api.post(dm, message)
                    await database.write(partial(kept, call=call, at=at))
                text = "It's too long for here: you have it as a direct message."
            view_id = opened["view"]["id"]
            await api.call("views.update", view_id=view_id, view=conversation_view(title, text))

        return Answer(then=then)

    async def recording(ask: Ask) -> Answer:
        call = await row_of(ask, Deed.READ_CONVERSATION, database, cards)
        await note(ask, call, "recording")
        api = directory.api(ask.workspace.id)
        message = recording_message(call.recording_url or "")
        return Answer(then=partial(api.respond, ask.response_url, message))

    async def transcript(ask: Ask) -> Answer:
        return await show(ask, "Transcript", ToinggAccount.transcription)

    async def analysis(ask: Ask) -> Answer:
        return await show(ask, "Analysis", ToinggAccount.post_call_analysis)

    routes.add(Kind.CLICK, "call.transcript", Deed.READ_CONVERSATION, transcript)
    routes.add(Kind.CLICK, "call.analysis", Deed.READ_CONVERSATION, analysis)
    routes.add(Kind.CLICK, "call.recording", Deed.READ_CONVERSATION, recording)
