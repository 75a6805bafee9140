"""Events once more: stored ones, those that were missed, those of a file.

They are only stored here, as the webhook stores them; the running bot, or the next one, does the
rest. What was told before isn't told again: an event is known by its id, and a fact by its payment.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

from pydantic_core import from_json

from bot.errors import BotError, UnreadableEvent
from bot.payments.webhook import PROVIDER, arrived, read_head
from storage import webhooks
from storage.engine import Database


@dataclass(frozen=True)
class Replayed:
    """How many events were new, and how many the bot has had before."""

    new: int = 0
    known: int = 0


async def again(database: Database, event_id: str) -> None:
    """A stored event is processed once more. Raises BotError where it isn't kept."""
    redo = partial(webhooks.redo, provider=PROVIDER, event_id=event_id)
    if not await database.write(redo):
        raise BotError(
            f"{event_id} isn't kept here: it never came, or over 30 days ago. `--missed` asks"
            " Stripe for what never came."
        )


def read_file(text: str) -> list[dict[str, Any]]:
    """The events in a file: one, a list of them, Stripe's own list, or one a line; as they stand.

    Raises UnreadableEvent for what is none of these.
    """
    try:
        whole: Any = from_json(text)
    except ValueError:
        whole = [_line(line) for line in text.splitlines() if line.strip()]
    if isinstance(whole, dict) and whole.get("object") == "list":
        whole = whole.get("data")
    events = whole if isinstance(whole, list) else [whole]
    if not all(isinstance(it, dict) and it.get("object") == "event" for it in events):
        raise UnreadableEvent("This file holds something else than Stripe's events, as JSON.")
    return events


def _line(line: str) -> Any:
    try:
        return from_json(line)
    except ValueError:
        return None


async def store(
    database: Database, workspace_id: str, events: Iterable[dict[str, Any]], now: datetime
) -> Replayed:
    """Stores what isn't known yet, in this order."""
    new = known = 0
    for event in events:
        raw = json.dumps(event).encode()
        kept = arrived(raw, read_head(raw), workspace_id)
        if await database.write(partial(webhooks.store, arrived=kept, now=now)):
            new += 1
        else:
            known += 1
    return Replayed(new, known)
