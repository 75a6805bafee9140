"""The API's door: keys, versions, idempotency, refusals, as Stripe has them on the wire."""

import base64
import hmac
import json
import re
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from bot.sandbox.stripe.announce import caused_by
from bot.sandbox.stripe.book import ApiRequest, Book, Thing
from bot.sandbox.stripe.endpoints import Ask, Endpoint, Endpoints
from bot.sandbox.stripe.expand import expanded
from bot.sandbox.stripe.form import Params, decoded
from bot.sandbox.stripe.ids import made
from bot.sandbox.stripe.refusals import Refused
from bot.sandbox.stripe.versions import VERSIONS, shown

SUPPORT = "we can help at https://support.stripe.com/."
LONGEST_KEY = 255
_FORM = "application/x-www-form-urlencoded"


@dataclass(frozen=True)
class Answer:
    """What is sent back."""

    status: int
    content: Thing


@dataclass(frozen=True)
class Call:
    """A request that found its endpoint."""

    path: str
    endpoint: Endpoint
    ids: tuple[str, ...]
    params: dict[str, Any]
    version: str
    request_id: str
    idempotency_key: str | None


@dataclass(frozen=True)
class Kept:
    """The first call with an idempotency key, and its answer."""

    call: Call
    answer: Answer

    def fits(self, call: Call) -> bool:
        """Whether a later call is the same again."""
        return (self.call.path, self.call.params) == (call.path, call.params)


class Api:
    """Answers requests to `/v1/…` one after the other.

    So no two of one idempotency key are ever under way, and Stripe's 409 `idempotency_key_in_use`
    doesn't come. Keys are kept as long as the sandbox lives; at Stripe at least 24 hours.
    """

    def __init__(self, book: Book, endpoints: Endpoints, key: str, version: str) -> None:
        self._book = book
        self._key = key
        self._version = version
        self._kept: dict[str, Kept] = {}
        self._endpoints = [
            (method, re.compile(path.replace("*", "([^/]+)")), endpoint)
            for method, path, endpoint in endpoints.table()
        ]

    async def answer(self, request: Request) -> Response:
        """Answers, and keeps a record of the request."""
        request_id, body = made("req_"), await request.body()
        headers = {"Request-Id": request_id}
        params: dict[str, Any] = {}
        try:
            self._admit(request)
            headers["Stripe-Version"] = version = self._version_of(request)
            endpoint, ids = self._find(request)
            params = self._params(request, body)
            key = self._key_of(request)
            path = request.url.path
            call = Call(path, endpoint, ids, params, version, request_id, key)
            answer = self._once(call, headers)
        except Refused as refused:
            answer = Answer(refused.status, refused.body())
        if answer.status == 401:
            headers["WWW-Authenticate"] = 'Bearer realm="Stripe"'
        self._record(request, request_id, params, answer.status)
        content = json.dumps(answer.content, indent=2, ensure_ascii=False)
        return Response(content, answer.status, headers, media_type="application/json")

    def _record(
        self, request: Request, request_id: str, params: dict[str, Any], status: int
    ) -> None:
        record = ApiRequest(
            at=datetime.now(UTC),
            id=request_id,
            method=request.method,
            path=request.url.path,
            params=params,
            headers=dict(request.headers),
            status=status,
        )
        with self._book.changed:
            self._book.requests.append(record)
            self._book.wake()

    def _admit(self, request: Request) -> None:
        """docs.stripe.com/api/authentication: Bearer, or Basic with the key as the user's name."""
        scheme, _, given = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() == "basic":
            with suppress(ValueError):
                given = base64.b64decode(given, validate=True).decode().partition(":")[0]
        given = given.strip() if scheme.lower() in ("bearer", "basic") else ""
        if not given:
            words = (
                "You did not provide an API key. You need to provide your API key in the "
                "Authorization header, using Bearer auth (e.g. 'Authorization: Bearer "
                "YOUR_SECRET_KEY'). See https://stripe.com/docs/api#authentication for details, "
            )
            raise Refused(f"{words}or {SUPPORT}", status=401)
        if not hmac.compare_digest(given.encode(), self._key.encode()):
            raise Refused(f"Invalid API Key provided: {_starred(given)}", status=401)

    def _version_of(self, request: Request) -> str:
        """docs.stripe.com/api/versioning: the header's, else the account's."""
        version = request.headers.get("stripe-version", self._version)
        if version not in VERSIONS:
            raise Refused(f"Invalid Stripe API version: {version}")
        return version

    def _find(self, request: Request) -> tuple[Endpoint, tuple[str, ...]]:
        for method, path, endpoint in self._endpoints:
            matched = path.fullmatch(request.url.path)
            if matched and request.method == method:
                return endpoint, matched.groups()
        words = f"Unrecognized request URL ({request.method}: {request.url.path}). "
        raise Refused(f"{words}Please see https://stripe.com/docs or {SUPPORT}", status=404)

    def _params(self, request: Request, body: bytes) -> dict[str, Any]:
        kind = request.headers.get("content-type", _FORM).partition(";")[0].strip()
        if body and kind != _FORM:
            words = "Invalid request (check that your POST content type is "
            raise Refused(f"{words}{_FORM}). If you have any questions, {SUPPORT}")
        try:
            encoded = body.decode() if request.method == "POST" else request.url.query
        except UnicodeDecodeError:
            raise Refused("Invalid request: parameters must be UTF-8") from None
        return decoded(encoded)

    def _key_of(self, request: Request) -> str | None:
        """The idempotency key of a POST; other methods need none."""
        key = request.headers.get("idempotency-key")
        if request.method != "POST" or not key:
            return None
        if len(key) > LONGEST_KEY:
            raise Refused(f"Idempotency keys are up to {LONGEST_KEY} characters long")
        return key

    def _once(self, call: Call, headers: dict[str, str]) -> Answer:
        """Asks the endpoint, unless this idempotency key has been answered already."""
        key = call.idempotency_key
        if key is None:
            return self._asked(call)
        headers["Idempotency-Key"] = key
        kept = self._kept.get(key)
        if kept is not None and not kept.fits(call):
            raise _other_parameters(key)
        if kept is not None:
            headers["Idempotent-Replayed"] = "true"
        else:
            kept = self._kept[key] = Kept(call, self._begun(call))
        headers["Original-Request"] = kept.call.request_id
        return kept.answer

    def _begun(self, call: Call) -> Answer:
        """The endpoint's answer or refusal; raises a refusal that came before its work began,
        for that isn't kept (docs.stripe.com/api/idempotent_requests).
        """
        try:
            return self._asked(call)
        except Refused as refused:
            if not refused.began:
                raise
            return Answer(refused.status, refused.body())

    def _asked(self, call: Call) -> Answer:
        params = Params(call.params)
        paths = params.words("expand")
        with self._book.changed, caused_by(call.request_id, call.idempotency_key):
            thing = call.endpoint(Ask(call.ids, params))
            return Answer(200, shown(expanded(self._book, thing, paths), call.version))


def _other_parameters(key: str) -> Refused:
    words = (
        "Keys for idempotent requests can only be used with the same parameters they were first "
        f"used with. Try using a key other than '{key}' if you meant to execute a different "
        "request."
    )
    return Refused(words, kind="idempotency_error")


def _starred(key: str) -> str:
    """A key as Stripe repeats it: its kind, stars, its last four characters."""
    if len(key) < 16:
        return "*" * len(key)
    return f"{key[:8]}{'*' * (len(key) - 12)}{key[-4:]}"
