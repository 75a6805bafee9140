"""What a payment does to the database: each disagreement credits nothing, the rest counts once."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from cryptography.fernet import Fernet
from sqlalchemy import Connection, update

from bot.campaigns.pace import Price
from bot.payments.crediting import Crediting, Money
from bot.payments.kinds import Fact, Kind
from storage import budget, campaigns, checkouts, workspaces
from storage.campaigns import CAMPAIGNS, Campaign, Stage
from storage.checkouts import CHECKOUTS, Checkout, Link, NewCheckout, State
from storage.rows import Kind as Row
from storage.secrets import Vault
from storage.webhooks import StoredEvent
from storage.workspaces import Installation

NOW = datetime(2026, 11, 25, 12, 0, tzinfo=UTC)
SESSION = "cs_test_abc"
PRICE = Price(120_000, 2)


def workspace(connection: Connection, team: str) -> str:
    """A workspace with a balance of nothing."""
    at = Installation("", team, team, f"https://{team}.slack.com/", "UB", "B1", "commands")
    vault = Vault([Fernet.generate_key().decode()])
    made = workspaces.adopt(connection, vault, at, {}, now=NOW)
    budget.credit(connection, made.id, key="opening:1", amount=0, now=NOW)
    return made.id


def link(connection: Connection, workspace_id: str, **more: Any) -> Checkout:
    """An open link of 25 USD in test mode."""
    new = NewCheckout(workspace_id, f"click:{more}", "U1", "C1")
    asked = checkouts.ask(connection, new, run="", now=NOW).checkout
    assert asked is not None
    known: dict[str, Any] = {
        "session_id": SESSION,
        "url": "https://checkout.stripe.com/c/pay/x",
        "watched": True,
        "livemode": False,
        "amount": 2500,
        "currency": "USD",
        "expires_at": NOW + timedelta(hours=24),
    }
    opened = checkouts.opened(connection, asked, Link(**known | more))
    assert opened is not None
    return opened


def waiting(connection: Connection, workspace_id: str) -> Campaign:
    """A campaign that waits for money."""
    new = campaigns.NewCampaign(workspace_id, "c", Row.CALL, "Spring", "Spring", "U1", "C1")
    made = campaigns.create(connection, new, run="", now=NOW)
    assert made is not None
    mine = update(CAMPAIGNS).where(CAMPAIGNS.c.id == made.id)
    connection.execute(mine.values(state=Stage.HELD))
    return made


def pay(connection: Connection, workspace_id: str, **more: Any) -> None:
    """Stripe tells this workspace of a payment; of 25 USD in test mode unless said otherwise."""
    values: dict[str, Any] = {
        "event_id": "evt_1",
        "kind": Kind.PAID,
        "at": NOW,
        "livemode": False,
        "ids": ("pi_1", SESSION),
        "of": SESSION,
        "amount": 2500,
        "currency": "USD",
        "who": "j•••@example.com",
    }
    event = StoredEvent(1, workspace_id, "evt_1", "", NOW, livemode=False, body=None)
    crediting = Crediting(None, lambda: NOW, lambda _: Money("USD", PRICE))  # type: ignore[arg-type]
    crediting(connection, Fact(**values | more), event)


def now_of(connection: Connection, checkout: Checkout) -> Checkout:
    """The checkout as it is."""
    found = checkouts.get(connection, checkout.workspace_id, checkout.id)
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("told_to", "said", "fault"),
    [
        ("T2", {}, None),
        ("T1", {"livemode": True}, "mode"),
        ("T1", {"currency": "EUR"}, "currency"),
        ("T1", {"amount": 2600}, "amount"),
        ("T1", {"amount": None}, "amount"),
    ],
)
def test_each_disagreement(
    connection: Connection, told_to: str, said: dict[str, Any], fault: str | None
) -> None:
    """Nobody's balance moves, nothing goes on, and the card's row says why (nothing where another
    workspace was told); then the right one counts all the same.
    """
    teams = {team: workspace(connection, team) for team in ("T1", "T2")}
    checkout, campaign = link(connection, teams["T1"]), waiting(connection, teams["T1"])
    pay(connection, teams[told_to], **said)
    found = now_of(connection, checkout)
    assert (found.state, found.fault, found.credited) == (State.OPEN, fault, None)
    assert [budget.balance(connection, each) for each in teams.values()] == [0, 0]
    held = campaigns.get(connection, teams["T1"], campaign.id)
    assert held is not None
    assert held.state is Stage.HELD

    pay(connection, teams["T1"])
    found = now_of(connection, checkout)
    assert (found.state, found.fault, found.credited) == (State.PAID, None, 25_000_000)
    assert [budget.balance(connection, each) for each in teams.values()] == [25_000_000, 0]


def test_it_counts_once(connection: Connection) -> None:
    """Told again and again, on two cards of one session: one credit, one resumption."""
    home = workspace(connection, "T1")
    first, second = link(connection, home), link_of_hold(connection, home)
    waiting(connection, home)
    for _ in range(3):
        pay(connection, home)
    assert budget.balance(connection, home) == 25_000_000
    assert {now_of(connection, each).state for each in (first, second)} == {State.PAID}
    resumed = campaigns.EVENTS.c.kind == campaigns.Happened.RESUMED
    assert len(campaigns.events(connection, resumed, limit=9)) == 1


def link_of_hold(connection: Connection, workspace_id: str) -> Checkout:
    """A second card of the open link."""
    new = NewCheckout(workspace_id, "hold:1", "U1", "C1", thread_ts="1.0", campaign_id="c")
    made = checkouts.ask_for_hold(connection, new, run="", now=NOW)
    assert made is not None
    assert made.session_id == SESSION
    return made


def test_paid_after_its_time(connection: Connection) -> None:
    """What Stripe says was paid is paid, though the link has expired here."""
    home = workspace(connection, "T1")
    checkout = link(connection, home)
    assert checkouts.expire(connection, now=NOW + timedelta(hours=25))
    pay(connection, home)
    pay(connection, home, kind=Kind.EXPIRED, amount=None)
    assert now_of(connection, checkout).state is State.PAID
    assert budget.balance(connection, home) == 25_000_000


def test_another_amount_than_somebody_said(connection: Connection) -> None:
    """What was credited on a person's word stays, and the difference is told, not credited."""
    home = workspace(connection, "T1")
    checkout = link(connection, home, watched=False)
    crediting = Crediting(None, lambda: NOW, lambda _: Money("USD", PRICE))  # type: ignore[arg-type]
    assert crediting._vouch(connection, checkout=checkout, actor="U1", amount=2000)
    assert not crediting._vouch(connection, checkout=checkout, actor="U1", amount=2000)
    pay(connection, home)
    found = now_of(connection, checkout)
    assert (found.state, found.fault, found.paid) == (State.PAID, "counted", 2000)
    assert budget.balance(connection, home) == 20_000_000


@pytest.mark.parametrize(
    ("kind", "state"),
    [
        (Kind.PENDING, State.COMPLETING),
        (Kind.FAILED, State.FAILED),
        (Kind.EXPIRED, State.EXPIRED),
        (Kind.REFUNDED, State.OPEN),
    ],
)
def test_short_of_a_payment(connection: Connection, kind: Kind, state: State) -> None:
    """What a session comes to without a payment; another workspace's word moves nothing."""
    home, other = workspace(connection, "T1"), workspace(connection, "T2")
    checkout = link(connection, home)
    pay(connection, other, kind=kind)
    assert now_of(connection, checkout).state is State.OPEN
    pay(connection, home, kind=kind)
    assert now_of(connection, checkout).state is state
    assert budget.balance(connection, home) == 0


def test_a_failed_try_leaves_the_link_open(connection: Connection) -> None:
    """A declined card is a fact of the payment, not of the session: one may try again."""
    home = workspace(connection, "T1")
    checkout = link(connection, home)
    pay(connection, home, kind=Kind.FAILED, of="pi_1")
    assert now_of(connection, checkout).state is State.OPEN


def test_two_at_once_by_one_person(connection: Connection) -> None:
    """While a link is being made, or is open, there is no second one of the same person."""
    home = workspace(connection, "T1")
    one = checkouts.ask(connection, NewCheckout(home, "a", "U1", "C1"), run="", now=NOW)
    two = checkouts.ask(connection, NewCheckout(home, "b", "U1", "C2"), run="", now=NOW)
    other = checkouts.ask(connection, NewCheckout(home, "c", "U2", "C1"), run="", now=NOW)
    again = checkouts.ask(connection, NewCheckout(home, "c", "U2", "C1"), run="", now=NOW)
    assert (one.is_new, two.is_new, other.is_new, again.is_new) == (True, False, True, False)
    assert two.checkout == one.checkout
    late = NOW + timedelta(hours=23, minutes=59)
    connection.execute(update(CHECKOUTS).values(state=State.OPEN, url="x", expires_at=late))
    three = checkouts.ask(connection, NewCheckout(home, "d", "U1", "C1"), run="", now=late)
    assert three.is_new
