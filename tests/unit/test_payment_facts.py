"""From events in the shape of every API version to facts; and bodies with anything missing in them.

The oldest shape is 2025-02-24.acacia's: from 2024-09-30.acacia to it nothing was broken
(docs.stripe.com/api/versioning).
"""

import copy
import json
import random
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.payments.facts import TYPES, read_fact
from bot.payments.fields import discreet, masked
from bot.payments.kinds import Fact, Group, Kind
from bot.payments.standing import fold
from bot.payments.words import news_of, shown_of
from bot.sandbox.stripe import VERSIONS, StripeSandbox
from bot.slack.blocks.payment_card import card

Event = dict[str, Any]


@cache
def events(version: str) -> tuple[Event, ...]:
    """One event at least of every type that is told, as the version has it."""
    stripe = StripeSandbox(api_version=version)
    with stripe.serve():
        paid = stripe.open(2500, "usd")
        stripe.fail(paid.id)
        stripe.pay(paid.id)
        stripe.refund(paid.id, 500)
        stripe.update_refund(paid.id)
        stripe.fail_refund(paid.id)
        stripe.fraud_warning(paid.id)
        stripe.dispute(paid.id)
        stripe.answer_dispute(paid.id)
        stripe.close_dispute(paid.id, won=True)
        for end in (stripe.async_succeed, stripe.async_fail):
            late = stripe.open(900, "usd")
            stripe.pay(late.id, delayed=True)
            end(late.id)
        stripe.expire(stripe.open(100, "usd").id)
        for fact in ("paid", "payment_failed", "payment_action_required", "finalization_failed"):
            stripe.invoice(fact)
        stripe.invoice("overdue")
        stripe.invoice("marked_uncollectible")
        known = stripe.subscription("created")
        stripe.subscription("updated", subscription=known, new_amount=3000)
        for then in ("paused", "resumed", "trial_will_end", "deleted"):
            stripe.subscription(then, subscription=known)
        stripe.payout("paid")
        stripe.payout("failed")
        stripe.payout("canceled")
        return tuple(json.loads(each.body) for each in stripe.events)


def told(version: str) -> list[Fact]:
    """The facts of them."""
    return [fact for each in events(version) if (fact := read_fact(each)) is not None]


def of_type(type_: str, version: str = VERSIONS[-1]) -> Event:
    """The first event of a type, to be changed."""
    return copy.deepcopy(next(each for each in events(version) if each["type"] == type_))


@pytest.mark.parametrize("version", VERSIONS)
def test_every_type_in_every_version(version: str) -> None:
    """Each type gives a fact with its amount; the payment's identity is the same in all of them."""
    facts = {each["type"]: read_fact(each) for each in events(version)}
    assert {type_ for type_, fact in facts.items() if fact is not None} == TYPES
    completed = facts["checkout.session.completed"]
    assert completed is not None
    assert completed.ids[0].startswith("pi_")
    assert completed.session_id is not None
    for type_, fact in facts.items():
        if fact is not None and fact.kind is not Kind.FRAUD_WARNING:
            assert (type_, fact.currency) == (type_, "USD")
            assert fact.amount is not None
            assert fact.amount > 0


@pytest.mark.parametrize("version", VERSIONS)
def test_the_invoice_and_its_payment(version: str) -> None:
    """Before Basil an invoice names its payment intent, and both are one payment."""
    paid = read_fact(of_type("invoice.paid", version))
    assert paid is not None
    assert paid.ids[0].startswith("pi_" if version < "2025-03-31" else "in_")
    assert (paid.amount, paid.who) == (2000, "j•••@example.com")


def test_what_is_never_told() -> None:
    """Each of these says what another one says already."""
    silent = {each["type"] for each in events(VERSIONS[-1])} - TYPES
    assert {"charge.succeeded", "invoice.payment_succeeded", "payment_intent.created"} <= silent


def test_an_unpaid_session_is_pending() -> None:
    """A bank debit is on its way; nothing to pay is paid; a setup is no payment."""
    event = of_type("checkout.session.completed")
    for status, kind in (("unpaid", Kind.PENDING), ("no_payment_required", Kind.PAID)):
        event["data"]["object"]["payment_status"] = status
        fact = read_fact(event)
        assert fact is not None
        assert fact.kind is kind
    event["data"]["object"]["mode"] = "setup"
    assert read_fact(event) is None


@pytest.mark.parametrize(
    ("before", "is_told"),
    [
        ({"status": "trialing"}, True),
        ({"cancel_at_period_end": False}, True),
        ({"metadata": {}}, False),
        ({"latest_invoice": "in_1"}, False),
        ({"items": "old price"}, True),
        ({"items": "only the period"}, False),
        ({"items": None}, False),
        (None, False),
    ],
)
def test_changed_subscriptions(before: Any, *, is_told: bool) -> None:
    """Told where status, price or end has changed; since Basil a renewal changes the items."""
    event = of_type("customer.subscription.updated")
    now = event["data"]["object"]["items"]["data"]
    if before == {"items": "old price"}:
        before = {"items": {"data": [now[0] | {"price": {"id": "price_old"}}]}}
    elif before == {"items": "only the period"}:
        before = {"items": {"data": [now[0] | {"current_period_end": 1}]}}
    event["data"]["previous_attributes"] = before
    assert (read_fact(event) is not None) is is_told


def test_the_flat_period_before_basil() -> None:
    """Where it ends stood in the subscription, and stands in its items now."""
    for version in (VERSIONS[0], VERSIONS[-1]):
        event = of_type("customer.subscription.created", version)
        event["data"]["object"]["cancel_at_period_end"] = True
        fact = read_fact(event)
        assert fact is not None
        assert fact.due_at is not None


def test_before_2022_a_charge_stood_in_its_intent() -> None:
    """So did who paid."""
    event = of_type("payment_intent.succeeded")
    charge = {"billing_details": {"email": "kim@example.com"}}
    event["data"]["object"]["charges"] = {"data": [charge]}
    fact = read_fact(event)
    assert fact is not None
    assert fact.who == "k•••@example.com"


@pytest.mark.parametrize(
    ("email", "name", "shown"),
    [
        ("jenny.rosen@example.com", "Jenny Rosen", "j•••@example.com"),
        ("", "Jenny van Rosen", "J. v. R."),
        ("not an address", "", ""),
        ("", "", ""),
        ("<!channel>@x", "Ann", "A."),
    ],
)
def test_who(email: str, name: str, shown: str) -> None:
    """Enough to recognize somebody by, and no more."""
    assert masked(email, name) == shown


def test_descriptions_hold_nobodys_address_or_number() -> None:
    """What a shop writes there may hold anything."""
    said = discreet("For  kim@example.com\n call +1 415 555 0132")
    assert said == "For k•••@example.com call •••••32"


# Anything may be missing


def _paths(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    inner = value.items() if isinstance(value, dict) else enumerate(value)
    for name, each in inner:
        yield (*path, name)
        if isinstance(each, dict | list):
            yield from _paths(each, (*path, name))


def _put(event: Event, path: tuple[Any, ...], change: Callable[[Any, Any], None]) -> None:
    at: Any = event
    for name in path[:-1]:
        at = at[name]
    change(at, path[-1])


def _gone(at: Any, name: Any) -> None:
    del at[name]


def _becomes(value: Any) -> Callable[[Any, Any], None]:
    def change(at: Any, name: Any) -> None:
        at[name] = value

    return change


STRANGE: tuple[Any, ...] = (
    None,
    "",
    "x",
    -1,
    10**30,
    1.5,
    True,
    [],
    {},
    [None],
    {"id": None},
    {"data": [1]},
)
CHANGES = (_gone, *map(_becomes, STRANGE))


def says_something(event: Event) -> None:
    """The event is read, shown and told of without a fault, with money or without."""
    fact = read_fact(event)
    if fact is None:
        return
    standing = fold([fact])
    shown = shown_of(standing, [fact], "en_US")
    assert all(len(block["text"]["text"]) <= 3000 for block in card(shown)["blocks"][:1])
    assert shown.amount
    assert all(news_of(fold([]), standing, "en_US"))
    assert news_of(standing, standing, "en_US") == []


@pytest.mark.parametrize("version", [VERSIONS[0], VERSIONS[-1]])
def test_a_field_that_is_missing_null_or_new(version: str) -> None:
    """Each field of each type in turn is left out, and is everything that it shouldn't be."""
    wanted = {each["type"]: each for each in events(version) if each["type"] in TYPES}
    chance = random.Random(6)
    for event in wanted.values():
        for path in _paths(event):
            for change in (_gone, _becomes(None), *chance.sample(CHANGES, 3)):
                changed = copy.deepcopy(event)
                _put(changed, path, change)
                says_something(changed)


@settings(max_examples=300, deadline=None)
@given(
    type_=st.sampled_from(sorted(TYPES)),
    thing=st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(["id", "amount", "currency", "items", "data", "payment_intent"])
                | st.text(max_size=8),
                inner,
                max_size=6,
            )
        ),
        max_leaves=20,
    ),
)
def test_any_object(type_: str, thing: Any) -> None:
    """Whatever an event holds, reading it does no harm."""
    says_something({"type": type_, "id": "evt_1", "created": 1, "data": {"object": thing}})


def test_groups() -> None:
    """Each kind is told to somebody, and each group is told something."""
    assert {kind.group for kind in Kind} == set(Group)
    assert len({kind.rank for kind in Kind}) == len(Kind)
