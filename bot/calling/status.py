"""What became of placed calls: reported by callback, or asked for; forward only."""

import asyncio
from datetime import datetime, timedelta
from functools import partial

from bot.calling.place import Accounts, Wakes
from bot.clock import Clock
from bot.errors import ToinggError
from bot.logs import Action, log
from bot.toingg.client import CallStatus
from storage import statuses
from storage.engine import Database
from storage.rows import Call, Kind
from storage.statuses import RANKS, Report

EVERY = timedelta(seconds=1)
_AT_ONCE = 20
"""Polls that wait for Toingg's answer at the same time."""
_FASTEST = timedelta(seconds=2)
_SLOWEST = timedelta(seconds=30)
_WORDS = {
    "in progress": "in-progress",
    "inprogress": "in-progress",
    "answered": "in-progress",
    "ongoing": "in-progress",
    "no answer": "no-answer",
    "noanswer": "no-answer",
    "cancelled": "canceled",
    "complete": "completed",
    "ended": "completed",
}


def word(status: str, kind: Kind = Kind.CALL) -> str | None:
    """Twilio's word for what Toingg says, None for what nobody knows: pure."""
    plain = status.strip().lower().replace("_", "-")
    plain = _WORDS.get(plain.replace("-", " "), plain)
    return plain if plain in RANKS[kind] else None


def next_poll(call: Call, now: datetime) -> datetime:
    """Each time a little later, from 2 s up to every 30 s: pure."""
    return now + min(_FASTEST * 1.5 ** min(call.polls, 20), _SLOWEST)


class Statuses:
    """Takes reports from anywhere and moves the rows."""

    def __init__(
        self,
        database: Database,
        accounts: Accounts,
        wakes: Wakes,
        clock: Clock,
        *,
        longest: timedelta,
    ) -> None:
        """`longest`: after it, a call of which nothing is heard is closed."""
        self._database = database
        self._accounts = accounts
        self._wakes = wakes
        self._clock = clock
        self._longest = longest

    async def take(self, workspace_id: str, report: Report) -> None:
        """One report; committed when this returns."""
        call, news = await self._database.write(
            partial(statuses.take, workspace_id=workspace_id, report=report, now=self._clock())
        )
        if call is None:
            log(Action.STATUS_UNMATCHED, level="warning", status=report.status)
            return
        if news:
            log(Action.STATUS_TAKEN, call=call.id, status=report.status)
        if call.campaign_id is None:  # a campaign's calls have no card of their own
            self._wakes.wake(call.id, call.workspace_id)

    async def poll(self) -> None:
        """Asks for every call that is due, some at the same time."""
        due = await self._database.read(partial(statuses.due_polls, now=self._clock()))
        turns = asyncio.Semaphore(_AT_ONCE)

        async def one(call: Call) -> None:
            async with turns:
                await self._poll(call)

        await asyncio.gather(*(one(call) for call in due))

    async def _poll(self, call: Call) -> None:
        again = next_poll(call, self._clock())
        await self._database.write(partial(statuses.polled, call=call, poll_at=again))
        if call.call_sid is None:
            return
        try:
            said = await self._accounts(call.workspace_id).call_status(call.call_sid)
        except ToinggError as error:
            log(Action.STATUS_UNMATCHED, level="warning", error=type(error).__name__)
            return
        status = word(said.status)
        if status is not None:
            await self.take(call.workspace_id, _report(call.call_sid, status, said))

    async def close_unreported(self) -> None:
        """Closes the cards of calls that must be over by now."""
        close = partial(statuses.close_unreported, after=self._longest)
        more = True
        while more:
            closed = await self._database.write(partial(close, now=self._clock()))
            for call in closed:
                if call.campaign_id is None:
                    self._wakes.wake(call.id, call.workspace_id)
            more = len(closed) == statuses.CLOSED_AT_ONCE


def _report(call_sid: str, status: str, said: CallStatus) -> Report:
    return Report(call_sid=call_sid, status=status, seconds=said.seconds)
