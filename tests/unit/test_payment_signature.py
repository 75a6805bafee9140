"""Stripe's signature, beside what Stripe's own library says of it."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from stripe import SignatureVerificationError, WebhookSignature

from bot.payments.signature import is_signed

NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)
AT = int(NOW.timestamp())
SECRET, OTHER = "whsec_test_one", "whsec_test_other"
BODY = '{"id": "evt_1", "name": "Zoë"}'


def header(secret: str = SECRET, at: int = AT, body: str = BODY) -> str:
    """A header by Stripe's library."""
    return str(WebhookSignature.generate_signature_header(body, secret, at))


@pytest.mark.parametrize(
    ("given_header", "proves"),
    [
        (header(), True),
        (header(OTHER), False),
        (f"{header(OTHER)},{header().partition(',')[2]}", True),
        (f"{header()},v0=00", True),
        (header(body=f"{BODY} "), False),
        ("", False),
        (f"t={AT}", False),
        (header().partition(",")[2], False),
        (header().replace("v1=", "v0="), False),
        (header().replace("t=", "t=x"), False),
        (header().replace("t=", "t=٣"), False),
        (f"t={'9' * 400},v1=00", False),
    ],
)
def test_headers(given_header: str, *, proves: bool) -> None:
    """One right `v1` of any is enough; nothing stands in for it."""
    assert is_signed([SECRET], BODY.encode(), given_header, NOW) is proves


@pytest.mark.parametrize(
    ("seconds", "proves"), [(0, True), (300, True), (301, False), (-300, True), (-301, False)]
)
def test_both_sides_of_the_tolerance(seconds: int, *, proves: bool) -> None:
    """Five minutes old, and five ahead, are what clocks may be off."""
    moment = NOW + timedelta(seconds=seconds)
    assert is_signed([SECRET], BODY.encode(), header(), moment) is proves


def test_secrets() -> None:
    """Any of them; a blank one, which anybody knows, is none."""
    raw = BODY.encode()
    assert is_signed([OTHER, SECRET], raw, header(), NOW)
    assert not is_signed([], raw, header(), NOW)
    assert not is_signed([""], raw, header(""), NOW)


@given(
    body=st.text(),
    text=st.text() | st.builds(header, st.sampled_from([SECRET, OTHER]), body=st.just(BODY)),
)
@example(body=BODY, text=header())
def test_what_is_taken_stripes_library_takes(body: str, text: str) -> None:
    """Nothing gets in that Stripe's library, whose tolerance is off here, would refuse."""
    if is_signed([SECRET], body.encode(), text, NOW):
        assert WebhookSignature.verify_header(body, text, SECRET, tolerance=0)
    else:
        with pytest.raises(SignatureVerificationError):
            WebhookSignature.verify_header(body, text, SECRET, tolerance=0)
