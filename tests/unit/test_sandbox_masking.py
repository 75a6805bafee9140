"""What the wire's log of the sandbox's page hides, and what it leaves."""

import json

import pytest

from bot.sandbox.page.masking import HIDDEN, Masking

KEY = "toingg-test-key"


@pytest.mark.parametrize(
    ("text", "left"),
    [
        (f"the key is {KEY}.", f"the key is {HIDDEN}."),
        ("Bearer abc.def-1", HIDDEN),
        ("/commands/T0SANDBOX/3/s3cr-et_", f"/commands/T0SANDBOX/3/{HIDDEN}"),
        ("/actions/T0SANDBOX/3/s3cret?x=1", f"/actions/T0SANDBOX/3/{HIDDEN}?x=1"),
        ("17.90210." + "a1" * 16, HIDDEN),
        ("4724469134.0123." + "a1" * 32, HIDDEN),
        ("xoxb-1-2-abc and xapp-1-A", f"{HIDDEN} and {HIDDEN}"),
        ("whsec_abc, sk_test_abc", f"{HIDDEN}, {HIDDEN}"),
        ("/upload/v1/F0000000001", f"/upload/v1/{HIDDEN}"),
        ("1700000000.000100", "1700000000.000100"),
        ("Call John at +14155550132", "Call John at +14155550132"),
    ],
)
def test_secrets_are_known_by_their_look_and_by_heart(text: str, left: str) -> None:
    """What looks secret, and what is known to be, is hidden in any text; the rest is left."""
    assert Masking([KEY, ""]).text(text) == left


def test_headers_and_parameters_are_hidden_by_their_name() -> None:
    """A secret's name is enough, whatever its value looks like."""
    masking = Masking([])
    headers = {"authorization": "x", "X-Slack-Signature": "v0=1", "Host": "127.0.0.1"}
    assert masking.fields(headers) == {
        "authorization": HIDDEN,
        "X-Slack-Signature": HIDDEN,
        "Host": "127.0.0.1",
    }
    assert masking.query("apiKey=abc&callSid=CA1") == f"apiKey={HIDDEN}&callSid=CA1"


@pytest.mark.parametrize(
    ("body", "shown"),
    [
        (b'{"apikey": "x", "in": [{"client_secret": "y"}], "n": 1}', "json"),
        (b"token=x&payload=%7B%22trigger_id%22%3A%20%22t%22%2C%20%22n%22%3A%201%7D", "form"),
    ],
)
def test_bodies_are_hidden_in_all_their_depth(body: bytes, shown: str) -> None:
    """JSON within JSON, and JSON in a form's `payload`, are read before they are shown."""
    read = json.loads(Masking([]).body(body))
    if shown == "json":
        assert read == {"apikey": HIDDEN, "in": [{"client_secret": HIDDEN}], "n": 1}
    else:
        assert read == {"token": HIDDEN, "payload": {"trigger_id": HIDDEN, "n": 1}}


@pytest.mark.parametrize("body", [b"", None, ""])
def test_no_body_is_nothing(body: bytes | str | None) -> None:
    """Nothing is shown of nothing."""
    assert Masking([KEY]).body(body) == ""


@pytest.mark.parametrize("body", [b"\xff\xfe", b"{broken", b"plain words", b"[1, 2"])
def test_what_is_no_json_and_no_form_is_shown_as_it_came(body: bytes) -> None:
    """A malformed body is what somebody wants to see."""
    assert Masking([KEY]).body(body) == body.decode(errors="replace")
