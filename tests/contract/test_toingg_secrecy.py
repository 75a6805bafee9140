"""The key is in no log, error, traceback or repr, whatever the client does and whatever fails."""

import asyncio
import base64
import logging
import traceback
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import pytest

from bot.errors import ToinggError
from bot.toingg.client import ToinggAccount, ToinggKeys
from bot.toingg.transport import Ask, Credentials
from tests.contract.toingg_peer import (
    DEEDS,
    KEY,
    PHONE,
    SID,
    V3_KEY,
    Act,
    Deed,
    account,
    answer,
    close,
    hang,
    meeting,
    part,
    reset,
)

LOGGERS = ("httpx", "httpcore", "aiohttp", "aiohttp.client", "aiohttp.internal", "asyncio")
SPELLINGS = [
    spelling
    for key in (KEY, V3_KEY)
    for spelling in (
        key,
        quote(key),
        quote(key, safe=""),
        key.replace("/", "\\/"),
        base64.b64encode(f"{key}:api_token".encode()).decode(),
    )
]


def failures(deed: Deed) -> list[bytes | Act]:
    """Every way to fail, the key being echoed wherever a peer could echo it."""
    key = V3_KEY if deed.v3 else KEY
    said = (
        f"Invalid API key {key}, also {quote(key, safe='')} and {key.replace('/', chr(92) + '/')}"
    )
    line = {"loc": ["query", key], "msg": said, "type": key, "input": {"apikey": key}}
    return [
        *(answer(status, {"detail": said}) for status in (400, 401, 402, 403, 404, 422, 500, 503)),
        answer(422, {"detail": [line]}),
        answer(429, {"message": said}, Retry_After=key),
        answer(307, Location=f"http://127.0.0.1:9/?apiKey={quote(key, safe='')}"),
        answer(307, Location=f"/again?apiKey={quote(key, safe='')}"),
        answer(303, Location=f"/again?apiKey={quote(key, safe='')}"),
        answer(302, Location=f"http://[{key}"),
        answer(200, said.encode()),
        answer(200, {"status": False, "message": said}),
        answer(200, b"garbage " + key.encode(), Content_Encoding="gzip"),
        f"{key}\r\n\r\n".encode(),
        f"HTTP/1.1 200 OK\r\n{key}{key}\r\n\r\n".encode(),
        part(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n", close),
        close,
        reset,
        hang,
    ]


async def outcome(toingg: ToinggAccount, deed: Deed) -> Any:
    """The result or the error of a deed, from a frame that knows no key itself."""
    try:
        return await deed.do(toingg)
    except ToinggError as error:
        return error


def shown(value: Any) -> Iterator[str]:
    """Everything that a log, a database or a person could get to see of a result or an error."""
    yield repr(value)
    yield str(value)
    if not isinstance(value, BaseException):
        return
    yield repr(vars(value))
    yield repr(value.args)
    for locals_too in (False, True):
        told = traceback.TracebackException.from_exception(value, capture_locals=locals_too)
        yield "".join(told.format())
    for link in (value.__cause__, value.__context__):
        if link is not None:
            yield from shown(link)


def leaks(texts: Iterator[str]) -> list[str]:
    """The texts that hold a key in any spelling."""
    return [text for text in texts if any(spelling in text for spelling in SPELLINGS)]


def logged(caplog: pytest.LogCaptureFixture) -> Iterator[str]:
    """Every record: formatted with its traceback, and raw with its arguments."""
    yield caplog.text
    for record in caplog.records:
        yield repr(vars(record))


@pytest.fixture(autouse=True)
def _everything_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    for name in LOGGERS:
        caplog.set_level(logging.DEBUG, logger=name)


@pytest.mark.parametrize("auth", [None, "query", "bearer", "basic"])
@pytest.mark.parametrize("deed", DEEDS, ids=lambda deed: deed.name)
async def test_a_success_shows_no_key(
    deed: Deed, auth: Any, caplog: pytest.LogCaptureFixture
) -> None:
    """A request is logged by httpx, whole, and its key isn't."""
    async with meeting(deed.good_answer, generation=deed.generation, auth=auth) as (peer, toingg):
        result = await outcome(toingg, deed)
    assert not isinstance(result, ToinggError)
    assert f"HTTP Request: {deed.method} {peer.url}{deed.path}" in caplog.text
    assert leaks(shown(result)) == []
    assert leaks(logged(caplog)) == []


@pytest.mark.parametrize("deed", DEEDS, ids=lambda deed: deed.name)
async def test_a_failure_shows_no_key(deed: Deed, caplog: pytest.LogCaptureFixture) -> None:
    """No error, traceback (with its frames' locals) or log record holds the key."""
    asyncio.get_running_loop().set_debug(True)
    async with meeting(close, generation=deed.generation, timeout=0.15) as (peer, toingg):
        for failing in failures(deed):
            peer.answers = [failing]
            assert leaks(shown(await outcome(toingg, deed))) == []
    async with account("http://127.0.0.1:9", generation=deed.generation) as toingg:
        refused = await outcome(toingg, deed)
    assert isinstance(refused, ToinggError)
    assert leaks(shown(refused)) == []
    assert leaks(logged(caplog)) == []


async def test_a_cancelled_request_shows_no_key(caplog: pytest.LogCaptureFixture) -> None:
    """A cancellation passes through without the frames that knew the key."""

    async def cancelled(toingg: ToinggAccount) -> BaseException:
        task = asyncio.ensure_future(toingg.call(campaign="Spring", name="Ann", phone=PHONE))
        await asyncio.sleep(0.1)
        task.cancel()
        try:
            await task
        except asyncio.CancelledError as error:
            return error
        raise AssertionError

    async with meeting(hang) as (_, toingg):
        error = await cancelled(toingg)
    assert leaks(shown(error)) == []
    assert leaks(logged(caplog)) == []


async def test_a_transcript_that_holds_the_key_is_given_without_it() -> None:
    """Even a good answer is given on without the key that it repeats."""
    echo = answer(200, {"status": True, "result": {"text": f"my key is {V3_KEY}"}})
    async with meeting(echo) as (_, toingg):
        assert await toingg.transcription(SID) == {"text": "my key is [key]"}


def test_what_carries_a_key_does_not_show_it() -> None:
    """Keys, credentials and requests have reprs without them."""
    credentials = Credentials(KEY, "query")
    ask = Ask("POST", "https://call.toingg.com/api", credentials, 30.0, body=KEY.encode())
    things = (ToinggKeys(v1=KEY, v3=V3_KEY), credentials, ask)
    assert leaks(iter(map(repr, things))) == []


def test_the_search_finds_what_it_looks_for() -> None:
    """A key in an error's context, or in a local of its traceback, would be found."""

    def raised() -> Exception:
        local = KEY
        try:
            return ToinggError(detail=str(1 // (len(local) - len(KEY))))
        except ZeroDivisionError as error:
            return error

    assert leaks(shown(raised())) != []
    assert leaks(shown(ToinggError(V3_KEY))) != []
