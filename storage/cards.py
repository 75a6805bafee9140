"""What Slack shows of the ledger: cards, postings, and which of them are behind."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import exists, insert, or_, select, update
from sqlalchemy.orm import Session

from storage.events import EVENTS
from storage.ledger import CALLS, Call, State, find
from storage.models import PostingRow, table_of
from storage.runs import is_dead

POSTINGS = table_of(PostingRow)

FILTERS: dict[str, Sequence[State]] = {
    "all": tuple(State),
    "live": (State.PLACED,),
    "waiting": (State.UNCERTAIN, State.OFFERED, State.PENDING, State.DIALLING),
    "failed": (State.REJECTED, State.CANCELLED),
}
"""The choices of the list of calls; `live` leaves out what has ended."""


@dataclass(frozen=True)
class Posting:
    """A post that was meant, and where it stands once it is made (`ts`)."""

    id: str
    key: str
    channel: str
    thread_ts: str | None
    ts: str | None
    is_repeat: bool


def behind(session: Session, *, limit: int = 100) -> list[Call]:
    """Calls whose card or thread doesn't show yet what the row knows.

    Those without a card come first, then those that are over, then the oldest.
    """
    untold = exists().where(EVENTS.c.call_id == CALLS.c.id, EVENTS.c.told.is_(False))
    return find(
        session,
        or_(CALLS.c.drawn < CALLS.c.version, untold),
        CALLS.c.campaign_id.is_(None),
        limit=limit,
        order=(CALLS.c.card_ts.is_not(None), CALLS.c.ended_at.is_(None), CALLS.c.created_at),
    )


def drawn(session: Session, call: Call) -> None:
    """The card shows this version."""
    session.execute(
        update(CALLS)
        .where(CALLS.c.id == call.id, CALLS.c.drawn < call.version)
        .values(drawn=call.version)
    )


def posted_card(session: Session, call: Call, *, channel: str, ts: str) -> None:
    """The card stands there."""
    session.execute(
        update(CALLS)
        .where(CALLS.c.id == call.id)
        .values(channel=channel, card_ts=ts, drawn=call.version)
    )


def recent(session: Session, workspace_id: str, which: str, *, limit: int = 10) -> list[Call]:
    """The newest calls of one choice of `FILTERS`."""
    where = [CALLS.c.workspace_id == workspace_id, CALLS.c.state.in_(list(FILTERS[which]))]
    if which == "live":
        where.append(CALLS.c.ended_at.is_(None))
    return find(session, *where, limit=limit)


# Postings


def intend(
    session: Session,
    *,
    workspace_id: str,
    key: str,
    subject: str,
    run: str,
    channel: str,
    thread_ts: str | None,
    now: datetime,
) -> Posting | None:
    """Writes a post down before it is made; None where another run is about it.

    One left by a dead run, or that failed here, is meant again: `is_repeat` says that it may
    stand in the channel already.
    """
    row = session.execute(
        select(POSTINGS).where(POSTINGS.c.workspace_id == workspace_id, POSTINGS.c.key == key)
    ).first()
    if row is None:
        id_ = uuid.uuid4().hex
        session.execute(
            insert(POSTINGS).values(
                id=id_,
                workspace_id=workspace_id,
                key=key,
                subject=subject,
                run=run,
                channel=channel,
                thread_ts=thread_ts,
                intent_at=now,
                unsure=False,
            )
        )
        return Posting(id_, key, channel, thread_ts, None, is_repeat=False)
    if row.ts is not None:
        return Posting(row.id, key, row.channel, row.thread_ts, row.ts, is_repeat=False)
    taken = session.execute(
        update(POSTINGS)
        .where(
            POSTINGS.c.id == row.id,
            POSTINGS.c.ts.is_(None),
            or_(POSTINGS.c.run == run, is_dead(POSTINGS.c.run, now)),
        )
        .values(run=run, channel=channel, thread_ts=thread_ts)
        .returning(POSTINGS.c.id)
    ).first()
    if taken is None:
        return None
    return Posting(row.id, key, channel, thread_ts, None, is_repeat=row.run != run or row.unsure)


def posted(session: Session, posting: Posting, *, channel: str, ts: str) -> None:
    """Slack has it."""
    session.execute(
        update(POSTINGS).where(POSTINGS.c.id == posting.id).values(channel=channel, ts=ts)
    )


def unsure(session: Session, posting: Posting) -> None:
    """Slack's answer was lost: the post may stand there."""
    session.execute(update(POSTINGS).where(POSTINGS.c.id == posting.id).values(unsure=True))
