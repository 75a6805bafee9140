"""What stored events wait for: each is processed once, by whichever process comes first.

An event without `done_at` is the job. Its transaction sets that and does all that the event does,
so a death leaves it either undone, for the next look, or done.
"""

import asyncio
from datetime import timedelta
from functools import partial

from bot.background import Background, report
from bot.clock import Clock, monotonic
from bot.errors import StorageError
from bot.logs import Action, log
from bot.payments.announce import Announcer
from bot.payments.processing import Processing
from storage import payments, webhooks
from storage.engine import Database

EVERY = timedelta(seconds=1)
REMIND_EVERY = timedelta(seconds=30)
DROP_EVERY = timedelta(hours=1)
KEPT = timedelta(days=30)
"""So long a body is kept, as at Stripe."""

_TOGETHER = 8
"""Events whose transactions may be committed together: the writer is everybody's."""


class Jobs:
    """Processes what is stored and undone, the oldest first."""

    def __init__(
        self,
        database: Database,
        processing: Processing,
        announcer: Announcer,
        background: Background,
        clock: Clock,
    ) -> None:
        self._database = database
        self._processing = processing
        self._announcer = announcer
        self._background = background
        self._clock = clock
        self._is_woken = False
        self._turn = asyncio.Lock()

    def wake(self) -> None:
        """There is something to do."""
        if not self._is_woken:
            self._is_woken = True
            self._background.start(self.look())

    async def look(self) -> None:
        """Processes all that is undone."""
        async with self._turn:
            self._is_woken, after = False, 0
            while ids := await self._database.scan(partial(webhooks.undone, after=after)):
                for start in range(0, len(ids), _TOGETHER):
                    began = monotonic()
                    done = await asyncio.gather(*map(self._do, ids[start : start + _TOGETHER]))
                    if not all(done):
                        return
                    await asyncio.sleep(monotonic() - began)  # as long for everybody else
                after = ids[-1]
        if after:
            await self._announcer.look()

    async def _do(self, id_: int) -> bool:
        """Processes one, or sets it aside; False where the database is away, for the next look."""
        try:
            await self._database.write(partial(self._processing.take, id_=id_))
        except Exception as error:  # noqa: BLE001 - whatever it is, it holds up no other event
            if isinstance(error, StorageError) and not error.lasting:
                log(Action.DATABASE_AWAY, level="warning", detail=error.detail)
                return False
            report(error, Action.EVENT_BROKEN, id=id_)
            now = self._clock()
            await self._database.write(partial(webhooks.break_off, id_=id_, now=now))
        return True

    async def remind(self) -> None:
        """Tells of evidence that is due soon."""
        now = self._clock()
        for payment_id in await self._database.scan(partial(payments.to_remind, now=now)):
            await self._database.write(partial(self._processing.remind, payment_id=payment_id))
            await self._announcer.look()

    async def drop_bodies(self) -> None:
        """Drops what is no longer needed of events that were processed."""
        before = self._clock() - KEPT
        drop = partial(webhooks.drop_bodies, before=before)
        while await self._database.write(drop):
            continue
