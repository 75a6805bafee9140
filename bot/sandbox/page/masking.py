"""What the wire's log doesn't show: keys, tokens, signatures, and what opens a door for a while."""

import json
import re
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import parse_qsl, quote

HIDDEN = "•••"

_NAMES = re.compile(
    r"(?i)^(authorization|cookie|set-cookie|.*token.*|.*secret.*|.*signature.*|.*api_?key.*|"
    r"trigger_id|x-toingg-.*|password)$"
)
"""Headers, parameters and fields whose value is hidden whatever it is."""

_PATTERNS = (
    (re.compile(r"(/(?:commands|actions|app)/[A-Z0-9]+/\d+/)[\w-]+"), rf"\1{HIDDEN}"),
    (re.compile(r"\b\d+\.\d+\.(?:[0-9a-f]{64}|[0-9a-f]{32})\b"), HIDDEN),
    (re.compile(r"\bx(?:ox[abeprs]|app)-[\w-]+"), HIDDEN),
    (re.compile(r"\b(?:whsec|[rs]k_(?:test|live))_\w+"), HIDDEN),
    (re.compile(r"\b(?:tg|cs)_\w*_secret_\w+"), HIDDEN),
    (re.compile(r"(?i)\b(?:bearer|basic) [\w.~+/=-]+"), HIDDEN),
    (re.compile(r"/(upload/v1|link)/[\w?=&.-]+"), rf"/\1/{HIDDEN}"),
)
"""Secrets by their look, wherever they stand."""


class Masking:
    """Hides what is secret: by its name, by its look, and the values that are known to be."""

    def __init__(self, secrets: Iterable[str]) -> None:
        """`secrets` are the sandbox's own keys and tokens."""
        known = sorted((each for each in secrets if each), key=len, reverse=True)
        self._known = re.compile("|".join(map(re.escape, known))) if known else None

    def text(self, text: str) -> str:
        """Any text, without what looks secret or is known to be."""
        if self._known is not None:
            text = self._known.sub(HIDDEN, text)
        for pattern, instead in _PATTERNS:
            text = pattern.sub(instead, text)
        return text

    def fields(self, fields: Mapping[str, str]) -> dict[str, str]:
        """Headers or parameters."""
        return {
            name: HIDDEN if _NAMES.match(name) else self.text(value)
            for name, value in fields.items()
        }

    def query(self, query: str) -> str:
        """A query string."""
        pairs = parse_qsl(query, keep_blank_values=True)
        return "&".join(f"{quote(name)}={self._value(name, value)}" for name, value in pairs)

    def _value(self, name: str, value: str) -> str:
        return HIDDEN if _NAMES.match(name) else quote(self.text(value), safe=":/@")

    def body(self, body: Any) -> str:
        """JSON, a form or any text, for people to read: JSON is indented, a form a line each."""
        if isinstance(body, bytes | bytearray):
            body = body.decode(errors="replace")
        if isinstance(body, str):
            body = _parsed(body)
        if body is None or body == "":
            return ""
        if isinstance(body, str):
            return self.text(body)
        return self.text(json.dumps(_hidden(body), indent=2, ensure_ascii=False, default=str))


def _parsed(body: str) -> Any:
    """The JSON, or the form as an object with the JSON in its `payload`; else the text itself."""
    if body[:1] in ("{", "["):
        try:
            return json.loads(body)
        except ValueError:
            return body
    if not re.fullmatch(r"[\w.%+*-]+=[^\s<>]*", body):
        return body
    fields = dict(parse_qsl(body, keep_blank_values=True))
    return {name: _parsed(value) if name == "payload" else value for name, value in fields.items()}


def _hidden(value: Any) -> Any:
    if isinstance(value, list):
        return [_hidden(each) for each in value]
    if isinstance(value, dict):
        return {
            name: HIDDEN if _NAMES.match(str(name)) and inner else _hidden(inner)
            for name, inner in value.items()
        }
    return value
