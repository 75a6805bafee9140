"""Toingg's HTTP API, both generations, behind one interface.

Nothing that dials, texts, hangs up or charges is ever sent twice: whether to try again is decided
by the error's class (`bot.errors`), above. Only v3's reads are repeated here.
"""

import asyncio
import random
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Literal

import httpx

from bot.clock import Clock, now
from bot.errors import (
    ConnectionLost,
    RateLimited,
    ServerFault,
    SettingsError,
    TimedOut,
    ToinggError,
    Unreachable,
)
from bot.toingg import replies, transport, v3_replies, wire
from bot.toingg.failures import (
    NO_ANSWER,
    UNSURE_CAMPAIGN,
    UNSURE_CHECKOUT,
    UNSURE_HANG_UP,
    UNSURE_TEXT,
    Reply,
    failure,
)
from bot.toingg.replies import BatchPlaced, CheckoutSession, Placed, Sent
from bot.toingg.v3_replies import CallStatus, Campaign, Voice
from bot.toingg.wire import CampaignDraft, Person

__all__ = [
    "PATHS",
    "BatchPlaced",
    "CallStatus",
    "Campaign",
    "CampaignDraft",
    "CheckoutSession",
    "Person",
    "Placed",
    "Sent",
    "Toingg",
    "ToinggAccount",
    "ToinggConfig",
    "ToinggKeys",
    "Voice",
    "open_http",
]

Generation = Literal["v1", "v3"]

_V1_PATHS = {
    "make_toingg": "/make_toingg/",
    "make_toingg_details": "/make_toingg_details/",
    "make_batch_toingg": "/make_batch_toingg/",
    "send_sms": "/send_sms/",
    "hang_up_call": "/hang_up_call/",
    "create_checkout_session": "/create-checkout-session",
}
_V3_PATHS = {
    "make_call": "/make_call",
    "call_status": "/call_status",
    "get_transcription": "/get_transcription",
    "get_post_call_analysis": "/get_post_call_analysis",
    "create_campaign": "/create_campaign",
    "update_campaign": "/update_campaign",
    "get_campaigns": "/get_campaigns",
    "get_supported_languages": "/get_supported_languages",
    "get_supported_voices": "/get_supported_voices",
}
PATHS: Mapping[str, str] = MappingProxyType({**_V1_PATHS, **_V3_PATHS})
"""Every endpoint's path by its name; generation 1's slashes matter."""

_TRIES = 3
_FIRST_PAUSE = 0.5  # seconds, doubled by each try
_LONGEST_PAUSE = 10.0  # seconds: a longer Retry-After is left to the caller
_CHECKOUT_REDIRECTS = (302, 303)
_PASSING = (Unreachable, ServerFault, TimedOut, ConnectionLost)


@dataclass(frozen=True)
class ToinggConfig:
    """Where Toingg is and how it is spoken to; the same for every workspace.

    `generation` is who places calls where an account doesn't say otherwise.
    `auth` None: the key in the query for generation 1, as a bearer for v3. `timeout` in seconds is
    a request's from its start to the answer's last byte, `connect_timeout` a connection's, the
    wait for a free one included. `paths` replaces single ones of `PATHS` by name; an unknown name
    raises SettingsError.
    """

    generation: Generation = "v1"
    base_url: str = "https://call.toingg.com/api"
    auth: transport.Placement | None = None
    v3_base_url: str = "https://api.toingg.com/api/v3"
    timeout: float = 30.0
    connect_timeout: float = 5.0
    paths: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        unknown = sorted(set(self.paths) - set(PATHS))
        if unknown:
            known = ", ".join(PATHS)
            raise SettingsError(
                [f"Toingg has no path {name!r}; it has {known}." for name in unknown]
            )

    def url(self, name: str) -> str:
        """The address of an endpoint by its name in `PATHS`."""
        base = self.v3_base_url if name in _V3_PATHS else self.base_url
        return base.rstrip("/") + "/" + self.paths.get(name, PATHS[name]).lstrip("/")


@dataclass(frozen=True)
class ToinggKeys:
    """One workspace's keys, "" where it has none; neither shows in a `repr`."""

    v1: str = field(repr=False)
    v3: str = field(default="", repr=False)


def open_http(config: ToinggConfig) -> httpx.AsyncClient:
    """The pool that every account shares, closed by `aclose()`; only one made here sends keys."""
    return transport.open_pool(config.connect_timeout)


class Toingg:
    """The way to Toingg; gives out accounts."""

    def __init__(
        self,
        config: ToinggConfig,
        http: httpx.AsyncClient,
        *,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        clock: Clock = now,
    ) -> None:
        """`sleep` waits that many seconds between two tries of a read."""
        self.config = config
        self.http = http
        self.sleep = sleep
        self.clock = clock

    def account(self, keys: ToinggKeys, generation: Generation | None = None) -> "ToinggAccount":
        """One workspace's door; light, made for each use.

        `generation`: who places its calls; None: as configured.
        """
        return ToinggAccount(self, keys, generation or self.config.generation)


class ToinggAccount:
    """Toingg with one workspace's keys. Phone numbers are E.164.

    Every method raises ToinggError's subclasses and nothing else: NotPlaced where it is certain
    that nothing was done, PerhapsPlaced where it isn't. A missing key is KeyRejected.
    """

    def __init__(self, toingg: Toingg, keys: ToinggKeys, generation: Generation) -> None:
        self._toingg = toingg
        self._keys = keys
        self._generation = generation

    async def call(
        self, *, campaign: str, name: str, phone: str, language: str | None = None
    ) -> Placed:
        """Calls one number: `make_toingg`, or v3's `make_call` with the campaign's id.

        `language` ("hindi", "english") is generation 1's alone: v3's campaigns have their own.
        """
        if self._generation == "v3":
            v3_body = wire.V3CallBody(name=name, phone=phone, campaign=campaign)
            return Placed(v3_replies.placed_call_sid(await self._post("make_call", v3_body)), "v3")
        body = wire.CallBody(campaign=campaign, name=name, phone=phone, language=language)
        return Placed(replies.placed_call_sid(await self._post("make_toingg", body)), "v1")

    async def call_with_script(
        self, *, campaign: str, script: str, name: str, phone: str
    ) -> Placed:
        """Calls one number with a script: `make_toingg_details`, which only generation 1 has."""
        body = wire.ScriptCallBody(campaign=campaign, script=script, name=name, phone=phone)
        return Placed(replies.placed_call_sid(await self._post("make_toingg_details", body)), "v1")

    async def call_batch(self, *, campaign: str, people: Sequence[Person]) -> BatchPlaced:
        """Hands a whole list to Toingg, which can't be paused, stopped or followed afterwards."""
        entries = tuple(wire.BatchEntry(name=it.name, phone=it.phone) for it in people)
        body = wire.BatchBody(campaign=campaign, entries=entries)
        reply = await self._post("make_batch_toingg", body)
        return BatchPlaced(replies.batch_call_sids(reply, people))

    async def send_sms(self, *, name: str, phone: str, message: str) -> Sent:
        """Sends one text."""
        body = wire.TextBody(name=name, phone=phone, message=message)
        return Sent(replies.message_sid(await self._post("send_sms", body, UNSURE_TEXT)))

    async def hang_up(self, call_sid: str) -> None:
        """Ends a call. UnknownToToingg: it is over already, or another account's."""
        ask = self._ask("hang_up_call", query={"callSid": call_sid}, unsure=UNSURE_HANG_UP)
        replies.hung_up(await self._sent(ask))

    async def create_checkout_session(self) -> CheckoutSession:
        """A page where the account is topped up; nothing is charged by making one."""
        ask = self._ask(
            "create_checkout_session",
            key_in_body=True,
            unsure=UNSURE_CHECKOUT,
            answers=_CHECKOUT_REDIRECTS,
        )
        return replies.checkout_session(await self._sent(ask))

    async def call_status(self, call_id: str) -> CallStatus:
        """How a call stands, by v3; read again where that failed in passing."""
        return v3_replies.call_status(await self._get("call_status", {"callId": call_id}))

    async def transcription(self, call_id: str) -> Any:
        """What was said in a call, by v3: JSON of an undocumented shape."""
        return v3_replies.result_of(await self._get("get_transcription", {"callId": call_id}))

    async def post_call_analysis(self, call_id: str) -> Any:
        """What v3 makes of a call: JSON of an undocumented shape."""
        return v3_replies.result_of(await self._get("get_post_call_analysis", {"callId": call_id}))

    async def create_campaign(self, draft: CampaignDraft) -> str | None:
        """Saves a new v3 campaign; gives its id, None: saved, id unknown."""
        body = wire.CampaignBody(**draft.fields())
        return v3_replies.campaign_id(await self._post("create_campaign", body, UNSURE_CAMPAIGN))

    async def update_campaign(self, campaign_id: str, draft: CampaignDraft) -> None:
        """Changes what the draft has set of a v3 campaign."""
        body = wire.CampaignUpdateBody(changes=draft.fields(), campaign_id=campaign_id)
        v3_replies.result_of(
            await self._post("update_campaign", body, UNSURE_CAMPAIGN), UNSURE_CAMPAIGN
        )

    async def campaigns(
        self, *, skip: int = 0, limit: int = 10, sort: Literal[-1, 1] = -1
    ) -> tuple[Campaign, ...]:
        """v3's campaigns, a page of them; `sort` -1: the newest first."""
        query = {"skip": str(skip), "limit": str(limit), "sort": str(sort)}
        return v3_replies.campaigns(await self._get("get_campaigns", query))

    async def supported_languages(self) -> tuple[str, ...]:
        """The names of v3's languages."""
        return v3_replies.languages(await self._get("get_supported_languages", {}))

    async def supported_voices(self) -> tuple[Voice, ...]:
        """v3's voices."""
        return v3_replies.voices(await self._get("get_supported_voices", {}))

    async def _post(self, name: str, body: wire.Body, unsure: str | None = None) -> Reply:
        return await self._sent(self._ask(name, body=body.to_json(), unsure=unsure))

    async def _sent(self, ask: transport.Ask) -> Reply:
        """The answer to a request that is sent once."""
        return _answer(await self._outcome(ask))

    async def _get(self, name: str, query: Mapping[str, str]) -> Reply:
        """The answer to a read, tried up to three times."""
        ask = self._ask(name, method="GET", query=query, unsure=NO_ANSWER)
        outcome = await self._outcome(ask)
        for tried in range(1, _TRIES):
            pause = pause_before_retry(outcome, tried, random.random())
            if pause is None:
                break
            await self._toingg.sleep(pause)
            outcome = await self._outcome(ask)
        return _answer(outcome)

    async def _outcome(self, ask: transport.Ask) -> Reply | ToinggError:
        """What became of one request, an error being a value still."""
        outcome = await transport.exchange(self._toingg.http, ask)
        if isinstance(outcome, ToinggError) or outcome.status in ask.answers:
            return outcome
        return failure(outcome, self._toingg.clock(), unsure=ask.unsure) or outcome

    def _ask(
        self,
        name: str,
        *,
        method: Literal["GET", "POST"] = "POST",
        body: bytes | None = None,
        query: Mapping[str, str] = MappingProxyType({}),
        key_in_body: bool = False,
        unsure: str | None = None,
        answers: tuple[int, ...] = (),
    ) -> transport.Ask:
        config = self._toingg.config
        v3 = name in _V3_PATHS
        placement = config.auth or ("bearer" if v3 else "query")
        key = self._keys.v3 if v3 else self._keys.v1
        return transport.Ask(
            method=method,
            url=config.url(name),
            credentials=transport.Credentials(key, placement, in_body=key_in_body),
            timeout=config.timeout,
            query=query,
            body=b"" if key_in_body else body,
            unsure=unsure,
            answers=answers,
        )


def _answer(outcome: Reply | ToinggError) -> Reply:
    """The answer; raises what stands in its place, from here, where nothing knows the key."""
    if isinstance(outcome, ToinggError):
        raise outcome
    return outcome


def pause_before_retry(outcome: Reply | ToinggError, tried: int, chance: float) -> float | None:
    """Seconds to wait before a read is tried again, after `tried` tries; None: not again.

    Half of a pause that doubles, and `chance` (0 to 1) of the other half, so that many readers
    don't come back at once. A Retry-After is kept to; one of over 10 s is left to the caller.
    """
    pause = _FIRST_PAUSE * 2 ** (tried - 1) * (1 + chance) / 2
    if isinstance(outcome, RateLimited):
        asked = outcome.retry_after.total_seconds() if outcome.retry_after else 0.0
        return max(asked, pause) if asked <= _LONGEST_PAUSE else None
    return pause if isinstance(outcome, _PASSING) else None
