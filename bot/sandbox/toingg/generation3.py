"""Generation 2, called v3: the paths, queries and bodies of `https://api.toingg.com/api/v3`."""

import secrets
from collections.abc import Callable
from typing import Annotated, Any

from fastapi import APIRouter, Depends, HTTPException, Query, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from pydantic import BaseModel, Field
from starlette.responses import Response

from bot.sandbox.toingg import door
from bot.sandbox.toingg.book import Book, SandboxCall
from bot.sandbox.toingg.exchange import Exchange, Order
from bot.sandbox.toingg.replies import Replies, envelope

LANGUAGES = ["english", "hindi", "spanish", "french", "german"]
VOICES: list[dict[str, str]] = [
    {"name": "Nova", "type": "female"},
    {"name": "Onyx", "type": "male"},
    {"name": "Echo"},
]

CallId = Annotated[str, Query(alias="callId")]


class MakeCall(BaseModel):
    """Body of `make_call`; the campaign's id is spelled `campID` here."""

    name: str
    phone: str = Field(alias="phoneNumber")
    campaign: str = Field(alias="campID")
    whisper_asr: bool = Field(default=False, alias="whisperAsr")
    start_message: bool = Field(default=True, alias="startMessage")
    clear_memory: bool = Field(default=False, alias="clearMemory")
    extra: dict[str, Any] = Field(default_factory=dict, alias="extraParams")


class CreateCampaign(BaseModel, extra="allow"):
    """Body of `create_campaign`; which fields are required isn't documented: these, we assume."""

    title: str
    voice: str
    language: str
    script: str


class UpdateCampaign(BaseModel):
    """Body of `update_campaign`; the campaign's id is spelled `campId` here."""

    changes: dict[str, Any] = Field(alias="campaignModelData")
    campaign_id: str = Field(alias="campId")


def conversation(call: SandboxCall) -> list[dict[str, str]]:
    """What was said: as nobody was on the line, something plausible."""
    if call.since("in-progress") is None:
        return []
    said = call.script or f"I'm calling about {call.campaign}."
    return [
        {"role": "assistant", "content": f"Hello, am I speaking with {call.name}?"},
        {"role": "user", "content": "Yes, speaking."},
        {"role": "assistant", "content": said},
        {"role": "user", "content": "That sounds interesting. Please send me the details."},
        {"role": "assistant", "content": "I will. Thank you for your time, goodbye."},
    ]


def analysis(call: SandboxCall) -> dict[str, Any]:
    """What came of it, in the same plausible way."""
    if call.since("in-progress") is None:
        return {"summary": f"Nobody was reached: {call.state}.", "disposition": call.state}
    return {
        "summary": f"{call.name} is interested in {call.campaign} and asked for the details.",
        "disposition": "interested",
        "sentiment": "positive",
        "followUp": "Send the details by SMS.",
    }


class Generation3:
    """The endpoints. The results of conversation and analysis are undocumented, and so ours."""

    def __init__(self, exchange: Exchange, book: Book, key: str) -> None:
        self.replies = Replies()
        self._exchange = exchange
        self._book = book
        self._key = key

    def router(self) -> APIRouter:
        """The routes, none with a final slash."""
        router = APIRouter(dependencies=[Depends(self.admit)])
        writing: dict[str, Callable[..., Any]] = {
            "/make_call": self.make_call,
            "/create_campaign": self.create_campaign,
            "/update_campaign": self.update_campaign,
        }
        reading: dict[str, Callable[..., Any]] = {
            "/call_status": self.call_status,
            "/get_transcription": self.get_transcription,
            "/get_post_call_analysis": self.get_post_call_analysis,
            "/get_campaigns": self.get_campaigns,
            "/get_supported_languages": self.get_supported_languages,
            "/get_supported_voices": self.get_supported_voices,
        }
        for path, endpoint in writing.items():
            router.add_api_route(path, endpoint, methods=["POST"])
        for path, endpoint in reading.items():
            router.add_api_route(path, endpoint, methods=["GET"])
        return router

    async def admit(
        self, bearer: Annotated[HTTPAuthorizationCredentials, Depends(HTTPBearer())]
    ) -> None:
        """401 without a key, and with an unknown one."""
        if not door.same(bearer.credentials, self._key):
            raise HTTPException(401, "Invalid API key", {"WWW-Authenticate": "Bearer"})

    async def make_call(self, body: MakeCall, request: Request) -> Response:
        """One call."""
        order = Order(body.phone, body.name, body.campaign, "v3", extra=body.extra)
        (call,) = door.dial(self._exchange, [order], request)
        return self.replies.call(call)

    def _call(self, call_id: str) -> SandboxCall:
        call = self._book.calls.get(call_id)
        if call is None:
            raise HTTPException(404, "Call not found")
        return call

    async def call_status(self, call_id: CallId) -> Response:
        """Where a call stands, of either generation."""
        return envelope(self.replies.status(self._call(call_id)))

    async def get_transcription(self, call_id: CallId) -> Response:
        """What was said, once a call has ended."""
        call = self._call(call_id)
        if not call.over:
            return envelope({}, "The call has not ended yet", status=False)
        return envelope({"callId": call_id, "transcription": conversation(call)})

    async def get_post_call_analysis(self, call_id: CallId) -> Response:
        """What came of it, once a call has ended."""
        call = self._call(call_id)
        if not call.over:
            return envelope({}, "The call has not ended yet", status=False)
        return envelope({"callId": call_id} | analysis(call))

    async def create_campaign(self, body: CreateCampaign) -> Response:
        """A new campaign; its id is spelled `campaignId` in the answer."""
        campaign_id = secrets.token_hex(12)
        with self._book.changed:
            self._book.campaigns[campaign_id] = body.model_dump()
            self._book.wake()
        return envelope({"campaignId": campaign_id}, "Campaign created")

    async def update_campaign(self, body: UpdateCampaign) -> Response:
        """Changes the fields that are given."""
        with self._book.changed:
            if body.campaign_id not in self._book.campaigns:
                raise HTTPException(404, "Campaign not found")
            self._book.campaigns[body.campaign_id] |= body.changes
            self._book.wake()
        return envelope({"campaignId": body.campaign_id}, "Campaign updated")

    async def get_campaigns(self, skip: int = 0, limit: int = 10, sort: int = -1) -> Response:
        """A page of campaigns, newest first unless `sort` is 1."""
        rows = list(self._book.campaigns.items())
        page = (rows if sort == 1 else rows[::-1])[skip : skip + limit]
        if self.replies.campaigns == "object":
            return envelope(dict(page))
        return envelope([{"_id": campaign_id} | fields for campaign_id, fields in page])

    async def get_supported_languages(self) -> Response:
        """The languages that agents speak."""
        return envelope({"languages": LANGUAGES})

    async def get_supported_voices(self) -> Response:
        """The voices that agents have; the key is singular, and some have no type."""
        return envelope({"voice": VOICES})
