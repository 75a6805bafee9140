"""The local Stripe as one object: tests and the demo drive it from any thread."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from typing import Any

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.routing import Route

from bot.sandbox.serving import Serving
from bot.sandbox.stripe.announce import Announcer
from bot.sandbox.stripe.api import Api
from bot.sandbox.stripe.billing import Billing
from bot.sandbox.stripe.book import ApiRequest, Book, CheckoutSession, StripeEvent
from bot.sandbox.stripe.deeds import Deeds
from bot.sandbox.stripe.deliveries import RETRY_PAUSES, Deliveries, Manner, Target
from bot.sandbox.stripe.endpoints import Endpoints
from bot.sandbox.stripe.page import CheckoutPage
from bot.sandbox.stripe.payments import Payments
from bot.sandbox.stripe.refusals import Refused, no_such
from bot.sandbox.stripe.reversals import Reversals
from bot.sandbox.stripe.seen import seen
from bot.sandbox.stripe.versions import NEWEST, VERSIONS

_METHODS = ["DELETE", "GET", "PATCH", "POST", "PUT"]


class StripeServing(Serving):
    """Serves the sandbox; its end is one for everything that is under way."""

    def __init__(self, sandbox: "StripeSandbox", *, port: int) -> None:
        super().__init__(sandbox.app, port=port)

    def stop(self) -> None:
        """Gives up deliveries, and ends the server: from then on connections are refused."""
        if self.loop.is_running():
            asyncio.run_coroutine_threadsafe(self._break_off(), self.loop).result(timeout=5)
        super().stop()

    async def _break_off(self) -> None:
        """A forced exit, as `Serving` does it, would leave the lifespan hanging."""
        while not self._server.started:  # noqa: ASYNC110 - uvicorn tells it by a flag only
            await asyncio.sleep(0.01)
        await self._server.lifespan.shutdown()


class StripeSandbox(Deeds):
    """A merchant's account in test mode: Stripe's API, a checkout page, signed events.

    Everything can be read at any time and from any thread: `sessions`, `events`, `requests`, each
    in the order of making. What is done by hand raises Refused where Stripe would refuse it.
    """

    def __init__(
        self,
        *,
        key: str = "sk_test_sandbox",
        api_version: str = NEWEST,
        retry_pauses: Sequence[float] = RETRY_PAUSES,
        clock: Callable[[], float] = time.time,
    ) -> None:
        """`api_version` is the account's and its webhook endpoint's; `retry_pauses` are the seconds
        before each further try of a delivery; `clock` gives Unix seconds. `ValueError` for an
        unknown version.
        """
        if api_version not in VERSIONS:
            raise ValueError(f"{api_version} is none of {', '.join(VERSIONS)}")
        self.key = key
        self.api_version = api_version
        self._book = Book(clock)
        self._deliveries = Deliveries(self._book, retry_pauses)
        announcer = Announcer(self._book, self._deliveries, api_version)
        payments = Payments(self._book, announcer)
        reversals = Reversals(self._book, announcer, payments)
        super().__init__(self._book, payments, reversals, Billing(self._book, announcer, payments))
        api = Api(self._book, Endpoints(self._book, payments, reversals), key, api_version)
        self.app = self._application(api, CheckoutPage(self._book, payments))

    def _application(self, api: Api, page: CheckoutPage) -> Starlette:
        # A name of somebody else's that leads here isn't answered.
        hosts = Middleware(TrustedHostMiddleware, allowed_hosts=["127.0.0.1", "localhost"])
        routes = [
            Route("/c/style.css", page.style),
            Route("/c/pay/{session_id:str}", page.show),
            Route("/c/pay/{session_id:str}", page.choose, methods=["POST"]),
            Route("/{path:path}", api.answer, methods=_METHODS),
        ]
        return Starlette(routes=routes, middleware=[hosts], lifespan=self._lifespan)

    @asynccontextmanager
    async def _lifespan(self, _: Starlette) -> AsyncIterator[None]:
        self._deliveries.open()
        ageing = asyncio.create_task(self._age())
        yield
        ageing.cancel()
        with suppress(asyncio.CancelledError):
            await ageing
        await self._deliveries.close()

    async def _age(self) -> None:
        """Expires sessions when their time has come."""
        while True:
            self._payments.expire_due()
            await asyncio.sleep(1)

    def serve(self, port: int = 0) -> Serving:
        """A server on 127.0.0.1 that isn't started yet; `port` 0 takes a free one.

        Stopped, it refuses connections; another on the same port goes on with the same account.
        """
        serving = StripeServing(self, port=port)
        self._book.base_url = serving.url
        return serving

    @property
    def url(self) -> str:
        """The API's base, as `base_addresses={"api": …}` of Stripe's client wants it."""
        if self._book.base_url is None:
            raise RuntimeError("Serve the sandbox first")
        return self._book.base_url

    @property
    def sessions(self) -> list[CheckoutSession]:
        """Every checkout session as it stands now, the oldest first."""
        with self._book.changed:
            return [seen(self._book, it) for it in self._book.all("checkout.session")]

    @property
    def events(self) -> list[StripeEvent]:
        """Every event with its deliveries so far, the oldest first."""
        with self._book.changed:
            return [announced.seen() for announced in self._book.announced.values()]

    @property
    def requests(self) -> list[ApiRequest]:
        """Every request to the API, in the order of answering."""
        with self._book.changed:
            return list(self._book.requests)

    def session(self, session_id: str) -> CheckoutSession:
        """One session as it stands now. Raises Refused."""
        with self._book.changed:
            return seen(self._book, self._book.get("checkout.session", session_id, "session"))

    def object(self, identity: str) -> Mapping[str, Any]:
        """Any object in the newest shape, by its id, to look at. Raises Refused."""
        with self._book.changed:
            thing = self._book.things.get(identity)
            if thing is None:
                raise no_such("object", identity)
            return {name: value for name, value in thing.items() if not name.startswith("_")}

    def wait_until(self, check: Callable[[], bool], timeout: float = 5.0) -> bool:
        """Blocks this thread until `check` holds, at most `timeout` seconds; whether it did.

        For what the sandbox knows: `check` is tried again at each change of it.
        """
        return self._book.wait_until(check, timeout)

    def webhook_to(self, url: str | None, *, secret: str | list[str]) -> None:
        """Sends each event from now on to `url`, signed by each secret; None: nowhere.

        Tries that are still to come go to the new address too; with none they fail.
        """
        secrets = (secret,) if isinstance(secret, str) else tuple(secret)
        if url is not None and not (secrets and all(secrets)):
            raise ValueError("An endpoint's secret isn't blank")
        with self._book.changed:
            self._deliveries.target = None if url is None else Target(url, secrets)

    def delivery(
        self,
        *,
        copies: int = 1,
        delay: float = 0.0,
        out_of_order: bool = False,
        at_once: bool = False,
        aged: float = 0.0,
    ) -> None:
        """How events are delivered from now on: `Manner` says what each means.

        One event after the other in the order of making, unless said otherwise.
        """
        with self._book.changed:
            self._deliveries.manner = Manner(copies, delay, out_of_order, at_once, aged)

    def redeliver(self, event_id: str) -> None:
        """Sends an event again, or for the first time; by it any order can be had: with no webhook
        first, then one event after the other. Raises Refused for an unknown event.
        """
        with self._book.changed:
            announced = self._book.announced.get(event_id)
            if announced is None:
                raise no_such("event", event_id)
            if self._deliveries.target is None:
                raise Refused("There is no webhook endpoint")
            self._deliveries.send([announced])
            self._book.wake()

    def deliver_missed(self) -> None:
        """Sends every event again whose every try has failed, the oldest first."""
        with self._book.changed:
            missed = [it for it in self._book.announced.values() if it.state == "missed"]
            self._deliveries.send(missed)
            self._book.wake()
