"""Hanging up: claimed in the ledger, sent once, its outcome on the card."""

from functools import partial

from bot.calling.place import Accounts, Wakes
from bot.clock import Clock
from bot.errors import OutOfDate, ToinggError, UnknownToToingg
from bot.logs import Action, log
from storage import hangups
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

    async def ask(self, call: Call, actor: str) -> None:
        """Claims it for this person. Raises OutOfDate where it is over, or hung up already."""
        claimed = await self._database.write(
            partial(hangups.ask, call=call, run=self._run, actor=actor, now=self._clock())
        )
        self._wakes.wake(call.id, call.workspace_id)
        if not claimed:
            raise OutOfDate

    async def send(self, call: Call) -> None:
        """Tells Toingg; sent again after a death, since a call can't end twice."""
        if call.call_sid is None:
            return
        try:
            await self._accounts(call.workspace_id).hang_up(call.call_sid)
        except UnknownToToingg:
            ended = partial(hangups.over_already, call=call)
        except ToinggError as error:
            log(Action.HANG_UP, level="warning", call=call.id, error=type(error).__name__)
            ended = partial(hangups.failed, call=call, said=error.message)
        else:
            log(Action.HANG_UP, call=call.id)
            ended = partial(hangups.done, call=call)
        await self._database.write(partial(ended, now=self._clock()))
        self._wakes.wake(call.id, call.workspace_id)

    async def send_unseen(self, workspace_id: str, call_sid: str) -> None:
        """Ends a call that the bot didn't place. Raises ToinggError."""
        await self._accounts(workspace_id).hang_up(call_sid)
