"""What an event does: one transaction from the fact to the messages that are to be posted of it."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from pydantic import TypeAdapter

from bot.clock import Clock
from bot.logs import Action, log
from bot.payments.facts import read_fact
from bot.payments.kinds import Fact
from bot.payments.money import amount_in_millionths
from bot.payments.standing import Standing, fold
from bot.payments.words import news_of, reminder_of
from storage import Connection, payments, subscriptions, webhooks
from storage.payments import Payment
from storage.subscriptions import Subscription
from storage.webhooks import Outcome, StoredEvent

_FACTS = TypeAdapter(Fact)


class Reaction(Protocol):
    """What else a fact does, in the transaction in which it is processed.

    It may be run again, and an event that is replayed comes once more.
    """

    def __call__(self, connection: Connection, fact: Fact, event: StoredEvent) -> None:
        """Reacts to the fact."""
        ...


@dataclass(frozen=True)
class Processing:
    """Processes events, each in one transaction, as often as that may happen.

    `locale` of a workspace, by its id.
    """

    locale: Callable[[str], str]
    clock: Clock
    reactions: Sequence[Reaction]

    def take(self, connection: Connection, id_: int) -> None:
        """Processes a stored event, unless that is done."""
        event = webhooks.take(connection, id_, now=self.clock())
        if event is None or event.body is None:
            return
        fact = read_fact(json.loads(event.body))
        if fact is None:
            webhooks.finish(connection, event.id, Outcome.UNWANTED)
            log(Action.EVENT_UNWANTED, event_id=event.event_id)
        else:
            self(connection, event, fact)

    def __call__(self, connection: Connection, event: StoredEvent, fact: Fact) -> None:
        """What the fact changes, with every reaction to it."""
        now = self.clock()
        payment = payments.of_ids(
            connection, event.workspace_id, fact.ids, livemode=fact.livemode, now=now
        )
        known = facts_of(connection, payment.id)
        before = fold(known)
        after = before if fact in known else fold([*known, fact])
        stored = _FACTS.dump_python(fact, mode="json")
        webhooks.finish(connection, event.id, Outcome.FACT, payment_id=payment.id, fact=stored)
        if after != before:
            self._announce(connection, payment, fact, before, after, now)
        for react in self.reactions:
            react(connection, fact, event)
        log(Action.FACT, kind=fact.kind, event_id=fact.event_id)

    def _announce(
        self,
        connection: Connection,
        payment: Payment,
        fact: Fact,
        before: Standing,
        after: Standing,
        now: datetime,
    ) -> None:
        lines = news_of(before, after, self.locale(payment.workspace_id))
        remind_at = after.remind_at(now)
        version = payments.advance(connection, payment, lines, remind_at=remind_at, now=now)
        if not after.is_told_by(fact):
            return
        told = subscriptions.of_workspace(connection, payment.workspace_id)
        channels = [(each.channel, each.by) for each in told if is_wanted(fact, after, each)]
        payments.begin(connection, payment, version, channels, now=now)

    def remind(self, connection: Connection, payment_id: str) -> None:
        """Tells that a dispute's evidence is due soon, unless that was told."""
        now = self.clock()
        payment = payments.reminded(connection, payment_id, now=now)
        if payment is None:
            return
        standing = standing_of(connection, payment.id)
        lines = reminder_of(standing, now)
        next_one = standing.remind_at(now)
        payments.advance(connection, payment, lines, remind_at=next_one, now=now)


def standing_of(connection: Connection, payment_id: str) -> Standing:
    """How a payment stands, by all the facts that are stored of it."""
    return fold(facts_of(connection, payment_id))


def facts_of(connection: Connection, payment_id: str) -> list[Fact]:
    """All facts that are stored of a payment, in the order of arrival."""
    return [_FACTS.validate_python(each) for each in webhooks.facts(connection, payment_id)]


def is_wanted(fact: Fact, standing: Standing, subscription: Subscription) -> bool:
    """Whether this fact begins a message in the channel of a subscription: pure.

    What names no amount has none that is too small, and none in another currency.
    """
    if fact.kind.group not in subscription.groups:
        return False
    if subscription.mode not in ("both", "live" if fact.livemode else "test"):
        return False
    currency = standing.currency or fact.currency
    if subscription.currency and currency and subscription.currency != currency:
        return False
    amount = standing.amount if standing.amount is not None else fact.amount
    if subscription.minimum is None or amount is None:
        return True
    return amount_in_millionths(amount, currency) >= subscription.minimum
