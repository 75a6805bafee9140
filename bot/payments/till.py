"""The checkout's parts, built: links, their cards, and what a payment does."""

from collections.abc import Callable, Sequence
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
    """What the settings say of checkouts, each of a workspace, by its id.

    `look` asks Stripe for a session. `budgeted`: its campaigns spend from a balance. `channel` (""
    where none is set), else `owners`, is told of a payment that doesn't fit.
    """

    look: Callable[[str], Look]
    links: Callable[[str], LinkRules]
    money: Callable[[str], Money]
    budgeted: Callable[[str], bool]
    locale: Callable[[str], str]
    channel: Callable[[str], str]
    owners: Callable[[str], Sequence[str]]


@dataclass(frozen=True)
class Till:
    """The parts."""

    lists: Campaigns
    checkouts: Checkouts
    cards: CheckoutCards
    crediting: Crediting
    written: Callable[[str], Written]
    money: Callable[[str], Money]
    """Of a workspace, by its id, as `written` is."""

    def start(self) -> None:
        """Takes up what was left, then goes on looking."""
        background = self.lists.calling.background
        background.every(checkout_.EVERY, self.checkouts.look)
        background.every(checkout_cards_.EVERY, self.cards.look)


def build(lists: Campaigns, rules: TillRules) -> Till:
    """Everything that checkouts need, handed to each other."""
    parts = lists.calling

    def written(workspace_id: str) -> Written:
        return partial(printed, locale=rules.locale(workspace_id))

    cards = CheckoutCards(
        parts.database,
        parts.directory,
        parts.deliverer,
        parts.budget,
        parts.background,
        parts.clock,
        channel=rules.channel,
        owners=rules.owners,
        written=written,
        takes_word=rules.budgeted,
    )
    checkouts = Checkouts(
        parts.database,
        parts.accounts,
        rules.look,
        cards,
        parts.background,
        parts.clock,
        run=parts.run,
        rules=rules.links,
    )
    crediting = Crediting(parts.database, parts.clock, rules.money)
    return Till(lists, checkouts, cards, crediting, written, rules.money)
