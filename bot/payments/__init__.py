"""Payments: Stripe's facts, verified, stored once, told once in the channels that want them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from bot.calling import Calling
from bot.payments import announce as announce_
from bot.payments import jobs as jobs_
from bot.payments.announce import Announcer
from bot.payments.jobs import Jobs
from bot.payments.processing import Processing, Reaction
from bot.payments.webhook import StripeWebhook

__all__ = ["Payments", "Reaction", "build"]


@dataclass(frozen=True)
class Payments:
    """The package's parts, built."""

    calling: Calling
    hears: Callable[[str], bool]
    """Whether a workspace, by its id, is told of payments at all."""
    mode: str
    """What a channel is told unless it says otherwise: `live` or `test` facts."""
    webhook: StripeWebhook
    jobs: Jobs
    announcer: Announcer

    def start(self) -> None:
        """Takes up what was left, then goes on."""
        background = self.calling.background
        background.every(jobs_.EVERY, self.jobs.look)
        background.every(jobs_.REMIND_EVERY, self.jobs.remind)
        background.every(jobs_.DROP_EVERY, self.jobs.drop_bodies)
        background.every(announce_.EVERY, self.announcer.look)


def build(
    calling: Calling,
    *,
    hears: Callable[[str], bool],
    mode: str,
    locale: Callable[[str], str],
    reactions: Sequence[Reaction] = (),
) -> Payments:
    """Everything that payments need, handed to each other.

    `hears` and `locale` of a workspace, by its id: whether it has a webhook, and how it writes
    amounts. `reactions`: what facts do besides being told.
    """
    database, background, clock = calling.database, calling.background, calling.clock
    announcer = Announcer(
        database, calling.deliverer, calling.budget, background, clock, locale=locale
    )
    processing = Processing(locale, clock, reactions)
    jobs = Jobs(database, processing, announcer, background, clock)
    return Payments(
        calling=calling,
        hears=hears,
        mode=mode,
        webhook=StripeWebhook(database, clock, jobs.wake),
        jobs=jobs,
        announcer=announcer,
    )
