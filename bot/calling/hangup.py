"""Hanging up: claimed in the ledger, sent once, its outcome on the card."""

from collections.abc import Callable
from functools import partial

from bot.calling.place import Accounts, Wakes
from bot.calling.settle import settle
from bot.clock import Clock
from bot.errors import OutOfDate, ToinggError, UnknownToToingg
from bot.logs import Action, log
from storage import Connection, audit, hangups
from storage.engine import Database
from storage.rows import Call


class HangUps:
    """Ends calls."""

    def __init__(
        self, database: Database, accounts: Accounts, wakes: Wakes, clock: Clock, *, run: str
    ) -> None:
        self._database = database
        self._accounts = accounts
        self._wakes = wakes
        self._clock = clock
        self._run = run
        self._sending: set[str] = set()

    async def ask(self, call: Call, actor: str) -> Call:
        """Claims it for this person, and writes that down; gives what is to be sent.

        Raises OutOfDate where it is over, or hung up already.
        """
        now = self._clock()

        def write(connection: Connection) -> Call | None:
            claimed = hangups.ask(connection, call, run=self._run, actor=actor, now=now)
            if claimed is not None:
                who = (call.workspace_id, actor, "call_hung_up", call.id)
                audit.append(connection, *who, now=now)
            return claimed

        return self._claimed(call, await self._database.write(write))

    async def ask_as_one(self, call: Call, actor: str) -> Call:
        """The same where it is one of many that are stopped together: that is what is audited."""
        claim = partial(hangups.ask, call=call, run=self._run, actor=actor, now=self._clock())
        return self._claimed(call, await self._database.write(claim))

    def _claimed(self, call: Call, claimed: Call | None) -> Call:
        self._wakes.wake(call.id, call.workspace_id)
        if claimed is None:
            raise OutOfDate
        return claimed

    async def orphaned(self) -> list[Call]:
        """Claims of runs that died: perhaps sent, and to be sent again."""
        return await self._database.write(
            partial(hangups.orphaned, run=self._run, now=self._clock())
        )

    async def dropped(self) -> list[Call]:
        """Claims of this run that were lost on the way to Toingg."""
        sending = tuple(self._sending)
        return await self._database.write(
            partial(hangups.dropped, run=self._run, sending=sending, now=self._clock())
        )

    async def send(self, call: Call) -> None:
        """Tells Toingg, for the first time."""
        await self._send(call, partial(hangups.unknown, said=UnknownToToingg().message))

    async def resend(self, call: Call) -> None:
        """The same after a death, since a call can't end twice: unknown, the first try ended it."""
        await self._send(call, hangups.over_already)

    async def _send(self, call: Call, unknown: Callable[..., None]) -> None:
        self._sending.add(call.id)
        try:
            ended = await self._told(call, unknown)
            await settle(self._database, partial(ended, call=call), self._clock)
        finally:
            self._sending.discard(call.id)
        self._wakes.wake(call.id, call.workspace_id)

    async def _told(self, call: Call, unknown: Callable[..., None]) -> Callable[..., None]:
        """What Toingg's answer means for the row."""
        try:
            await self._accounts(call.workspace_id).hang_up(call.call_sid or "")
        except UnknownToToingg:
            return unknown
        except ToinggError as error:
            log(Action.HANG_UP, level="warning", call=call.id, error=type(error).__name__)
            return partial(hangups.failed, said=error.message)
        log(Action.HANG_UP, call=call.id)
        return hangups.done

    async def send_unseen(self, workspace_id: str, call_sid: str) -> None:
        """Ends a call that the bot didn't place. Raises ToinggError."""
        await self._accounts(workspace_id).hang_up(call_sid)
