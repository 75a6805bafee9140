"""What a death leaves behind is taken up: at the start, and every few seconds after that."""

from datetime import timedelta
from functools import partial

from bot.background import Background
from bot.calling.hangup import HangUps
from bot.calling.place import Placer, Wakes
from bot.clock import Clock
from bot.logs import Action, log
from storage import ledger
from storage.engine import Database

EVERY = timedelta(seconds=5)


class Recovery:
    """Lost intents become questions, fresh requests are dialled, old ones offered."""

    def __init__(
        self,
        database: Database,
        placer: Placer,
        hang_ups: HangUps,
        wakes: Wakes,
        background: Background,
        clock: Clock,
        *,
        run: str,
        patience: timedelta,
    ) -> None:
        """`patience`: how long a POST can take at most, and some seconds."""
        self._database = database
        self._placer = placer
        self._hang_ups = hang_ups
        self._wakes = wakes
        self._background = background
        self._clock = clock
        self._run = run
        self._patience = patience

    async def look(self) -> None:
        """One look at everything that a dead run left."""
        now = self._clock()
        lost = await self._database.write(partial(ledger.lose, now=now, patience=self._patience))
        for call in lost:
            log(Action.CALL_LOST, level="warning", call=call.id)
            self._wakes.wake(call.id, call.workspace_id)
        for call in await self._database.write(partial(ledger.adopt, run=self._run, now=now)):
            self._background.start(self._placer.place(call))
        for call in await self._hang_ups.orphaned():
            self._background.start(self._hang_ups.resend(call))
        for call in await self._hang_ups.dropped():
            self._background.start(self._hang_ups.send(call))
