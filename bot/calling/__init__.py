"""Calls: through the door, dialled once, followed, hung up, shown."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from bot.background import Background
from bot.calling import cards as cards_
from bot.calling import recover
from bot.calling import status as status_
from bot.calling.cards import Cards
from bot.calling.door import Door
from bot.calling.hangup import HangUps
from bot.calling.place import Accounts, Placer
from bot.calling.recover import Recovery
from bot.calling.status import Statuses
from bot.clock import Clock
from bot.recipients.policy import Limits
from bot.slack.blocks.call_card import Source
from bot.slack.channels import Channels
from bot.slack.deliver import Budget, Deliverer
from bot.slack.directory import Directory
from bot.texting import inbound
from bot.texting.inbound import Answers, Inbox
from storage.engine import Database

_UNREPORTED_EVERY = timedelta(seconds=30)


@dataclass(frozen=True)
class Rules:
    """What the settings say of calls; the callables are of a workspace, by its id.

    `polls`: its calls are v3's, whose states are asked for.
    """

    limits: Callable[[str], Limits]
    region: Callable[[str], str]
    source: Callable[[str], Source]
    polls: Callable[[str], bool]
    gather: timedelta
    patience: timedelta
    longest: timedelta
    answers: Answers
    shared_channels: frozenset[str]


@dataclass(frozen=True)
class Calling:
    """The package's parts, built."""

    database: Database
    directory: Directory
    background: Background
    clock: Clock
    run: str
    rules: Rules
    accounts: Accounts
    deliverer: Deliverer
    budget: Budget
    cards: Cards
    placer: Placer
    hang_ups: HangUps
    statuses: Statuses
    inbox: Inbox
    door: Door
    recovery: Recovery

    def start(self) -> None:
        """Takes up what was left, then goes on looking."""
        every = self.background.every
        every(recover.EVERY, self.recovery.look)
        every(cards_.EVERY, self.cards.catch_up)
        every(inbound.EVERY, self.inbox.tell)
        every(_UNREPORTED_EVERY, self.statuses.close_unreported)
        every(status_.EVERY, self.statuses.poll)


def build(
    *,
    database: Database,
    directory: Directory,
    background: Background,
    clock: Clock,
    accounts: Accounts,
    run: str,
    rules: Rules,
) -> Calling:
    """Everything that calls need, handed to each other."""
    channels = Channels(directory, clock, allowed=rules.shared_channels)
    deliverer = Deliverer(database, directory, channels, clock, run=run)
    budget = Budget(clock)
    cards = Cards(
        database,
        directory,
        deliverer,
        budget,
        background,
        clock,
        source=rules.source,
        gather=rules.gather,
    )
    placer = Placer(
        database,
        accounts,
        cards,
        clock,
        run=run,
        polls=rules.polls,
        workspaces=directory.ids,
    )
    hang_ups = HangUps(database, accounts, cards, clock, run=run)
    return Calling(
        database=database,
        directory=directory,
        background=background,
        clock=clock,
        run=run,
        rules=rules,
        accounts=accounts,
        deliverer=deliverer,
        budget=budget,
        cards=cards,
        placer=placer,
        hang_ups=hang_ups,
        statuses=Statuses(database, accounts, cards, clock, longest=rules.longest),
        inbox=Inbox(
            database,
            directory,
            deliverer,
            cards,
            clock,
            placer.place,
            rules.answers,
            run=run,
        ),
        door=Door(database, clock, rules.limits, run=run, region=rules.region),
        recovery=Recovery(
            database,
            placer,
            hang_ups,
            cards,
            background,
            clock,
            run=run,
            patience=rules.patience,
        ),
    )
