"""Events on their way to the bot's webhook: signed, tried again, and every way they may go astray.

Stripe delivers at least once and promises no order; what isn't answered by a 2xx is tried again
with back-off, up to three days in live mode and three times over a few hours in a sandbox
(docs.stripe.com/webhooks#automatic-retries). Here it is three times within about a second.
"""

import asyncio
import hashlib
import hmac
from collections.abc import Coroutine, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import aiohttp

from bot.sandbox.stripe.book import Announced, Book, Delivery

RETRY_PAUSES = (0.1, 0.3, 0.9)
"""Seconds before each further try; hours at Stripe."""
TIMEOUT = aiohttp.ClientTimeout(total=10)
_HEADERS = {
    "Accept": "*/*; q=0.5, application/xml",
    "Cache-Control": "no-cache",
    "Content-Type": "application/json; charset=utf-8",
    "User-Agent": "Stripe/1.0 (+https://stripe.com/docs/webhooks)",
}


@dataclass(frozen=True)
class Target:
    """The webhook endpoint: where events go, and each secret that signs them."""

    url: str
    secrets: tuple[str, ...]


@dataclass(frozen=True)
class Manner:
    """How events are delivered.

    `copies` of each; `delay` seconds before the first try; `out_of_order` turns what one deed
    causes round, the last event first; `at_once` sends all of it and all copies at the same
    instant; `aged` is how many seconds ago the signature says it was made (negative: ahead).
    """

    copies: int = 1
    delay: float = 0.0
    out_of_order: bool = False
    at_once: bool = False
    aged: float = 0.0


def signature(body: str, secrets: Sequence[str], at: int) -> str:
    """The header `Stripe-Signature`: HMAC-SHA256 over `t.body`, one `v1` for each secret.

    Stripe adds a `v0` that means nothing to events in test mode
    (docs.stripe.com/webhooks#verify-manually).
    """
    signed = f"{at}.{body}".encode()
    digests = [hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest() for secret in secrets]
    meaningless = hashlib.sha256(signed).hexdigest()
    return ",".join([f"t={at}", *(f"v1={digest}" for digest in digests), f"v0={meaningless}"])


class Deliveries:
    """One endpoint's events. `send` may be used from any thread; tries are made in the loop."""

    def __init__(self, book: Book, pauses: Sequence[float]) -> None:
        self.target: Target | None = None
        self.manner = Manner()
        self._book = book
        self._pauses = tuple(pauses)
        self._waiting: list[tuple[list[Announced], Manner]] = []
        self._loop: asyncio.AbstractEventLoop | None = None
        self._turn = asyncio.Lock()
        self._tasks: set[asyncio.Task[None]] = set()
        self._session: aiohttp.ClientSession | None = None

    def open(self) -> None:
        """Delivers in the running loop from now on; what waited for that comes first."""
        with self._book.changed:
            self._loop = asyncio.get_running_loop()
            self._turn = asyncio.Lock()
            waiting, self._waiting = self._waiting, []
            for batch, manner in waiting:
                self._begin(batch, manner)

    async def close(self) -> None:
        """Gives up what isn't delivered yet: those events are missed."""
        with self._book.changed:
            self._loop = None
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._session is not None:
            await self._session.close()
            self._session = None
        with self._book.changed:
            for announced in self._book.announced.values():
                announced.give_up()
            self._book.wake()

    def send(self, batch: list[Announced], manner: Manner | None = None) -> None:
        """Delivers these events as `manner` says (default: as events are delivered now)."""
        if self.target is None:
            return
        manner = manner or self.manner
        for announced in batch:
            announced.expect(manner.copies)
        if self._loop is None:
            self._waiting.append((batch, manner))
        else:
            self._loop.call_soon_threadsafe(self._begin, batch, manner)

    def _begin(self, batch: list[Announced], manner: Manner) -> None:
        ordered = batch[::-1] if manner.out_of_order else batch
        tries = [(event, copy + 1) for event in ordered for copy in range(manner.copies)]
        self._start(
            self._at_once(tries, manner) if manner.at_once else self._in_turn(tries, manner)
        )

    def _start(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _in_turn(self, tries: list[tuple[Announced, int]], manner: Manner) -> None:
        """First tries one after the other, batch after batch; nobody waits for a second try."""
        async with self._turn:
            await asyncio.sleep(manner.delay)
            for announced, copy in tries:
                if not await self._try(announced, copy, manner):
                    self._start(self._again(announced, copy, manner))

    async def _at_once(self, tries: list[tuple[Announced, int]], manner: Manner) -> None:
        await asyncio.sleep(manner.delay)
        for announced, copy in tries:
            self._start(self._alone(announced, copy, manner))

    async def _alone(self, announced: Announced, copy: int, manner: Manner) -> None:
        if not await self._try(announced, copy, manner):
            await self._again(announced, copy, manner)

    async def _again(self, announced: Announced, copy: int, manner: Manner) -> None:
        for pause in self._pauses:
            await asyncio.sleep(pause)
            if await self._try(announced, copy, manner):
                return
        with self._book.changed:
            announced.settle(taken=False)
            self._book.wake()

    async def _try(self, announced: Announced, copy: int, manner: Manner) -> bool:
        status = await self._post(announced, manner)
        delivery = Delivery(datetime.now(UTC), copy, status)
        with self._book.changed:
            announced.deliveries.append(delivery)
            if delivery.taken:
                announced.settle(taken=True)
            self._book.wake()
        return delivery.taken

    async def _post(self, announced: Announced, manner: Manner) -> int | str:
        target = self.target
        if target is None:
            return "NoEndpoint"
        if self._session is None:
            # A connection for each: a pool would hold several copies back for one another.
            self._session = aiohttp.ClientSession(
                timeout=TIMEOUT, connector=aiohttp.TCPConnector(limit=0, force_close=True)
            )
        body = announced.body()
        signed = signature(body, target.secrets, self._book.now() - round(manner.aged))
        headers = _HEADERS | {"Stripe-Signature": signed}
        try:
            async with self._session.post(
                target.url, data=body.encode(), headers=headers, allow_redirects=False
            ) as response:
                return response.status
        except (aiohttp.ClientError, TimeoutError) as error:
            return type(error).__name__
