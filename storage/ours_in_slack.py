"""What stands in Slack of people who are erased: found by the postings, which then go themselves.

A campaign's files hold other people too; they go whole, and can be made again without the person.
Their postings stay, so that nothing is sent anew by itself.
"""

import re
import uuid
from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, delete, insert, select, update

from storage import erasures
from storage.campaigns import EVENTS, Happened
from storage.cards import POSTINGS
from storage.erasures import What
from storage.rows import CALLS

OPT_OUTS = "opt_outs"
"""The subject of files with the opt-outs."""
_TAKEN = "erased"
"""Where a file stands that an erasure took away."""
_UNSURE = "unsure"
"""Why a post can't be taken away of which nobody knows where it stands, or whether."""
_PATIENCE = timedelta(minutes=2)
"""A post that was meant longer ago isn't on its way any more."""
_TS = re.compile(r"\d+\.\d+")
_FILE = re.compile(r"F[A-Z0-9]+")
_NAMES_PEOPLE = ("rejected:", "results.", "asked:")
"""How the keys of a campaign's files go on behind its id; its chart names nobody."""
_NAMING = (Happened.REPLIED, Happened.SAID_STOP, Happened.SAID_START, Happened.STOPPED)


def keep(
    connection: Connection,
    workspace_id: str,
    *,
    subject: str,
    run: str,
    channel: str,
    ts: str,
    now: datetime,
) -> None:
    """Remembers a message, or a file by its id, that was sent once and isn't redrawn."""
    connection.execute(
        insert(POSTINGS).values(
            id=uuid.uuid4().hex,
            workspace_id=workspace_id,
            key=f"once:{uuid.uuid4().hex}",
            subject=subject,
            run=run,
            channel=channel,
            thread_ts=None,
            intent_at=now,
            unsure=False,
            ts=ts,
        )
    )


def count(connection: Connection, workspace_id: str, phone_key: str) -> tuple[int, int]:
    """How many messages and files of ours there are of a number, as far as it can be told now."""
    mine = (CALLS.c.workspace_id == workspace_id, CALLS.c.phone_key == phone_key)
    rows = connection.execute(select(CALLS.c.id, CALLS.c.campaign_id).where(*mine)).all()
    posts = _of(connection, workspace_id, [row.id for row in rows])
    campaigns = sorted({row.campaign_id for row in rows if row.campaign_id})
    files = [each for each in _of(connection, workspace_id, campaigns) if _is_file(each)]
    return len([each for each in posts if _TS.fullmatch(each.ts or "")]), len(files)


def of_rows(
    connection: Connection,
    workspace_id: str,
    erasure_id: str,
    subjects: Sequence[str],
    *,
    now: datetime | None = None,
) -> bool:
    """All that was posted of these calls, texts or replies, to be taken away.

    `now`: what was meant long before then and isn't known to stand anywhere is given up. Whether
    some post may still be on its way.
    """
    waits = False
    gone: list[str] = []
    unsure: list[tuple[What, str, str]] = []
    found: list[tuple[What, str, str]] = []
    for each in _of(connection, workspace_id, subjects):
        if each.ts is not None:
            gone.append(each.id)
            if _TS.fullmatch(each.ts):
                found.append((What.MESSAGE, each.channel, each.ts))
            elif _FILE.fullmatch(each.ts):
                found.append((What.FILE, each.channel, each.ts))
        elif now is not None and each.intent_at < now - _PATIENCE:
            gone.append(each.id)
            unsure.append((What.MESSAGE, each.channel, each.id))
        else:
            waits = True
    erasures.add_tasks(connection, workspace_id, erasure_id, found)
    erasures.add_tasks(connection, workspace_id, erasure_id, unsure, failed=_UNSURE)
    connection.execute(delete(POSTINGS).where(POSTINGS.c.id.in_(gone)))
    return waits


def on_their_way(
    connection: Connection, workspace_id: str, subjects: Sequence[str], *, now: datetime
) -> set[str]:
    """Those of which something is being posted just now."""
    return {
        each.subject
        for each in _of(connection, workspace_id, subjects)
        if each.ts is None and each.intent_at >= now - _PATIENCE
    }


def _of(connection: Connection, workspace_id: str, subjects: Sequence[str]) -> Sequence[Any]:
    mine = (POSTINGS.c.workspace_id == workspace_id, POSTINGS.c.subject.in_(subjects))
    return connection.execute(select(POSTINGS).where(*mine)).all()


def _is_file(posting: Any) -> bool:
    """Whether it is a file that names people."""
    if not _FILE.fullmatch(posting.ts or ""):
        return False
    if posting.subject == OPT_OUTS or posting.key.startswith("once:"):
        return True
    key: str = posting.key
    return key.removeprefix(f"campaign:{posting.subject}:").startswith(_NAMES_PEOPLE)


def files_of(
    connection: Connection, workspace_id: str, erasure_id: str, subjects: Collection[str]
) -> None:
    """The files of these campaigns (or of the opt-outs) that name people, to be taken away."""
    files = [each for each in _of(connection, workspace_id, sorted(subjects)) if _is_file(each)]
    found = [(What.FILE, each.channel, each.ts) for each in files]
    erasures.add_tasks(connection, workspace_id, erasure_id, found)
    taken = update(POSTINGS).where(POSTINGS.c.id.in_([each.id for each in files]))
    connection.execute(taken.values(ts=_TAKEN))


def told_of(
    connection: Connection,
    workspace_id: str,
    erasure_id: str,
    call_ids: Collection[str],
    campaign_ids: Collection[str],
) -> None:
    """What campaigns' threads were told of these rows: the messages, and the events' words."""
    calls = set(call_ids)
    for campaign_id in sorted(set(campaign_ids)):
        naming = select(EVENTS.c.id, EVENTS.c.detail).where(
            EVENTS.c.campaign_id == campaign_id, EVENTS.c.kind.in_(_NAMING)
        )
        named = [
            row
            for row in connection.execute(naming)
            if calls.intersection(row.detail.get("calls") or ())
        ]
        for row in named:
            others = [each for each in row.detail["calls"] if each not in calls]
            detail = {key: value for key, value in row.detail.items() if key != "body"}
            kept = update(EVENTS).where(EVENTS.c.id == row.id)
            connection.execute(kept.values(detail=detail | {"calls": others}))
        if named:
            ids = [row.id for row in named]
            _messages(connection, workspace_id, erasure_id, campaign_id, ids)


def _messages(
    connection: Connection,
    workspace_id: str,
    erasure_id: str,
    campaign_id: str,
    event_ids: Sequence[int],
) -> None:
    """The messages in which these events were told: each is named after its first event."""
    prefix = f"campaign:{campaign_id}:thread:"
    posts = {
        int(each.key.removeprefix(prefix)): each
        for each in _of(connection, workspace_id, [campaign_id])
        if each.key.startswith(prefix) and _TS.fullmatch(each.ts or "")
    }
    firsts = {max((at for at in posts if at <= event), default=None) for event in event_ids}
    told = [posts[first] for first in firsts if first is not None]
    found = [(What.MESSAGE, each.channel, each.ts) for each in told]
    erasures.add_tasks(connection, workspace_id, erasure_id, found)
    gone = [each.id for each in told]
    connection.execute(delete(POSTINGS).where(POSTINGS.c.id.in_(gone)))


def late(connection: Connection, workspace_id: str, erasure_id: str, *, now: datetime) -> bool:
    """What was posted of rows while they were erased; whether some post may be on its way."""
    erased = select(CALLS.c.id).where(CALLS.c.erasure_id == erasure_id)
    behind = (
        select(POSTINGS.c.subject)
        .where(POSTINGS.c.workspace_id == workspace_id, POSTINGS.c.subject.in_(erased))
        .distinct()
    )
    subjects = list(connection.execute(behind).scalars())
    return of_rows(connection, workspace_id, erasure_id, subjects, now=now)
