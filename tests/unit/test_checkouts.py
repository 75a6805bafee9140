"""The checkout's pure decisions: which link may be given out, which payment counts for it."""

from datetime import UTC, datetime, timedelta

import pytest

from bot.payments.account import Session, Unseen, session_of
from bot.payments.crediting import Fault, disagreement
from bot.payments.kinds import Fact, Kind
from bot.payments.link import LinkRules, link_of, may_open
from bot.slack.blocks import checkout_card
from bot.toingg.client import CheckoutSession
from storage.checkouts import Checkout, State

NOW = datetime(2026, 11, 25, 12, 0, tzinfo=UTC)
PAGE = "https://checkout.stripe.com/c/pay/cs_test_1"
SESSION = Session(PAGE, livemode=False, amount=2500, currency="USD", expires_at=NOW)
RULES = LinkRules(watched=True, local=False)


def checkout(**more: object) -> Checkout:
    """An open one of 25 USD in test mode."""
    values: dict[str, object] = {
        **dict.fromkeys(Checkout.__dataclass_fields__),
        "id": "c1",
        "workspace_id": "W1",
        "asked_by": "U1",
        "asked_at": NOW,
        "state": State.OPEN,
        "session_id": "cs_test_1",
        "url": PAGE,
        "watched": True,
        "livemode": False,
        "amount": 2500,
        "currency": "USD",
        "version": 1,
        **more,
    }
    return Checkout(**values)  # type: ignore[arg-type]


def fact(**more: object) -> Fact:
    """25 USD were paid in test mode."""
    values: dict[str, object] = {
        "event_id": "evt_1",
        "kind": Kind.PAID,
        "at": NOW,
        "livemode": False,
        "ids": ("pi_1", "cs_test_1"),
        "of": "cs_test_1",
        "amount": 2500,
        "currency": "USD",
        **more,
    }
    return Fact(**values)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("of_link", "of_fact", "currency", "fault"),
    [
        ({}, {}, "USD", None),
        ({}, {}, None, None),
        ({"amount": None, "currency": None}, {}, "USD", None),
        ({}, {"livemode": True}, "USD", Fault.MODE),
        ({"livemode": True}, {}, "USD", Fault.MODE),
        ({"livemode": True}, {"livemode": True}, "USD", None),
        ({"livemode": None}, {}, "USD", Fault.MODE),
        ({"livemode": None}, {"livemode": True}, "USD", None),
        ({}, {"currency": "EUR"}, "EUR", Fault.CURRENCY),
        ({"currency": None}, {"currency": "EUR"}, "USD", Fault.CURRENCY),
        ({"currency": "EUR"}, {"currency": "EUR"}, "USD", Fault.CURRENCY),
        ({"currency": "EUR"}, {"currency": "EUR"}, None, None),
        ({}, {"currency": ""}, None, Fault.CURRENCY),
        ({}, {"amount": 2499}, "USD", Fault.AMOUNT),
        ({}, {"amount": None}, "USD", Fault.AMOUNT),
        ({"amount": None}, {"amount": None}, "USD", Fault.AMOUNT),
        ({"amount": None}, {"amount": 1}, "USD", None),
    ],
)
def test_what_agrees(
    of_link: dict[str, object],
    of_fact: dict[str, object],
    currency: str | None,
    fault: Fault | None,
) -> None:
    """Mode, currency and amount all have to, as far as they are known of the link."""
    assert disagreement(checkout(**of_link), fact(**of_fact), currency) is fault


@pytest.mark.parametrize(
    ("url", "local", "may"),
    [
        (PAGE, False, True),
        ("https://checkout.stripe.com:443/c/pay/x", False, True),
        ("https://CHECKOUT.STRIPE.COM/c/pay/x", False, True),
        ("http://checkout.stripe.com/c/pay/x", False, False),
        ("https://checkout.stripe.com:8443/c/pay/x", False, False),
        ("https://a:b@checkout.stripe.com/c/pay/x", False, False),
        ("https://checkout.stripe.com.evil.example/", False, False),
        ("https://evil.example/checkout.stripe.com", False, False),
        ("javascript:alert(1)", True, False),
        ("https://[::1", True, False),
        ("http://127.0.0.1:8401/c/pay/x", False, False),
        ("http://127.0.0.1:8401/c/pay/x", True, True),
        ("http://localhost:8401/c/pay/x", True, True),
        ("http://10.0.0.1/c/pay/x", True, False),
    ],
)
def test_where_a_button_may_lead(url: str, local: bool, may: bool) -> None:  # noqa: FBT001 - a table
    """Only https at Stripe's own page; this machine in the sandbox."""
    assert may_open(url, local=local) is may


@pytest.mark.parametrize(
    ("answer", "seen", "url", "watched", "livemode", "amount"),
    [
        ((PAGE, "cs_test_1"), Unseen.NOT_ASKED, PAGE, True, False, None),
        ((None, "cs_live_1"), Unseen.NOT_ASKED, None, True, True, None),
        ((None, "ab12"), Unseen.NOT_ASKED, None, True, None, None),
        ((None, "cs_test_1"), SESSION, PAGE, True, False, 2500),
        (("https://toingg.example/pay", "cs_test_1"), SESSION, PAGE, True, False, 2500),
        ((PAGE, "cs_test_1"), Unseen.NOT_OURS, PAGE, False, False, None),
        ((PAGE, "cs_test_1"), Unseen.AWAY, PAGE, True, False, None),
    ],
)
def test_what_is_known_of_a_session(
    answer: tuple[str | None, str | None],
    seen: Session | Unseen,
    url: str | None,
    watched: bool,  # noqa: FBT001 - a table
    livemode: bool | None,  # noqa: FBT001 - a table
    amount: int | None,
) -> None:
    """Stripe's word where it is ours, else what the id tells."""
    link = link_of(CheckoutSession(*answer), seen, RULES, NOW)
    assert (link.url, link.watched, link.livemode) == (url, watched, livemode)
    assert link.amount == amount
    assert link.expires_at == (NOW if seen is SESSION else NOW + timedelta(hours=24))


@pytest.mark.parametrize(
    "said",
    [
        {},
        {"url": 1, "livemode": "true", "amount_total": "25", "currency": 3, "expires_at": "x"},
        {"amount_total": True, "expires_at": True},
    ],
)
def test_what_stripe_does_not_say(said: dict[str, object]) -> None:
    """Whatever isn't of its type wasn't said."""
    assert session_of(said) == Session(None, False, None, None, None)


def test_foreign_words_on_the_card() -> None:
    """Who paid, Toingg's words and a session's id stay text."""
    hostile = "<!channel> <https://evil.example|x> `*"
    for each in (
        checkout(state=State.PAID, paid=1, paid_currency="USD", paid_by=hostile),
        checkout(state=State.REFUSED, said=hostile),
        checkout(state=State.UNCERTAIN, said=hostile),
        checkout(url=None, session_id=hostile),
    ):
        shown = str(
            checkout_card.card(each, lambda minor, code: f"{minor} {code}", takes_word=True)
        )
        assert "<!channel>" not in shown
        assert "<https://evil" not in shown
