"""Which kills there are: at which instant of a call's life, under which outcome at Toingg."""

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import product

from bot.sandbox.toingg import faults
from bot.sandbox.toingg.faults import Fault

CLICK = tuple(f"click+{milliseconds}ms" for milliseconds in (0, 10, 40))
"""So long after the signed request was sent; the answer comes within these."""
COMMITTED = "committed"
"""As soon as the database has the row: the answer isn't out yet."""
ACKED = "acked"
TOINGG = ("toingg.before_read", "toingg.after_read", "toingg.before_reply", "toingg.after_reply")
CARD = ("card.before", "card.after")
THREAD = ("thread.before", "thread.after")
EVERYWHERE = (*CLICK, COMMITTED, ACKED, *CARD, *THREAD)


@dataclass(frozen=True)
class Outcome:
    """What Toingg does with the call. `fault` None: its ordinary answer, or none at all.

    `instants` are those that a request with this outcome reaches at Toingg.
    """

    fault: Callable[[], Fault] | None
    instants: tuple[str, ...] = TOINGG
    is_up: bool = True


_REFUSED = tuple(instant for instant in TOINGG if instant != "toingg.before_reply")

OUTCOMES: dict[str, Outcome] = {
    "placed": Outcome(None),
    "without id": Outcome(faults.without_id),
    "422": Outcome(faults.unprocessable, _REFUSED),
    "401": Outcome(faults.unknown_key, _REFUSED),
    "402": Outcome(faults.no_credit, _REFUSED),
    "429": Outcome(faults.rate_limited, _REFUSED),
    "refused": Outcome(None, (), is_up=False),
    "500 before": Outcome(lambda: faults.server_error(made=False), _REFUSED),
    "500 after": Outcome(lambda: faults.server_error(made=True)),
    "time-out": Outcome(lambda: faults.slow(300), TOINGG[:3]),
    "cut before": Outcome(faults.cut_after_read, TOINGG[:2]),
    "cut after": Outcome(faults.cut_after_made, TOINGG[:3]),
}


@dataclass(frozen=True)
class Kill:
    """One kill -9. `instant` is one of the names above, or `random+MILLISECONDSms`."""

    instant: str
    outcome: str

    def __str__(self) -> str:
        return f"{self.instant} / {self.outcome}"

    @property
    def seconds(self) -> float | None:
        """How long after the click it strikes; None where something else says when."""
        head, _, after = self.instant.partition("+")
        return int(after.removesuffix("ms")) / 1000 if head in ("click", "random") else None


def every_kill() -> Iterator[Kill]:
    """Each instant with each outcome that reaches it; time-outs, which take 30 s, only once."""
    for name, outcome in OUTCOMES.items():
        instants = (*EVERYWHERE, *outcome.instants)
        if name == "time-out":
            instants = (COMMITTED, *CARD, *outcome.instants)
        yield from (Kill(instant, name) for instant in instants)


def random_kills(count: int, seed: int) -> Iterator[Kill]:
    """At any time from the click until its thread is told, with any outcome that ends by itself."""
    chance = random.Random(seed)
    names = [name for name in OUTCOMES if name != "time-out"]
    for _ in range(count):
        milliseconds = int(4500 * chance.random() ** 2)
        yield Kill(f"random+{milliseconds}ms", chance.choice(names))


def some_kills() -> list[Kill]:
    """Each instant once and each outcome once, and four random ones."""
    instants = (CLICK[1], COMMITTED, *TOINGG, *CARD, *THREAD, ACKED, ACKED, THREAD[1])
    outcomes = (
        *("placed", "placed", "402", "time-out", "without id", "placed", "422", "500 after"),
        *("cut after", "429", "refused", "401", "cut before"),
    )
    pairs = zip(instants, outcomes, strict=True)
    return [*(Kill(*pair) for pair in pairs), *random_kills(4, seed=2)]


def most_kills(rounds: int = 1) -> list[Kill]:
    """All of them, in an order that puts unlike ones beside each other."""
    kills = [kill for _, kill in product(range(rounds), every_kill())]
    random.Random(1).shuffle(kills)
    return kills
