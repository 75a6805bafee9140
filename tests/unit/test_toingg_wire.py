"""Toingg's replies and errors, read from bytes; no network."""

import json
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.errors import ToinggError, Unreadable
from bot.toingg import replies, v3_replies
from bot.toingg.client import (
    CallStatus,
    Campaign,
    CheckoutSession,
    Person,
    Voice,
)
from bot.toingg.failures import Reply

NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
SID = "CA" + "0123456789abcdef" * 2
SID2 = "CA" + "fedcba9876543210" * 2
SID3 = "CA" + "00112233445566778899aabbccddeeff"
ANN = Person("Ann", "+14155550132")
BO = Person("Bo", "+14155550133")


def reply(value: Any, status: int = 200) -> Reply:
    """An answer whose body is this JSON, or these bytes."""
    return Reply(status, value if isinstance(value, bytes) else json.dumps(value).encode())


@pytest.mark.parametrize(
    ("body", "found"),
    [
        ({"result": {"callId": SID}}, SID),
        ({"result": {"callSid": SID}}, SID),
        ({"result": {"call_sid": SID}}, SID),
        ({"result": {"sid": SID}}, SID),
        ({"callSid": SID}, SID),
        ({"data": {"sid": SID}}, SID),
        ({"callId": SID2, "result": {"sid": SID}}, SID),
        ({"data": {"callId": SID2}, "sid": SID}, SID),
        ({"result": {"sid": SID2, "callId": SID}}, SID),
        ({"message": f"Call {SID} queued", "other": SID2}, SID),
        ([[{"deep": [SID]}]], SID),
        (SID, SID),
        (SID.encode(), SID),
        (b"\xef\xbb\xbf" + json.dumps({"callSid": SID}).encode(), SID),
        (b"<p>" + SID.encode() + b"</p>", SID),
        ({"callId": "v3-call-000017"}, "v3-call-000017"),
        ({"sid": "AC" + SID[2:], "message": SID}, SID),
        ({"sid": "SM" + SID[2:]}, None),
        ({"callId": "unknown"}, None),
        ({"callId": None, "result": None}, None),
        ({"callId": 17, "result": ["x"], "data": "y"}, None),
        ({"callId": "x" * 100 + "1"}, None),
        ({"message": "CA0123 is no id"}, None),
        ({"message": SID.upper()}, None),
        (None, None),
    ],
)
def test_the_call_id_is_found_where_it_may_be(body: Any, found: str | None) -> None:
    """The documented order: result, top level, data, then the first Twilio SID anywhere."""
    assert replies.call_sid(reply(body)) == found


def test_an_answer_without_a_body_accepts_only_where_its_status_says_so() -> None:
    """204 is success without an id; an empty 200 says nothing."""
    assert replies.call_sid(Reply(204)) is None
    assert replies.message_sid(Reply(204)) is None
    with pytest.raises(Unreadable):
        replies.call_sid(Reply(200))


def test_a_false_status_without_an_id_is_not_taken_for_a_call() -> None:
    """Generation 1 declares no failure with 200: whether the phone rings then isn't known."""
    with pytest.raises(Unreadable):
        replies.placed_call_sid(reply({"status": False, "message": "no"}))
    sid = "CA" + "a" * 32
    assert replies.placed_call_sid(reply({"status": False, "callSid": sid})) == sid


@pytest.mark.parametrize(
    ("body", "found"),
    [
        ([{"clientNumber": BO.phone, "callSid": SID2}, {"to": ANN.phone, "sid": SID}], (SID, SID2)),
        ({"result": {ANN.phone: SID, "+1 (415) 555-0133": {"callSid": SID2}}}, (SID, SID2)),
        ({"calls": [{"phoneNumber": BO.phone, "id": SID2}]}, (None, SID2)),
        ({"calls": [SID, SID2]}, (SID, SID2)),
        (f"{SID} {SID2} {SID}", (SID, SID2)),
        ({"calls": [SID, SID2, SID3]}, (None, None)),
        ({"message": "accepted"}, (None, None)),
        ([{"to": ANN.phone, "sid": SID}, {"to": ANN.phone, "sid": SID2}], (None, None)),
        ([{"to": ANN.phone, "sid": SID, "parent": SID2}], (SID, SID2)),
        (None, (None, None)),
    ],
)
def test_a_batchs_ids_go_to_their_numbers(body: Any, found: tuple[str | None, ...]) -> None:
    """By phone number, else by order where the counts agree, else nobody's."""
    assert replies.batch_call_sids(reply(body), [ANN, BO]) == found


def test_two_people_with_one_number_share_its_ids() -> None:
    """The same number twice gets its ids in order."""
    body = [{"to": ANN.phone, "sid": SID}, {"to": ANN.phone, "sid": SID2}]
    assert replies.batch_call_sids(reply(body), [ANN, ANN]) == (SID, SID2)


PAGE = "https://checkout.stripe.com/c/pay/cs_test_a1B2#fidkdWxOYHwnPyd1blpxYHZxWjA0"


@pytest.mark.parametrize(
    ("body", "made"),
    [
        ({"sessionId": "cs_test_a1B2"}, CheckoutSession(None, "cs_test_a1B2")),
        ({"id": "cs_live_" + "a1" * 40}, CheckoutSession(None, "cs_live_" + "a1" * 40)),
        ({"id": "session-17"}, CheckoutSession(None, "session-17")),
        ({"url": PAGE}, CheckoutSession(PAGE, "cs_test_a1B2")),
        ({"result": {"url": PAGE, "id": "user-17"}}, CheckoutSession(PAGE, "cs_test_a1B2")),
        ({"data": {"checkout_url": PAGE}}, CheckoutSession(PAGE, "cs_test_a1B2")),
        ({"session": {"id": "session-17"}}, CheckoutSession(None, "session-17")),
        (PAGE, CheckoutSession(PAGE, "cs_test_a1B2")),
        (PAGE.encode(), CheckoutSession(PAGE, "cs_test_a1B2")),
        ("cs_test_a1B2", CheckoutSession(None, "cs_test_a1B2")),
        (
            {"url": "https://pay.example/17"},
            CheckoutSession("https://pay.example/17", None),
        ),
    ],
)
def test_a_checkout_is_found_where_it_may_be(body: Any, made: CheckoutSession) -> None:
    """An address and an id, in every shape that is known or likely."""
    assert replies.checkout_session(reply(body)) == made


@pytest.mark.parametrize(
    "body",
    [
        {},
        None,
        [],
        "queued",
        {"url": "javascript:alert(1)"},
        {"url": "https://pay.example/|<!channel>"},
        {"url": "//pay.example/17"},
        {"url": "https://[bad/17"},
        {"url": 17, "id": 17},
        b"",
        b"<html>https://pay.example/17</html>",
    ],
)
def test_what_is_no_checkout_is_unreadable(body: Any) -> None:
    """Neither an address nor an id: nothing to show, and the sentence speaks of money."""
    with pytest.raises(Unreadable, match="Nothing is charged"):
        replies.checkout_session(reply(body))


@pytest.mark.parametrize(
    ("result", "status"),
    [
        (
            {
                "status": "completed",
                "start_time": "2026-03-02T12:00:00Z",
                "end_time": "2026-03-02T12:00:57.5+00:00",
                "duration": "57",
            },
            CallStatus("completed", NOW, NOW + timedelta(seconds=57.5), 57),
        ),
        (
            {
                "status": "In_Progress",
                "startTime": "Mon, 02 Mar 2026 14:00:00 +0200",
                "endTime": None,
                "error": " no  answer\n",
            },
            CallStatus("in-progress", NOW, error="no answer"),
        ),
        ({"status": "cancelled", "start_time": "2026-03-02 12:00"}, CallStatus("canceled", NOW)),
        ({"status": "busy", "duration": 0, "start_time": "soon"}, CallStatus("busy", seconds=0)),
        ({"status": "no answer", "duration": "-1"}, CallStatus("no-answer")),
        ({"status": "failed", "duration": "NaN", "end_time": 17}, CallStatus("failed")),
        ({"status": "failed", "duration": True}, CallStatus("failed")),
        ({"status": "failed", "duration": 10**400}, CallStatus("failed")),
        ({"status": "x", "start_time": "0001-01-01T00:00:00+14:00"}, CallStatus("x")),
    ],
)
def test_a_calls_status_is_read_by_either_spelling(
    result: dict[str, Any], status: CallStatus
) -> None:
    """Twilio's word, times in UTC, whole seconds; None for whatever is no such thing."""
    assert v3_replies.call_status(reply({"status": True, "result": result})) == status


@pytest.mark.parametrize(
    "body", [None, [], {}, {"status": True, "result": {}}, {"status": True, "result": "x"}]
)
def test_a_status_that_is_not_told_is_unreadable(body: Any) -> None:
    """An answer without the call's status is none."""
    with pytest.raises(Unreadable):
        v3_replies.call_status(reply(body))


def test_a_status_without_an_envelope_is_read_too() -> None:
    """The result may be the whole body."""
    assert v3_replies.call_status(reply({"status": "ringing"})) == CallStatus("ringing")


@pytest.mark.parametrize(
    ("result", "listed"),
    [
        ({"65f0c0ffee": {"title": "Spring"}, "total": 1}, (Campaign("65f0c0ffee", "Spring"),)),
        ([{"_id": "65f0c0ffee", "name": "Spring"}], (Campaign("65f0c0ffee", "Spring"),)),
        ({"campaigns": [{"campId": "65f0c0ffee"}]}, (Campaign("65f0c0ffee", ""),)),
        ({"65f0c0ffee": "Spring"}, (Campaign("65f0c0ffee", "Spring"),)),
        ([{"title": "no id"}, None, 7], ()),
        ({}, ()),
    ],
)
def test_campaigns_come_as_an_object_or_an_array(result: Any, listed: tuple[Campaign, ...]) -> None:
    """Keyed by id, or listed with it."""
    found = v3_replies.campaigns(reply({"status": True, "result": result}))
    assert [(it.id, it.title) for it in found] == [(it.id, it.title) for it in listed]


def test_languages_voices_and_a_new_campaigns_id_are_read() -> None:
    """The remaining results of v3."""
    languages = reply({"status": True, "result": {"languages": ["Hindi", None, "English"]}})
    voices = reply({"status": True, "result": {"voice": [{"name": "A", "type": "f"}, "B", {}]}})
    created = reply({"status": True, "result": {"campaignId": "65f0c0ffee"}})
    assert v3_replies.languages(languages) == ("Hindi", "English")
    assert v3_replies.voices(voices) == (Voice("A", "f"), Voice("B"))
    assert v3_replies.campaign_id(created) == "65f0c0ffee"
    assert v3_replies.campaign_id(reply({"status": True})) is None


READERS = [
    replies.call_sid,
    replies.message_sid,
    replies.hung_up,
    replies.checkout_session,
    lambda it: replies.batch_call_sids(it, [ANN, BO, ANN]),
    v3_replies.placed_call_sid,
    v3_replies.result_of,
    v3_replies.call_status,
    v3_replies.campaign_id,
    v3_replies.campaigns,
    v3_replies.languages,
    v3_replies.voices,
]
WORDS = st.sampled_from(
    [
        *("result", "data", "session", "callId", "callSid", "sid", "status", "message", "detail"),
        *("loc", "msg", "type", "url", "id", "sessionId", "duration", "start_time", "error"),
        *("campaigns", "languages", "voice", "name", SID, SID2, ANN.phone, "57", PAGE),
    ]
)
SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | WORDS | st.text()
JSON = st.recursive(
    SCALARS, lambda inner: st.lists(inner) | st.dictionaries(WORDS | st.text(), inner)
)
BODIES = st.one_of(
    JSON.map(lambda value: json.dumps(value).encode()),
    JSON.map(lambda value: json.dumps({"status": False, "result": value}).encode()),
    JSON.map(lambda value: json.dumps(value).encode()[:-1]),
    st.text().map(lambda text: text.encode()),
    st.binary(),
    st.integers(1, 5000).map(lambda depth: b"[" * depth + b"]" * depth),
    st.integers(1, 300).map(lambda depth: b'{"result":' * depth + b"1" + b"}" * depth),
)


@settings(max_examples=500, deadline=None)
@given(body=BODIES, status=st.sampled_from([200, 201, 202, 204]))
def test_no_body_raises_anything_foreign(body: bytes, status: int) -> None:
    """Whatever comes, each reader gives a value or raises an error of ours."""
    for read in READERS:
        with suppress(ToinggError):
            read(Reply(status, body))
