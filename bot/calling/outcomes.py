"""What Toingg's answer, or its lack, means for a row: pure."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.errors import (
    KeyRejected,
    NoCredit,
    NotPlaced,
    PerhapsPlaced,
    RateLimited,
    ToinggError,
    Unreachable,
)
from storage.ledger import STILL_MEANT
from storage.rows import Call, State

_DEFAULT_WAIT = timedelta(seconds=2)
_LONGEST_WAIT = timedelta(seconds=30)
_BUSY = "Toingg takes no more calls for now, and has said so since this one was asked for."


@dataclass(frozen=True)
class Outcome:
    """Where the row goes, why (a word of ours), what people are told, and how long it waits."""

    to: State
    reason: str
    said: str = ""
    wait: timedelta | None = None


LATE = Outcome(
    State.PENDING, "late", "The bot was stopped in its tracks before it dialled.", wait=timedelta(0)
)
"""The process was frozen between the intent and the POST: nothing was sent."""


def outcome_of(error: ToinggError) -> Outcome:
    """An error's kind decides the move.

    Certainly not placed: what a retry can't mend is `rejected`; what somebody else must mend
    first is `offered`; 429 waits by itself, for as long as a person would. Else `uncertain`.
    """
    match error:
        case PerhapsPlaced():
            return Outcome(State.UNCERTAIN, type(error).__name__)
        case RateLimited():
            wait = error.retry_after or _DEFAULT_WAIT
            if wait > _LONGEST_WAIT:
                return Outcome(State.OFFERED, "RateLimited", _busy_for(wait))
            return Outcome(State.PENDING, "RateLimited", _BUSY, wait=wait)
        case Unreachable() | KeyRejected() | NoCredit():
            return Outcome(State.OFFERED, type(error).__name__, error.message)
        case NotPlaced():
            return Outcome(State.REJECTED, type(error).__name__, error.message)
        case _:
            return Outcome(State.UNCERTAIN, type(error).__name__)


def still_meant(outcome: Outcome, call: Call, now: datetime) -> Outcome:
    """A wait that ends longer after the asking than a person would wait becomes an offer."""
    if outcome.wait is None or now + outcome.wait - call.pending_at <= STILL_MEANT:
        return outcome
    return Outcome(State.OFFERED, outcome.reason, outcome.said)


def _busy_for(wait: timedelta) -> str:
    return f"Toingg takes no more calls for {round(wait.total_seconds())} s."
