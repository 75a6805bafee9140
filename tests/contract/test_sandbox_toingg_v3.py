"""The local Toingg's second generation, and the lives of calls in both."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import httpx
import pytest

from bot.sandbox.toingg import Life, Outcome, Replies, State, ToinggSandbox
from bot.sandbox.toingg.exchange import CallOver, following

PHONE = "+14155550132"
V3_CALL = {"name": "John Doe", "phoneNumber": PHONE, "campID": "65f0c0ffee65f0c0ffee65f0"}
CAMPAIGN = {"title": "Spring", "voice": "Nova", "language": "english", "script": "Hello. " * 40}


@pytest.fixture
def toingg() -> ToinggSandbox:
    """A Toingg whose calls are answered at once and talk until somebody hangs up."""
    return ToinggSandbox(options=Life(ring_after=0.01, answer_after=0.01))


@pytest.fixture
def client(toingg: ToinggSandbox) -> Iterator[httpx.Client]:
    """A client of v3 with the right key."""
    headers = {"Authorization": f"Bearer {toingg.v3_key}"}
    with (
        toingg.serve() as server,
        httpx.Client(base_url=server.url, trust_env=False, headers=headers) as client,
    ):
        yield client


def make_call(client: httpx.Client, phone: str = PHONE) -> str:
    """A call by v3; its id."""
    response = client.post("/api/v3/make_call", json=V3_CALL | {"phoneNumber": phone})
    call_id: str = response.json()["result"]["callId"]
    return call_id


def hang_up(toingg: ToinggSandbox, client: httpx.Client, call_sid: str) -> httpx.Response:
    """A hang-up, which only generation 1 has."""
    query = {"callSid": call_sid, "apiKey": toingg.key}
    return client.post("/api/hang_up_call/", params=query, headers={"Authorization": ""})


def reaches(toingg: ToinggSandbox, call_sid: str, state: State) -> bool:
    """Whether the call gets there in time."""
    return toingg.wait_until(lambda: toingg.calls[call_sid].state == state, timeout=5)


def states(toingg: ToinggSandbox, call_sid: str) -> list[State]:
    """Where a call has been."""
    return [state for state, _ in toingg.calls[call_sid].history]


def get(client: httpx.Client, path: str, **query: str) -> Any:
    """A successful GET's body."""
    response = client.get(f"/api/v3/{path}", params=query)
    assert response.status_code == 200
    return response.json()


@pytest.mark.parametrize(
    ("header", "detail"),
    [
        ("", "Not authenticated"),
        ("Basic tg_test_key", "Not authenticated"),
        ("Bearer tg_wrong_test_key", "Invalid API key"),
    ],
)
def test_without_the_right_key(
    toingg: ToinggSandbox, client: httpx.Client, header: str, detail: str
) -> None:
    """401 that asks for a Bearer, before the body is looked at."""
    response = client.post("/api/v3/make_call", json={}, headers={"Authorization": header})
    assert (response.status_code, response.json()) == (401, {"detail": detail})
    assert response.headers["www-authenticate"] == "Bearer"
    assert not toingg.calls


def test_a_call_is_made_in_an_envelope(toingg: ToinggSandbox, client: httpx.Client) -> None:
    """`make_call` answers a call id, and keeps the campaign's id and the extra parameters."""
    body = V3_CALL | {"extraParams": {"city": "Pune"}}
    answer = client.post("/api/v3/make_call", json=body).json()
    (call,) = toingg.calls.values()
    assert answer["status"] is True
    assert answer["result"] == {"callId": call.call_sid}
    assert (call.generation, call.campaign) == ("v3", V3_CALL["campID"])
    assert call.extra == {"city": "Pune"}
    missing = client.post("/api/v3/make_call", json={"name": "Jo", "phoneNumber": PHONE})
    assert missing.json()["detail"][0]["loc"] == ["body", "campID"]


def test_a_call_lives_and_is_hung_up(toingg: ToinggSandbox, client: httpx.Client) -> None:
    """It rings, is answered and goes on until it is hung up; a second hang-up finds it over."""
    call_sid = make_call(client)
    assert reaches(toingg, call_sid, "in-progress")
    answer = hang_up(toingg, client, call_sid)
    assert (answer.status_code, answer.json()["result"]) == (200, {"callSid": call_sid})
    assert states(toingg, call_sid) == ["initiated", "ringing", "in-progress", "completed"]
    again = hang_up(toingg, client, call_sid)
    assert (again.status_code, again.json()) == (404, {"detail": "Call is already over"})
    unknown = hang_up(toingg, client, "CA" + "0" * 32)
    assert (unknown.status_code, unknown.json()) == (404, {"detail": "Call not found"})


def test_a_ringing_call_is_canceled(toingg: ToinggSandbox, client: httpx.Client) -> None:
    """Hung up before it is answered it ends `canceled`, and nothing follows."""
    toingg.outcome(PHONE, "rings")
    call_sid = make_call(client)
    assert reaches(toingg, call_sid, "ringing")
    assert hang_up(toingg, client, call_sid).status_code == 200
    assert states(toingg, call_sid) == ["initiated", "ringing", "canceled"]


@pytest.mark.parametrize(
    ("outcome", "expected"),
    [
        ("busy", ["initiated", "busy"]),
        ("failed", ["initiated", "failed"]),
        ("no-answer", ["initiated", "ringing", "no-answer"]),
    ],
)
def test_the_other_end_by_number(
    toingg: ToinggSandbox, client: httpx.Client, outcome: Outcome, expected: list[State]
) -> None:
    """One number does what it was told to, all others answer."""
    toingg.outcome(PHONE, outcome)
    told, other = make_call(client), make_call(client, "+14155550199")
    assert reaches(toingg, told, expected[-1])
    assert states(toingg, told) == expected
    assert reaches(toingg, other, "in-progress")


def test_a_call_ends_by_itself(toingg: ToinggSandbox, client: httpx.Client) -> None:
    """With a time to talk for, the other end hangs up after it."""
    toingg.live(Life(ring_after=0.01, answer_after=0.01, talk_for=0.01))
    toingg.outcome(None, "answered")
    assert reaches(toingg, make_call(client), "completed")


@pytest.mark.parametrize(
    ("state", "outcome", "expected"),
    [
        ("initiated", "answered", (1, "ringing")),
        ("initiated", "rings", (1, "ringing")),
        ("initiated", "busy", (1, "busy")),
        ("initiated", "failed", (1, "failed")),
        ("ringing", "answered", (2, "in-progress")),
        ("ringing", "no-answer", (2, "no-answer")),
        ("ringing", "busy", (2, "busy")),
        ("ringing", "rings", None),
        ("in-progress", "answered", (3, "completed")),
        ("completed", "answered", None),
    ],
)
def test_what_follows_by_itself(
    state: State, outcome: Outcome, expected: tuple[float, State] | None
) -> None:
    """The next state and the seconds until then."""
    assert following(state, outcome, Life(1, 2, 3)) == expected


def test_the_other_end_by_hand(client: httpx.Client, toingg: ToinggSandbox) -> None:
    """A call moves forward only, never out of its end, and its clock doesn't contradict a hand."""
    toingg.live(Life(ring_after=60))
    call_sid = make_call(client)
    toingg.advance(call_sid, "in-progress")
    with pytest.raises(ValueError, match="can't become ringing"):
        toingg.advance(call_sid, "ringing")
    toingg.advance(call_sid, "completed", AnsweredBy="human")
    with pytest.raises(CallOver):
        toingg.advance(call_sid, "busy")
    with pytest.raises(KeyError):
        toingg.advance("CA" + "0" * 32, "busy")
    assert states(toingg, call_sid) == ["initiated", "in-progress", "completed"]
    assert toingg.calls[call_sid].fields == {"AnsweredBy": "human"}


def test_call_status_tells_times_and_a_string_of_seconds(
    toingg: ToinggSandbox, client: httpx.Client
) -> None:
    """Of either generation's calls, in both spellings."""
    body = {"campaign": "Spring", "name": "Jo", "phoneNumber": PHONE}
    query = {"apiKey": toingg.key}
    call_sid = client.post("/api/make_toingg/", params=query, json=body).json()["result"]["callSid"]
    assert reaches(toingg, call_sid, "in-progress")
    status = get(client, "call_status", callId=call_sid)["result"]
    assert (status["status"], status["end_time"], status["duration"]) == ("in-progress", None, "0")
    hang_up(toingg, client, call_sid)
    status = get(client, "call_status", callId=call_sid)["result"]
    assert status["status"] == "completed"
    start, end = (datetime.fromisoformat(status[name]) for name in ("start_time", "end_time"))
    assert start < end
    toingg.word(Replies(status_keys="camel"))
    status = get(client, "call_status", callId=call_sid)["result"]
    assert set(status) == {"status", "duration", "startTime", "endTime", "error"}
    assert client.get("/api/v3/call_status", params={"callId": "CA0"}).status_code == 404


def test_a_long_call_is_timed_and_paid_by_started_minutes(
    toingg: ToinggSandbox, client: httpx.Client
) -> None:
    """130 seconds are told as a string, and cost the two further minutes that were begun."""
    toingg.top_up(100)
    call_sid = make_call(client)
    assert reaches(toingg, call_sid, "in-progress")
    history = toingg.calls[call_sid].history
    history[-1] = ("in-progress", history[-1][1] - timedelta(seconds=130))
    assert toingg.balance == 100 - 12
    hang_up(toingg, client, call_sid)
    assert get(client, "call_status", callId=call_sid)["result"]["duration"] == "130"
    assert toingg.balance == 100 - 3 * 12


def test_what_was_said_is_told_after_the_end(toingg: ToinggSandbox, client: httpx.Client) -> None:
    """Conversation and analysis: refused in the envelope while the call goes on, then there."""
    call_sid = make_call(client)
    assert reaches(toingg, call_sid, "in-progress")
    for path in ("get_transcription", "get_post_call_analysis"):
        assert get(client, path, callId=call_sid)["status"] is False
    toingg.advance(call_sid, "completed")
    lines = get(client, "get_transcription", callId=call_sid)["result"]["transcription"]
    assert {line["role"] for line in lines} == {"assistant", "user"}
    assert "John Doe" in lines[0]["content"]
    analysis = get(client, "get_post_call_analysis", callId=call_sid)["result"]
    assert analysis["disposition"] == "interested"


def test_nothing_was_said_in_a_call_that_nobody_answered(
    toingg: ToinggSandbox, client: httpx.Client
) -> None:
    """Its conversation is empty, its disposition the state it ended in."""
    toingg.outcome(PHONE, "busy")
    call_sid = make_call(client)
    assert reaches(toingg, call_sid, "busy")
    assert get(client, "get_transcription", callId=call_sid)["result"]["transcription"] == []
    analysis = get(client, "get_post_call_analysis", callId=call_sid)["result"]
    assert analysis["disposition"] == "busy"


def test_campaigns_are_made_changed_and_listed(toingg: ToinggSandbox, client: httpx.Client) -> None:
    """Each spelling of the id on its own endpoint; pages newest first, as object or array."""
    ids = [
        client.post("/api/v3/create_campaign", json=CAMPAIGN | {"title": title}).json()["result"][
            "campaignId"
        ]
        for title in ("one", "two", "three")
    ]
    assert all(len(campaign_id) == 24 for campaign_id in ids)
    change = {"campaignModelData": {"tone": "warm"}, "campId": ids[0]}
    assert client.post("/api/v3/update_campaign", json=change).json()["status"] is True
    unknown = client.post("/api/v3/update_campaign", json=change | {"campId": "0" * 24})
    assert unknown.status_code == 404
    assert toingg.campaigns[ids[0]] == CAMPAIGN | {"title": "one", "tone": "warm"}
    listed = get(client, "get_campaigns")["result"]
    assert list(listed) == ids[::-1]
    assert list(get(client, "get_campaigns", skip="1", limit="1", sort="1")["result"]) == [ids[1]]
    toingg.word(Replies(campaigns="array"))
    assert [row["_id"] for row in get(client, "get_campaigns")["result"]] == ids[::-1]


def test_languages_and_voices(client: httpx.Client) -> None:
    """Strings under `languages`; named voices, some without a type, under the singular `voice`."""
    assert "hindi" in get(client, "get_supported_languages")["result"]["languages"]
    voices = get(client, "get_supported_voices")["result"]["voice"]
    assert all("name" in voice for voice in voices)
    assert {"type" in voice for voice in voices} == {True, False}
