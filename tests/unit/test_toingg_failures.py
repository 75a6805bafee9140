"""What an answer of Toingg's that is none stands for; no network."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.errors import FieldFault, Rejected, ToinggError
from bot.toingg.client import pause_before_retry
from bot.toingg.failures import MAX_WORDS, Reply, failure, field_faults, retry_after, words_of
from bot.toingg.transport import Credentials

NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


def reply(value: Any, status: int) -> Reply:
    """An answer whose body is this JSON, or these bytes."""
    return Reply(status, value if isinstance(value, bytes) else json.dumps(value).encode())


@pytest.mark.parametrize("status", [199, *range(300, 309), 400, 418, 499, 500, 599, 999])
def test_only_2xx_is_no_failure(status: int) -> None:
    """Every other status is an error of ours, with the status for the log."""
    error = failure(Reply(status), NOW)
    assert isinstance(error, ToinggError)
    assert str(status) in error.detail


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({"detail": "Campaign not found"}, "Campaign not found"),
        ({"message": "Campaign not found"}, "Campaign not found"),
        ({"error": "Campaign not found"}, "Campaign not found"),
        ("Campaign not found", "Campaign not found"),
        ({"detail": [{"loc": ["body", "name"], "msg": "Too long"}]}, "name: Too long"),
        ({"detail": [{"msg": "Too long"}]}, "Too long"),
        ({"detail": "a\x00b\x1b[31m \u202e \n\t c"}, "ab[31m c"),
        ({"detail": "\x00\x01"}, Rejected().message),
        ({"detail": {"a": 1}}, Rejected().message),
        (b"<html>", Rejected().message),
        ({"detail": "x" * 1000}, "x" * (MAX_WORDS - 1) + "…"),
    ],
)
def test_a_rejection_says_toinggs_own_words(body: Any, message: str) -> None:
    """On one line, without control characters, cut at 300; else the default sentence."""
    error = failure(reply(body, 400), NOW)
    assert isinstance(error, Rejected)
    assert error.message == message


@pytest.mark.parametrize(
    ("detail", "faults"),
    [
        (
            [{"loc": ["body", "numberList", 0, "clientNumber"], "msg": "M", "type": "missing"}],
            (FieldFault(("body", "numberList", 0, "clientNumber"), "M", "missing"),),
        ),
        ([{"loc": "body", "msg": 7}], (FieldFault(("body",), "", ""),)),
        ([{"loc": [None, True, 1.5, {}, "x"]}], (FieldFault(("x",), "", ""),)),
        ([None, "x", 7, []], ()),
        ("x", ()),
        (None, ()),
    ],
)
def test_field_faults_come_of_any_shape(detail: Any, faults: tuple[FieldFault, ...]) -> None:
    """Only loc, msg and type are relied on, and not even they."""
    assert field_faults(detail) == faults


@pytest.mark.parametrize(
    ("header", "wait"),
    [
        ("0", timedelta(0)),
        (" 17 ", timedelta(seconds=17)),
        ("9" * 5000, timedelta(days=1)),
        ("Mon, 02 Mar 2026 12:01:00 GMT", timedelta(minutes=1)),
        ("Mon, 02 Mar 2026 11:00:00 GMT", timedelta(0)),
        ("Mon, 02 Mar 2099 11:00:00 GMT", timedelta(days=1)),
        ("Mon, 02 Mar 2026 12:01:00 -0000", None),
        ("-1", None),
        ("1.5", None),
        ("\u0661\u0667", None),
        ("soon", None),
        ("", None),
        (None, None),
    ],
)
def test_retry_after_is_seconds_or_a_date(header: str | None, wait: timedelta | None) -> None:
    """From nothing to a day; None where it can't be read."""
    assert retry_after(header, NOW) == wait


def test_pauses_before_a_retry_double_with_jitter() -> None:
    """Half to a whole of 0.5 s, then of 1 s; what is final has none."""
    passing = failure(Reply(503), NOW)
    assert passing is not None
    assert pause_before_retry(passing, 1, 0.0) == 0.25
    assert pause_before_retry(passing, 1, 1.0) == 0.5
    assert pause_before_retry(passing, 2, 1.0) == 1.0
    assert pause_before_retry(Reply(200), 1, 0.5) is None
    assert pause_before_retry(Rejected(), 1, 0.5) is None


KEY = 'tg_a/b"c+d%e.f(g)h'


@pytest.mark.parametrize(
    "spelled",
    [
        KEY,
        json.dumps(KEY)[1:-1],
        json.dumps(json.dumps(KEY))[3:-3],
        KEY.replace("/", "\\/"),
        "".join(f"\\u00{ord(char):02X}" for char in KEY),
        "tg_a%2Fb%22c%2Bd%25e.f%28g%29h",
        "tg_a%252fb%2522c%252Bd%2525e.f%2528g%2529h",
    ],
)
def test_a_key_is_hidden_in_every_spelling(spelled: str) -> None:
    """However often it was escaped; what stands around it stays."""
    hidden = Credentials(KEY, "query").hide_in(f'"key {spelled}!"'.encode())
    assert hidden == b'"key [key]!"'


def test_a_key_of_a_few_letters_is_not_looked_for() -> None:
    """It would cut holes into any text."""
    assert Credentials("call", "query").hide_in(b"the call") == b"the call"


KEYS = st.sampled_from(["detail", "message", "error", "loc", "msg", "type"])
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(KEYS | st.text(), inner),
)
BODIES = st.one_of(
    JSON.map(lambda value: json.dumps(value).encode()),
    st.lists(st.dictionaries(KEYS, JSON)).map(lambda it: json.dumps({"detail": it}).encode()),
    st.text().map(lambda text: text.encode()),
    st.binary(),
    st.integers(1, 5000).map(lambda depth: b"[" * depth + b"]" * depth),
)


@settings(max_examples=500, deadline=None)
@given(body=BODIES, status=st.integers(100, 999), header=st.none() | st.text())
def test_no_failing_answer_raises_anything(body: bytes, status: int, header: str | None) -> None:
    """Whatever comes with whatever status, there is an error, or none for 2xx."""
    error = failure(Reply(status, body, retry_after=header), NOW)
    assert (error is None) == (200 <= status < 300)
    assert error is None or 0 < len(error.message) <= MAX_WORDS


@settings(max_examples=500, deadline=None)
@given(text=st.text())
def test_foreign_words_are_one_clean_line(text: str) -> None:
    """No control character and no line break gets through, and never an empty string."""
    words = words_of(text)
    assert words is None or (words.isprintable() or not words.isascii())
    assert words != ""
    assert not set(words or "") & {"\n", "\r", "\t", "\x00", "\u202e", "\u200b"}
