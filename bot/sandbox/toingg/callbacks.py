"""Status callbacks in Twilio's shape, sent to whoever wants to know how a call goes."""

import asyncio
import base64
import hashlib
import hmac
import json
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from email.utils import format_datetime
from urllib.parse import urlencode

import aiohttp

from bot.sandbox.toingg.book import RANK, SandboxCall, SandboxText, State, TextState, now

ACCOUNT_SID = "AC" + "0" * 32
CALLER = "+14155550100"
TRIES = 3
PAUSE = 0.05
TIMEOUT = aiohttp.ClientTimeout(total=15)
SIP_RESPONSES = {
    "completed": "200",
    "busy": "486",
    "no-answer": "480",
    "failed": "503",
    "canceled": "487",
}


@dataclass(frozen=True)
class Target:
    """Where callbacks go and how. `signed_url` is the address that the receiver checks against."""

    url: str
    signed_url: str
    token: str | None = None
    twilio_auth_token: str | None = None
    as_json: bool = False
    twice: bool = False
    out_of_order: bool = False


@dataclass(frozen=True)
class Try:
    """One request with a callback: what was sent, and what it got.

    `got` is an HTTP status, or the error's name; `answer` the answer's text; `took` in seconds.
    """

    at: datetime
    url: str
    headers: dict[str, str]
    body: bytes
    got: int | str
    answer: str
    took: float


@dataclass
class Delivery:
    """One callback: what it said, and each try to deliver it."""

    fields: dict[str, str]
    sent: list[Try] = field(default_factory=list)

    @property
    def tries(self) -> list[int | str]:
        """What each try got: an HTTP status, or the error's name."""
        return [each.got for each in self.sent]

    @property
    def final(self) -> bool:
        """Whether it tells a final state."""
        if "CallStatus" in self.fields:
            return RANK[self.fields["CallStatus"]] == max(RANK.values())
        return self.fields["MessageStatus"] != "sent"

    @property
    def state(self) -> str:
        """The state that it tells, of a call or a text."""
        return self.fields.get("CallStatus") or self.fields["MessageStatus"]

    @property
    def subject(self) -> str:
        """The id of the call or the text that it is of."""
        return self.fields.get("CallSid") or self.fields["MessageSid"]

    @property
    def taken(self) -> bool:
        """Whether the last try was answered by a 2xx."""
        last = self.tries[-1] if self.tries else 0
        return isinstance(last, int) and last // 100 == 2


def twilio_signature(auth_token: str, url: str, fields: dict[str, str]) -> str:
    """base64(HMAC-SHA1(auth token, URL + each key and value, sorted by key))."""
    signed = url + "".join(key + fields[key] for key in sorted(fields))
    digest = hmac.new(auth_token.encode(), signed.encode(), hashlib.sha1).digest()
    return base64.b64encode(digest).decode()


def told(call: SandboxCall, state: State, sequence: int, at: datetime) -> dict[str, str]:
    """A callback's fields for one state of a call."""
    fields = {
        "CallSid": call.call_sid,
        "AccountSid": ACCOUNT_SID,
        "From": CALLER,
        "To": call.phone,
        "CallStatus": state,
        "Direction": "outbound-api",
        "ApiVersion": "2010-04-01",
        "Timestamp": format_datetime(at),
        "CallbackSource": "call-progress-events",
        "SequenceNumber": str(sequence),
    }
    if state in SIP_RESPONSES:
        fields |= {"CallDuration": str(call.seconds), "SipResponseCode": SIP_RESPONSES[state]}
    return fields | call.fields


def told_text(text: SandboxText, state: TextState) -> dict[str, str]:
    """A callback's fields for a text's state. Source: Twilio, "Track outbound message status"."""
    return {
        "MessageSid": text.sid,
        "SmsSid": text.sid,
        "AccountSid": ACCOUNT_SID,
        "From": CALLER,
        "To": text.phone,
        "MessageStatus": state,
        "SmsStatus": state,
        "ApiVersion": "2010-04-01",
    }


def _with_hash(url: str, body: bytes) -> str:
    mark = "&" if "?" in url else "?"
    return f"{url}{mark}bodySHA256={hashlib.sha256(body).hexdigest()}"


def written(target: Target, fields: dict[str, str]) -> tuple[str, bytes, dict[str, str]]:
    """URL, body and headers of one callback, signed.

    Twilio's signature doesn't cover a JSON body: its hash goes into the signed URL instead.
    """
    headers = {"X-Toingg-Token": target.token} if target.token else {}
    if not target.as_json:
        headers["Content-Type"] = "application/x-www-form-urlencoded"
        if target.twilio_auth_token:
            headers["X-Twilio-Signature"] = twilio_signature(
                target.twilio_auth_token, target.signed_url, fields
            )
        return target.url, urlencode(fields).encode(), headers
    body = json.dumps(fields).encode()
    headers["Content-Type"] = "application/json"
    if not target.twilio_auth_token:
        return target.url, body, headers
    signed_url = _with_hash(target.signed_url, body)
    headers["X-Twilio-Signature"] = twilio_signature(target.twilio_auth_token, signed_url, {})
    return _with_hash(target.url, body), body, headers


class Callbacks:
    """Delivers at least once, each call's in their order; all but `aim` belong to the loop.

    Like Twilio it doesn't wait for anybody: a receiver that keeps failing misses callbacks.
    """

    def __init__(self, wake: Callable[[], None]) -> None:
        """`wake` is called after each try."""
        self._wake = wake
        self.target: Target | None = None
        self.deliveries: list[Delivery] = []
        self._queues: dict[str, deque[Delivery]] = {}
        self._held: dict[str, Delivery] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._session: aiohttp.ClientSession | None = None

    def tell(self, target: Target, fields: dict[str, str]) -> None:
        """Sends one callback as soon as the earlier ones of its call are through."""
        delivery = Delivery(fields)
        call_sid = delivery.subject
        held = self._held.pop(call_sid, None)
        if target.out_of_order and held is None and not delivery.final:
            self._held[call_sid] = delivery
            return
        due = [delivery, held] if held else [delivery]
        if call_sid in self._queues:
            self._queues[call_sid].extend(due)
            return
        self._queues[call_sid] = deque(due)
        task = asyncio.get_running_loop().create_task(self._drain(target, call_sid))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _drain(self, target: Target, call_sid: str) -> None:
        queue = self._queues[call_sid]
        try:
            while queue:
                delivery = queue.popleft()
                self.deliveries.append(delivery)
                for _ in range(2 if target.twice else 1):
                    await self._deliver(target, delivery)
        finally:
            del self._queues[call_sid]

    async def _deliver(self, target: Target, delivery: Delivery) -> None:
        for attempt in range(TRIES):
            await asyncio.sleep(PAUSE * attempt)
            delivery.sent.append(await self._post(target, delivery.fields))
            self._wake()
            if delivery.taken:
                return

    async def _post(self, target: Target, fields: dict[str, str]) -> Try:
        if self._session is None:
            self._session = aiohttp.ClientSession(timeout=TIMEOUT)
        url, body, headers = written(target, fields)
        at, began, answer = now(), time.perf_counter(), ""
        got: int | str
        try:
            async with self._session.post(url, data=body, headers=headers) as response:
                got, answer = response.status, await response.text(errors="replace")
        except (aiohttp.ClientError, TimeoutError) as error:
            got = type(error).__name__
        return Try(at, url, headers, body, got, answer, time.perf_counter() - began)

    async def close(self) -> None:
        """Gives up what isn't delivered yet, and the connections."""
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._queues.clear()
        self._held.clear()
        if self._session is not None:
            await self._session.close()
            self._session = None
