"""The local Toingg as one object: tests and the demo drive it from any thread."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager

from fastapi import FastAPI

from bot.sandbox.instants import Instants
from bot.sandbox.serving import Serving
from bot.sandbox.toingg.book import (
    Book,
    Checkout,
    SandboxCall,
    SandboxText,
    State,
    TextState,
    WireRequest,
)
from bot.sandbox.toingg.callbacks import Callbacks, Delivery, Target
from bot.sandbox.toingg.cashier import Cashier, made_up
from bot.sandbox.toingg.exchange import Exchange, Life, Outcome
from bot.sandbox.toingg.faults import Fault
from bot.sandbox.toingg.generation1 import Generation1
from bot.sandbox.toingg.generation3 import Generation3
from bot.sandbox.toingg.replies import Replies
from bot.sandbox.toingg.wire import Wire, WireProtocol


class ToinggServing(Serving):
    """Serves the sandbox; its end is one for everything that is under way."""

    def __init__(self, sandbox: "ToinggSandbox", *, port: int) -> None:
        super().__init__(sandbox.app, port=port, http=WireProtocol)

    def stop(self) -> None:
        """Breaks what is under way, and ends the server: from then on connections are refused."""
        if self.loop.is_running():
            asyncio.run_coroutine_threadsafe(self._break_off(), self.loop).result(timeout=5)
        super().stop()

    async def _break_off(self) -> None:
        """A forced exit, as `Serving` does it, would leave tasks and the lifespan hanging."""
        while not self._server.started:  # noqa: ASYNC110 - uvicorn tells it by a flag only
            await asyncio.sleep(0.01)
        for server in self._server.servers:
            server.close()
        for connection in list(self._server.server_state.connections):
            connection.transport.abort()
        await asyncio.sleep(0)
        for task in list(self._server.server_state.tasks):
            task.cancel()
        await self._server.lifespan.shutdown()


class ToinggSandbox:
    """Toingg's API on one port: generation 1 under `/api`, v3 under `/api/v3`.

    Everything it was asked and did can be read at any time: `requests` in the order of arrival,
    `calls` by callSid, `texts`, `checkouts`, and `deliveries` of status callbacks.
    """

    def __init__(
        self,
        instants: Instants | None = None,
        *,
        key: str = "toingg-test-key",
        v3_key: str = "tg_test_key",
        neighbours_key: str = "toingg-neighbours-key",
        options: Life | None = None,
        cashier: Cashier = made_up,
    ) -> None:
        """`neighbours_key` is another account's, of generation 1; what each did stands together.

        `cashier` opens the sessions of `create-checkout-session`; the default makes them up.
        """
        self.key = key
        self.neighbours_key = neighbours_key
        self.v3_key = v3_key
        self.instants = instants or Instants()
        self._book = Book()
        self._callbacks = Callbacks(self._book.wake)
        self._exchange = Exchange(self._book, self._callbacks, options or Life(), cashier)
        self._first = Generation1(self._exchange, (key, neighbours_key))
        self._third = Generation3(self._exchange, self._book, v3_key)
        api = FastAPI(docs_url=None, redoc_url=None, openapi_url=None, lifespan=self._lifespan)
        # v3 first: its paths begin like generation 1's.
        api.include_router(self._third.router(), prefix="/api/v3")
        api.include_router(self._first.router(), prefix="/api")
        self.app = Wire(api, self._book, self._exchange, self.instants)

    def serve(self, port: int = 0) -> Serving:
        """A server on 127.0.0.1 that isn't started yet; `port` 0 takes a free one.

        Stopped, it refuses connections; another on the same port goes on with the same calls.
        """
        return ToinggServing(self, port=port)

    @asynccontextmanager
    async def _lifespan(self, _: FastAPI) -> AsyncIterator[None]:
        self._exchange.open()
        yield
        self._exchange.close()
        await self._callbacks.close()

    @property
    def requests(self) -> list[WireRequest]:
        """Every request in the order of arrival, those at unknown paths too."""
        return self._book.requests

    @property
    def calls(self) -> dict[str, SandboxCall]:
        """Every call by callSid, in the order of making."""
        return self._book.calls

    @property
    def texts(self) -> list[SandboxText]:
        """Every text that was taken."""
        return self._book.texts

    @property
    def checkouts(self) -> list[Checkout]:
        """Every checkout session that was opened."""
        return self._book.checkouts

    @property
    def campaigns(self) -> dict[str, dict[str, object]]:
        """v3's campaigns by id, each with the fields it was given."""
        return self._book.campaigns

    @property
    def deliveries(self) -> list[Delivery]:
        """Every status callback that was tried, in the order of the first try."""
        return self._callbacks.deliveries

    @property
    def balance(self) -> int | None:
        """What the account holds, in US cents; None: never used up."""
        return self._exchange.balance

    def top_up(self, cents: int) -> None:
        """Adds to the balance; without one it begins at 0."""
        with self._book.changed:
            self._exchange.balance = (self._exchange.balance or 0) + cents

    def posts(self, path_prefix: str = "") -> list[WireRequest]:
        """The POSTs whose path begins so, as `/api/make_toingg/`."""
        return [
            request
            for request in list(self._book.requests)
            if request.method == "POST" and request.path.startswith(path_prefix)
        ]

    def wait_until(self, check: Callable[[], bool], timeout: float = 5.0) -> bool:
        """Blocks this thread until `check` holds, at most `timeout` seconds; whether it did.

        For what the sandbox knows: `check` is tried again at each change of it.
        """
        return self._book.wait_until(check, timeout)

    def fail_next(self, fault: Fault, *, times: int = 1, path: str = "") -> None:
        """Lets `fault` strike the next `times` requests whose path begins with `path`."""
        self.app.faults.add(fault, times=times, path=path)

    @property
    def waiting_faults(self) -> list[Fault]:
        """The faults that haven't struck yet, in the order in which they were asked for."""
        return self.app.faults.waiting

    def clear_faults(self) -> None:
        """Forgets the faults that haven't struck yet."""
        self.app.faults.clear()

    def limit_rate(self, per_second: float | None, *, burst: int = 1) -> None:
        """429 with `Retry-After` for calls and texts beyond this rate; None: no limit."""
        self.app.bucket.set_rate(per_second, burst=burst)

    def word(self, replies: Replies) -> None:
        """How undeclared answers are worded from now on, in both generations."""
        self._first.replies = replies
        self._third.replies = replies

    def subscribe(self, listener: Callable[[], None]) -> Callable[[], None]:
        """Calls `listener` at each change of what is known; gives what ends that.

        It is called on any thread, with the lock held: it has to be quick.
        """
        return self._book.subscribe(listener)

    @property
    def outcomes(self) -> dict[str | None, Outcome]:
        """What each number does when it is called; None: those without an outcome of their own."""
        return self._exchange.outcomes

    @property
    def target(self) -> Target | None:
        """Where states are reported to; None: nowhere."""
        return self._callbacks.target

    @property
    def life(self) -> Life:
        """How long things take."""
        return self._exchange.life

    def outcome(self, phone: str | None, outcome: Outcome) -> None:
        """What `phone` does when it is called; None: every number without an outcome of its own."""
        self._exchange.outcomes[phone] = outcome

    def text_outcome(self, phone: str | None, outcome: TextState) -> None:
        """What becomes of texts to `phone`; None: to every number without one of its own."""
        self._exchange.text_outcomes[phone] = outcome

    def live(self, life: Life) -> None:
        """How long things take from now on; the balance stays."""
        self._exchange.life = life

    def advance(self, call_sid: str, state: State, **fields: str) -> None:
        """The other end by hand: answers, hangs up, is busy; `fields` go into its callbacks.

        `KeyError` for an unknown callSid, `CallOver` for a call that has ended, `ValueError` for a
        state that isn't ahead of the present one.
        """
        self._exchange.move(call_sid, state, **fields)

    def status_to(
        self,
        url: str | None,
        *,
        token: str | None = None,
        twilio_auth_token: str | None = None,
        as_json: bool = False,
        twice: bool = False,
        out_of_order: bool = False,
        signed_url: str | None = None,
    ) -> None:
        """Sends each state from now on to `url`, at least once; None: nowhere.

        Signed by `X-Twilio-Signature` over `signed_url` (the address that its receiver is known
        by; default `url`) and by the header `X-Toingg-Token`, each where its secret is given.
        `twice` delivers each one again; `out_of_order` lets each second one overtake the first.
        """
        if url is None:
            self._callbacks.target = None
            return
        self._callbacks.target = Target(
            url=url,
            signed_url=signed_url or url,
            token=token,
            twilio_auth_token=twilio_auth_token,
            as_json=as_json,
            twice=twice,
            out_of_order=out_of_order,
        )

    @contextmanager
    def unreported(self) -> Iterator[None]:
        """Tells nobody of the states that come meanwhile."""
        target, self._callbacks.target = self._callbacks.target, None
        try:
            yield
        finally:
            self._callbacks.target = target
