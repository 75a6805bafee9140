"""Replies to texts, in the shape in which Twilio delivers them."""

import secrets
import time
from collections import defaultdict
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import urlencode

import aiohttp

from bot.sandbox.page.taps import BOT, NOT_ANSWERED, TOINGG
from bot.sandbox.page.wirelog import Seen, WireLog
from bot.sandbox.toingg import SandboxText, ToinggSandbox
from bot.sandbox.toingg.callbacks import ACCOUNT_SID, CALLER, TIMEOUT, twilio_signature

PATH = "/toingg/inbound"


@dataclass(frozen=True)
class Reply:
    """A reply, and what the bot answered to it: an HTTP status, or that there was no answer."""

    body: str
    got: int | str

    @property
    def words(self) -> str:
        """What the bot answered, for people."""
        if self.got == 404:
            return "the bot answered 404: it doesn't take replies"
        return f"the bot answered {self.got}" if self.got != NOT_ANSWERED else "no answer"

    @property
    def taken(self) -> bool:
        """Whether the bot took it."""
        return isinstance(self.got, int) and self.got // 100 == 2


class Inbound:
    """Posts replies to the bot, with the same secrets as a call's states are reported with."""

    def __init__(self, toingg: ToinggSandbox, log: WireLog) -> None:
        self._toingg = toingg
        self._log = log
        self._replies: dict[str, list[Reply]] = defaultdict(list)

    def to(self, sid: str) -> tuple[Reply, ...]:
        """What was replied to the text, oldest first."""
        return tuple(self._replies.get(sid, ()))

    async def send(self, bot_url: str, text: SandboxText, body: str) -> None:
        """Posts one reply, and remembers what the bot answered."""
        fields = {
            "MessageSid": f"SM{secrets.token_hex(16)}",
            "AccountSid": ACCOUNT_SID,
            "From": text.phone,
            "To": CALLER,
            "Body": body,
            "NumMedia": "0",
            "NumSegments": "1",
        }
        at, began = datetime.now(UTC), time.perf_counter()
        url = f"{bot_url.rstrip('/')}{PATH}"
        headers = self._headers(url, fields)
        got, answer = await _posted(url, urlencode(fields), headers)
        self._replies[text.sid].append(Reply(body, got))
        self._log.tell(
            Seen(
                at=at,
                source=TOINGG,
                target=BOT,
                method="POST",
                path=PATH,
                status=got,
                took=time.perf_counter() - began,
                headers=headers,
                asked=urlencode(fields),
                answered=answer,
            )
        )

    def _headers(self, url: str, fields: dict[str, str]) -> dict[str, str]:
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        target = self._toingg.target
        if target and target.token:
            headers["X-Toingg-Token"] = target.token
        if target and target.twilio_auth_token:
            headers["X-Twilio-Signature"] = twilio_signature(target.twilio_auth_token, url, fields)
        return headers


async def _posted(url: str, body: str, headers: dict[str, str]) -> tuple[int | str, str]:
    try:
        async with (
            aiohttp.ClientSession(timeout=TIMEOUT) as session,
            session.post(url, data=body, headers=headers) as response,
        ):
            return response.status, await response.text(errors="replace")
    except (aiohttp.ClientError, TimeoutError):
        return NOT_ANSWERED, ""
