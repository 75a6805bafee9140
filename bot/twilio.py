"""What is posted in Twilio's shape: who may post it, and its fields; pure.

A form or JSON, authenticated by Twilio's signature or by a shared secret. Twilio signs its full
address and, of a form, each key and value; of JSON only what the query's `bodySHA256` says of the
raw body (Twilio's "Validating requests").
"""

import base64
import hashlib
import hmac
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, parse_qsl

from bot.errors import InputError

_E164 = re.compile(r"\+[1-9]\d{1,14}")


@dataclass(frozen=True)
class Posted:
    """One request as it arrived: `url` is the public one, with its query."""

    url: str
    query: str
    content_type: str
    body: bytes
    token: str
    signature: str

    @property
    def is_json(self) -> bool:
        """Whether the body says that it is JSON."""
        return self.content_type.partition(";")[0].strip().lower() == "application/json"


@dataclass(frozen=True)
class Secrets:
    """Either may be empty, which matches nothing."""

    token: str = field(repr=False)
    twilio: str = field(repr=False)

    @property
    def are_set(self) -> bool:
        """Whether anybody may post at all."""
        return bool(self.token or self.twilio)


def is_authentic(posted: Posted, secrets: Secrets) -> bool:
    """Whether whoever posted it has one of the secrets; nobody signs a form that can't be read."""
    if posted.token and secrets.token:
        return hmac.compare_digest(posted.token.encode(), secrets.token.encode())
    if not (posted.signature and secrets.twilio):
        return False
    signed = posted.url
    if posted.is_json:
        claimed = parse_qs(posted.query).get("bodySHA256", [""])[0]
        if not hmac.compare_digest(
            claimed.encode(), hashlib.sha256(posted.body).hexdigest().encode()
        ):
            return False
    else:
        try:
            fields = sorted(_form(posted.body))
        except InputError:
            return False
        signed += "".join(key + value for key, value in fields)
    digest = hmac.new(secrets.twilio.encode(), signed.encode(), hashlib.sha1).digest()
    return hmac.compare_digest(base64.b64encode(digest), posted.signature.encode())


def fields_of(posted: Posted) -> Mapping[str, Any]:
    """The fields by their names. Raises InputError for what is neither a form nor JSON."""
    return _json(posted.body) if posted.is_json else dict(_form(posted.body))


def text_in(fields: Mapping[str, Any], *names: str) -> str:
    """The first of these fields that says something, stripped; "" where none does."""
    for name in names:
        value = fields.get(name)
        if isinstance(value, str | int | float) and not isinstance(value, bool):
            return str(value).strip()
    return ""


def phone_in(fields: Mapping[str, Any], *names: str) -> str | None:
    """The number in E.164 that one of these fields holds; None where none does."""
    phone = text_in(fields, *names).replace(" ", "")
    return phone if _E164.fullmatch(phone) else None


def _form(body: bytes) -> list[tuple[str, str]]:
    try:
        return parse_qsl(body.decode(), keep_blank_values=True, max_num_fields=200)
    except ValueError:
        raise InputError({"body": "The form isn't UTF-8, or has too many fields."}) from None


def _json(body: bytes) -> Mapping[str, Any]:
    try:
        fields = json.loads(body)
    except (ValueError, RecursionError):
        fields = None
    if not isinstance(fields, dict):
        raise InputError({"body": "The body isn't a JSON object."})
    return fields
