"""A payment closes the loop: the checkout's card says it, the balance gets it, and what waited for
money goes on.

All of it is one transaction, that of the event which told of the payment. A payment that doesn't
agree with the link that was given out credits nothing.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from functools import partial

from bot.campaigns.money import go_on
from bot.campaigns.pace import Price
from bot.clock import Clock
from bot.errors import InputError, OutOfDate
from bot.logs import Action, log
from bot.payments.kinds import Fact, Kind
from bot.payments.money import amount_in_millionths, amount_of, exponent_of
from storage import Connection, audit, budget, checkouts
from storage.checkouts import Checkout, State
from storage.engine import Database
from storage.webhooks import StoredEvent

_SHORT_OF_PAID: dict[Kind, tuple[State, tuple[State, ...]]] = {
    Kind.PENDING: (State.COMPLETING, (State.OPEN, State.EXPIRED)),
    Kind.FAILED: (State.FAILED, (State.OPEN, State.EXPIRED, State.COMPLETING)),
    Kind.EXPIRED: (State.EXPIRED, (State.OPEN,)),
}
"""What a session's other facts make of its checkout, and where it must stand for that."""

_AMOUNT = re.compile(r"[0-9]{1,9}(\.[0-9]{1,3})?")


class Fault(StrEnum):
    """How a payment and the link that was given out disagree."""

    MODE = "mode"
    CURRENCY = "currency"
    AMOUNT = "amount"
    COUNTED = "counted"


@dataclass(frozen=True)
class Money:
    """What a workspace's balance is in, and what a call of its campaigns costs."""

    currency: str
    price: Price


def disagreement(checkout: Checkout, fact: Fact, currency: str | None) -> Fault | None:
    """How the payment doesn't fit the link: pure.

    `currency` is the balance's, None where there is no balance. A link of which nobody knows the
    mode is live.
    """
    if fact.livemode is not (True if checkout.livemode is None else checkout.livemode):
        return Fault.MODE
    if not {checkout.currency, currency} <= {None, fact.currency}:
        return Fault.CURRENCY
    if fact.amount is None or checkout.amount not in (None, fact.amount):
        return Fault.AMOUNT
    return None


class Crediting:
    """What payments do to checkouts, balances and campaigns."""

    def __init__(self, database: Database, clock: Clock, money: Callable[[str], Money]) -> None:
        """`money` of a workspace, by its id."""
        self._database = database
        self._clock = clock
        self._money = money

    def __call__(self, connection: Connection, fact: Fact, event: StoredEvent) -> None:
        """Reacts to a fact of a checkout session, in the transaction of its event.

        Only the cards of the workspace that Stripe told: another's aren't its to move.
        """
        session_id = fact.session_id
        if session_id is None or fact.of != session_id:
            return
        for checkout in checkouts.of_session(connection, event.workspace_id, session_id):
            if fact.kind is Kind.PAID:
                self._paid(connection, checkout, fact)
            elif fact.kind in _SHORT_OF_PAID:
                to, from_ = _SHORT_OF_PAID[fact.kind]
                checkouts.ended(connection, checkout, to, from_=from_)

    def _paid(self, connection: Connection, checkout: Checkout, fact: Fact) -> None:
        has_balance = budget.balance(connection, checkout.workspace_id) is not None
        currency = self._money(checkout.workspace_id).currency if has_balance else None
        fault = disagreement(checkout, fact, currency)
        amount = fact.amount or 0
        if fault is None and checkout.confirmed_by is not None and checkout.paid != amount:
            fault = Fault.COUNTED
        if fault is not None:
            if checkouts.disagreed(connection, checkout, fault) is not None:
                log(Action.PAYMENT_DISAGREES, level="warning", checkout=checkout.id, fault=fault)
            return
        self._count(connection, checkout, amount, fact.currency, by=fact.who or None, at=fact.at)

    def _count(
        self,
        connection: Connection,
        checkout: Checkout,
        amount: int,
        currency: str,
        *,
        by: str | None,
        at: datetime,
        confirmed_by: str | None = None,
    ) -> bool:
        """The balance gets it once a session, and campaigns go on; False where it had it before.

        Without a balance nothing waits for money, and there is nothing to credit.
        """
        workspace_id, now = checkout.workspace_id, self._clock()
        worth: int | None = amount_in_millionths(amount, currency)
        is_new = True
        if budget.balance(connection, workspace_id) is None:
            worth = None
        elif worth:
            is_new = budget.credit(
                connection, workspace_id, key=checkout.key, amount=worth, now=now
            )
        moved = checkouts.paid(
            connection,
            checkout,
            amount=amount,
            currency=currency,
            by=by,
            at=at,
            credited=worth,
            confirmed_by=confirmed_by,
        )
        if moved is not None:
            log(Action.CHECKOUT_MOVED, checkout=checkout.id, state=moved.state)
        if is_new and worth:
            log(Action.PAYMENT_CREDITED, checkout=checkout.id, by_word=confirmed_by is not None)
            go_on(
                connection,
                workspace_id,
                price=self._money(workspace_id).price,
                least=1,
                now=now,
                actor=confirmed_by,
            )
        return is_new

    # On a person's word

    async def vouch(self, checkout: Checkout, actor: str, typed: str) -> None:
        """Somebody says that so much was paid where Stripe doesn't tell us: credited, audited.

        Raises InputError for what is no amount, OutOfDate where it was counted before.
        """
        amount = self.read_amount(checkout.workspace_id, typed)
        write = partial(self._vouch, checkout=checkout, actor=actor, amount=amount)
        if not await self._database.write(write):
            raise OutOfDate

    def _vouch(
        self, connection: Connection, *, checkout: Checkout, actor: str, amount: int
    ) -> bool:
        now, currency = self._clock(), self._money(checkout.workspace_id).currency
        if budget.balance(connection, checkout.workspace_id) is None:
            return False
        here = checkouts.get(connection, checkout.workspace_id, checkout.id)
        if here is None or here.watched or here.state not in (State.OPEN, State.EXPIRED):
            return False
        cards = [here]
        if here.session_id:
            cards = checkouts.of_session(connection, here.workspace_id, here.session_id)
        counted = [
            self._count(connection, each, amount, currency, by=None, at=now, confirmed_by=actor)
            for each in cards
        ]
        if any(counted):
            audit.append(
                connection,
                here.workspace_id,
                actor,
                "vouch_for_payment",
                here.id,
                now=now,
                amount=amount,
                currency=currency,
            )
        return any(counted)

    def read_amount(self, workspace_id: str, typed: str) -> int:
        """What was typed, in the smallest unit of the balance's currency. Raises InputError."""
        currency = self._money(workspace_id).currency
        digits = exponent_of(currency)
        text = typed.strip()
        minor = Decimal(text).scaleb(digits) if _AMOUNT.fullmatch(text) else Decimal(0)
        if minor <= 0 or minor != int(minor):
            example = amount_of(2500, currency)
            raise InputError({"amount": f"Type the amount as a number above 0, as in {example}."})
        return int(minor)
