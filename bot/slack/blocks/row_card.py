"""What is shown of one row of the ledger: a call's card and thread, or a text's."""

from collections.abc import Sequence

from bot.slack.blocks import call_card, call_thread, text_card, text_thread
from bot.slack.blocks.call_card import Source
from bot.slack.blocks.parts import Message, person
from storage.events import Event
from storage.rows import Call, Kind


def card(row: Call, source: Source, *, heads: tuple[str, ...] = ()) -> Message:
    """The card, with its buttons."""
    drawn = text_card.card if row.kind is Kind.TEXT else call_card.card
    return drawn(row, source, heads=heads)


def headline(row: Call, source: Source) -> str:
    """What the row's state is, in one line of markup."""
    said = text_card.headline if row.kind is Kind.TEXT else call_card.headline
    return said(row, source)


def report(row: Call, line: str, *, heads: tuple[str, ...] = ()) -> Message:
    """The card without anything to click."""
    drawn = text_card.report if row.kind is Kind.TEXT else call_card.report
    return drawn(row, line, heads=heads)


def moved(row: Call) -> Message:
    """What is left where a card stood that goes on elsewhere."""
    return report(row, f"Goes on in the direct messages of {person(row.requested_by)}")


def thread(events: Sequence[Event], row: Call, *, heads: Sequence[str] = ()) -> Message:
    """One message for what happened within a few seconds."""
    told = text_thread.thread if row.kind is Kind.TEXT else call_thread.thread
    return told(events, row, heads=heads)


def line(event: Event, row: Call) -> str:
    """What happened, in markup."""
    told = text_thread.line if row.kind is Kind.TEXT else call_thread.line
    return told(event, row)
