"""Payments: Stripe's facts, verified, stored once, told once in the channels that want them."""

from collections.abc import Sequence
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
    locale: str
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
    workspace_id: str,
    secrets: Sequence[str],
    mode: str,
    locale: str,
    reactions: Sequence[Reaction] = (),
) -> Payments:
    """Everything that payments need, handed to each other.

    `workspace_id`: whose the webhook's secrets are. `reactions`: what facts do besides being told.
    """
    database, background, clock = calling.database, calling.background, calling.clock
    announcer = Announcer(
        database, calling.deliverer, calling.budget, background, clock, locale=locale
    )
    processing = Processing(locale, clock, reactions)
    jobs = Jobs(database, processing, announcer, background, clock)
    return Payments(
        calling=calling,
        locale=locale,
        mode=mode,
        webhook=StripeWebhook(tuple(secrets), workspace_id, database, clock, jobs.wake),
        jobs=jobs,
        announcer=announcer,
    )
