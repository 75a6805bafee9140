"""The checkout's parts, built: links, their cards, and what a payment does."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from functools import partial

from bot.campaigns import Campaigns
from bot.payments import checkout as checkout_
from bot.payments import checkout_cards as checkout_cards_
from bot.payments.account import Look
from bot.payments.checkout import Checkouts
from bot.payments.checkout_cards import CheckoutCards
from bot.payments.crediting import Crediting, Money
from bot.payments.link import LinkRules
from bot.payments.money import printed
from bot.slack.blocks.checkout_card import Written


@dataclass(frozen=True)
class TillRules:
    """What the settings say of checkouts.

    `money` and `budgeted` are a workspace's, by its id; the latter: its campaigns spend from a
    balance. `owners`, too: whom a payment that doesn't fit is told.
    """

    links: LinkRules
    money: Callable[[str], Money]
    budgeted: Callable[[str], bool]
    locale: str
    owners: Callable[[str], Collection[str]]


@dataclass(frozen=True)
class Till:
    """The parts."""

    lists: Campaigns
    checkouts: Checkouts
    cards: CheckoutCards
    crediting: Crediting
    written: Written
    money: Callable[[str], Money]
    """Of a workspace, by its id."""

    def start(self) -> None:
        """Takes up what was left, then goes on looking."""
        background = self.lists.calling.background
        background.every(checkout_.EVERY, self.checkouts.look)
        background.every(checkout_cards_.EVERY, self.cards.look)


def build(lists: Campaigns, look: Look, rules: TillRules) -> Till:
    """Everything that checkouts need, handed to each other; `look` asks Stripe for a session."""
    parts = lists.calling
    written: Written = partial(printed, locale=rules.locale)
    cards = CheckoutCards(
        parts.database,
        parts.directory,
        parts.deliverer,
        parts.budget,
        parts.background,
        parts.clock,
        owners=rules.owners,
        written=written,
        takes_word=rules.budgeted,
    )
    checkouts = Checkouts(
        parts.database,
        parts.accounts,
        look,
        cards,
        parts.background,
        parts.clock,
        run=parts.run,
        rules=rules.links,
    )
    crediting = Crediting(parts.database, parts.clock, rules.money)
    return Till(lists, checkouts, cards, crediting, written, rules.money)
