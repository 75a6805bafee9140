"""Generation 1: the paths, queries and bodies of `https://call.toingg.com/api`."""

from collections.abc import Callable
from typing import Annotated, Any

from fastapi import APIRouter, HTTPException, Query, Request
from pydantic import BaseModel, Field
from starlette.responses import JSONResponse, Response

from bot.sandbox.toingg import door
from bot.sandbox.toingg.exchange import CallOver, Exchange, Order
from bot.sandbox.toingg.replies import Replies

Key = Annotated[str, Query(alias="apiKey")]


class MakeCall(BaseModel):
    """Body of `make_toingg`."""

    campaign: str
    name: str
    phone: str = Field(alias="phoneNumber")
    language: str | None = None


class MakeCallWithScript(BaseModel):
    """Body of `make_toingg_details`."""

    campaign: str = Field(alias="campaignName")
    script: str = Field(alias="campaignScript")
    name: str
    phone: str = Field(alias="phoneNumber")


class Person(BaseModel):
    """One row of a batch."""

    name: str = Field(alias="clientName")
    phone: str = Field(alias="clientNumber")


class MakeBatch(BaseModel):
    """Body of `make_batch_toingg`."""

    campaign: str
    people: list[Person] = Field(alias="numberList")


class Text(BaseModel):
    """Body of `send_sms`."""

    name: str
    phone: str = Field(alias="phoneNumber")
    message: str


class OpenCheckout(BaseModel):
    """Body of `create-checkout-session`: the key, with a small k."""

    key: str = Field(alias="apikey")


class Generation1:
    """The endpoints. Undocumented and so ours: 401 of an unknown key, 402, both 404s, every 200."""

    def __init__(self, exchange: Exchange, keys: tuple[str, ...]) -> None:
        self.replies = Replies()
        self._exchange = exchange
        self._keys = keys

    def router(self) -> APIRouter:
        """The routes, with and without their final slash as Toingg has them."""
        router = APIRouter()
        endpoints: dict[str, Callable[..., Any]] = {
            "/make_toingg/": self.make_toingg,
            "/make_toingg_details/": self.make_toingg_details,
            "/make_batch_toingg/": self.make_batch_toingg,
            "/send_sms/": self.send_sms,
            "/hang_up_call/": self.hang_up_call,
            "/create-checkout-session": self.create_checkout_session,
            "/webhook": self.webhook,
        }
        for path, endpoint in endpoints.items():
            router.add_api_route(path, endpoint, methods=["POST"])
        return router

    def _admit(self, key: str) -> None:
        if not any(door.same(key, each) for each in self._keys):
            raise HTTPException(401, "Invalid API key")

    def _dial(self, order: Order, request: Request) -> Response:
        (call,) = door.dial(self._exchange, [order], request)
        return self.replies.call(call)

    async def make_toingg(self, body: MakeCall, api_key: Key, request: Request) -> Response:
        """One call."""
        self._admit(api_key)
        order = Order(body.phone, body.name, body.campaign, language=body.language)
        return self._dial(order, request)

    async def make_toingg_details(
        self, body: MakeCallWithScript, api_key: Key, request: Request
    ) -> Response:
        """One call with a script of its own."""
        self._admit(api_key)
        order = Order(body.phone, body.name, body.campaign, script=body.script)
        return self._dial(order, request)

    async def make_batch_toingg(self, body: MakeBatch, api_key: Key, request: Request) -> Response:
        """A call for each row, all at once."""
        self._admit(api_key)
        orders = [Order(person.phone, person.name, body.campaign) for person in body.people]
        return self.replies.calls(door.dial(self._exchange, orders, request))

    async def send_sms(self, body: Text, api_key: Key, request: Request) -> Response:
        """One text."""
        self._admit(api_key)
        text = door.text(self._exchange, body.phone, body.name, body.message, request)
        result = {"messageSid": text.sid}
        return JSONResponse({"status": True, "message": "SMS sent", "result": result})

    async def hang_up_call(
        self, call_sid: Annotated[str, Query(alias="callSid")], api_key: Key
    ) -> Response:
        """Ends a call that rings or talks."""
        self._admit(api_key)
        try:
            self._exchange.hang_up(call_sid)
        except KeyError:
            raise HTTPException(404, "Call not found") from None
        except CallOver:
            raise HTTPException(404, "Call is already over") from None
        result = {"callSid": call_sid}
        return JSONResponse({"status": True, "message": "Call ended", "result": result})

    async def create_checkout_session(self, body: OpenCheckout) -> Response:
        """A checkout session at Stripe."""
        self._admit(body.key)
        return self.replies.checkout_session(self._exchange.checkout())

    async def webhook(self, request: Request) -> Response:
        """Where Stripe tells Toingg itself of payments: taken unread, as no client calls it."""
        await request.body()
        return JSONResponse({"status": "success"})
