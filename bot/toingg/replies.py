"""What comes from Toingg, read tolerantly: pure functions from a reply to a value.

No schema of a reply is declared. Where several spellings are known or likely each is accepted; what
can't be understood raises Unreadable and nothing else, whatever the bytes are.
"""

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal
from urllib.parse import urlsplit

from bot.errors import Unreadable
from bot.toingg.documents import get, is_id, layers, no_json, read
from bot.toingg.failures import (
    UNSURE_CHECKOUT,
    UNSURE_HANG_UP,
    UNSURE_TEXT,
    Reply,
)
from bot.toingg.wire import Person

_CALL_SID = re.compile(r"CA[0-9a-f]{32}")
_TEXT_SID = re.compile(r"(?:SM|MM)[0-9a-f]{32}")
_CHECKOUT_ID = re.compile(r"cs_(?:test|live)_[0-9A-Za-z]+")
_OTHER_SID = re.compile(r"(?!CA)[A-Z]{2}[0-9a-f]{32}")  # Twilio's account, message, recording, …
_CALL_KEYS = ("callId", "callSid", "call_sid", "sid")
_NO_CONTENT = (204, 205)


@dataclass(frozen=True)
class Placed:
    """A call that Toingg accepted; `call_sid` None: its id is unknown."""

    call_sid: str | None
    generation: Literal["v1", "v3"]


@dataclass(frozen=True)
class BatchPlaced:
    """A list that Toingg accepted: a callSid for each person, in order, None where unknown."""

    call_sids: tuple[str | None, ...]


@dataclass(frozen=True)
class Sent:
    """A text that Toingg accepted; `message_sid` None: its id is unknown."""

    message_sid: str | None


@dataclass(frozen=True)
class CheckoutSession:
    """Where the account is topped up: a page's address, Stripe's id of it, or both; never neither.

    The address is Toingg's word: whoever shows it checks its host.
    """

    url: str | None
    session_id: str | None


def call_sid(reply: Reply) -> str | None:
    """The call's id in the answer to a call, None: accepted, id unknown.

    204 and 205 are answers without a body. An empty 200 isn't one: Toingg answers JSON, so this
    came from something before it. Raises Unreadable where there is neither JSON nor an id.
    """
    if reply.status in _NO_CONTENT:
        return None
    document = read(reply.body)
    value = document.value
    found = next(filter(None, map(_call_id_within, layers(value))), None)
    if found is None and (anywhere := _CALL_SID.search(document.text)):
        found = anywhere[0]
    if found is None and not document.is_json:
        raise no_json(reply)
    return found


def placed_call_sid(reply: Reply) -> str | None:
    """As `call_sid`, for generation 1.

    It declares no failure with 200: `status: false` without an id, which is one in v3, is taken
    neither for a call nor for a refusal, but raises Unreadable.
    """
    found = call_sid(reply)
    if found is None and get(read(reply.body).value, "status") is False:
        raise Unreadable(detail=f"{reply.status} with status false and no id")
    return found


def batch_call_sids(reply: Reply, people: Sequence[Person]) -> tuple[str | None, ...]:
    """A callSid for each person: by phone number where the reply has numbers, else by order where
    the counts agree, else None. Raises Unreadable as `call_sid` does.
    """
    placed_call_sid(reply)
    document = read(reply.body)
    by_phone: dict[str, list[str]] = defaultdict(list)
    wanted = {_digits(person.phone) for person in people}
    for phone, sid in _phones_and_sids(document.value):
        if phone in wanted and sid not in by_phone[phone]:
            by_phone[phone].append(sid)
    if any(by_phone.values()):
        return _dealt(by_phone, [_digits(person.phone) for person in people])
    in_order = tuple(dict.fromkeys(_CALL_SID.findall(document.text)))
    return in_order if len(in_order) == len(people) else (None,) * len(people)


def _dealt(by_phone: dict[str, list[str]], phones: list[str]) -> tuple[str | None, ...]:
    """Ids to phones; a phone with more or fewer ids than people is ambiguous: None."""
    hands = {
        phone: iter(sids) for phone, sids in by_phone.items() if len(sids) == phones.count(phone)
    }
    return tuple(next(hands.get(phone, iter(())), None) for phone in phones)


def message_sid(reply: Reply) -> str | None:
    """The text's id in the answer to `send_sms`, None: accepted, id unknown. Raises Unreadable."""
    if reply.status in _NO_CONTENT:
        return None
    document = read(reply.body)
    found = _TEXT_SID.search(document.text)
    if not (found or document.is_json):
        raise no_json(reply, UNSURE_TEXT)
    return found[0] if found else None


def hung_up(reply: Reply) -> None:
    """Passes for JSON and for no body at all; Unreadable for anything else (a proxy's page)."""
    if reply.body.strip() and not read(reply.body).is_json:
        raise no_json(reply, UNSURE_HANG_UP)


def checkout_session(reply: Reply) -> CheckoutSession:
    """The checkout in a redirect's Location, an object's fields, or a bare string.

    Raises Unreadable where there is neither an address nor an id.
    """
    document = read(reply.body)
    places = [*layers(document.value), *layers(get(document.value, "session"))]
    bare = document.value if isinstance(document.value, str) else document.text.strip()
    urls = [reply.location, bare]
    for layer in places:
        urls += [layer.get(key) for key in ("url", "checkoutUrl", "checkout_url", "sessionUrl")]
    url = next((url for url in urls if _is_address(url)), None)
    ids = [layer.get(key) for layer in places for key in ("sessionId", "session_id", "id")]
    named = _CHECKOUT_ID.search(f"{url} {document.text}")
    session_id = named[0] if named else next(filter(is_id, ids), None)
    if url is None and session_id is None:
        raise Unreadable(UNSURE_CHECKOUT, detail=f"{reply.status} without an address or an id")
    return CheckoutSession(url, session_id)


def _call_id_within(layer: dict[str, Any]) -> str | None:
    for key in _CALL_KEYS:
        found = layer.get(key)
        if is_id(found) and not _OTHER_SID.fullmatch(found):
            return found
    return None


def _phones_and_sids(value: Any) -> Iterator[tuple[str, str]]:
    """(digits, callSid) wherever an object has both among its values, or one as the other's key."""
    waiting = [value]
    while waiting:
        node = waiting.pop()
        if isinstance(node, list):
            waiting += reversed(node)
        elif isinstance(node, dict):
            waiting += reversed(node.values())
            yield from _pairs_within(node)


def _pairs_within(node: dict[str, Any]) -> Iterator[tuple[str, str]]:
    sid = _sid_of(node)
    for key, value in node.items():
        if sid and isinstance(value, str) and not _CALL_SID.search(value):
            yield _digits(value), sid
        keyed = _sid_of(value) if isinstance(value, dict) else value
        if isinstance(keyed, str) and _CALL_SID.fullmatch(keyed):
            yield _digits(key), keyed


def _sid_of(node: dict[str, Any]) -> str | None:
    strings = (value for value in node.values() if isinstance(value, str))
    sids = [value for value in strings if _CALL_SID.fullmatch(value)]
    return sids[0] if len(sids) == 1 else None


def _digits(phone: str) -> str:
    return re.sub(r"[^0-9]", "", phone)


def _is_address(value: Any) -> bool:
    """Whether it is an absolute http(s) address with a host."""
    if not isinstance(value, str):
        return False
    try:
        parts = urlsplit(value)
    except ValueError:
        return False
    bare = not re.search(r"[\s\x00-\x1f<>|]", value)
    return bare and parts.scheme in {"http", "https"} and bool(parts.netloc)
