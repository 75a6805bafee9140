"""The audit log as people get it: its last entries, all of it as a file, and its heads published.

A head that is known elsewhere vouches for every entry before it, against whoever may write the
database: it is sealed there every few minutes with the bot's keys, and logged.
"""

import asyncio
import io
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, timedelta
from functools import partial

from bot.clock import Clock
from bot.logs import Action, log
from bot.recipients.files import write_csv
from storage import Connection, audit, audit_check, witness
from storage.audit import Entry, Head
from storage.engine import Database
from storage.secrets import Vault

EVERY = timedelta(minutes=5)
COLUMNS = ("Number", "At", "Who", "What", "Subject", "Detail", "Previous", "Hash")
_SHOWN = 15
_PAGE = 1000
_MOST = 50_000
"""Entries of one file that Slack is sent: it is made in memory."""


@dataclass(frozen=True)
class Export:
    """A CSV file of the last `count` entries, up to `head`."""

    data: bytes
    count: int
    head: Head


class AuditLog:
    """That of any workspace."""

    def __init__(self, database: Database, vault: Vault, clock: Clock) -> None:
        self._database = database
        self._vault = vault
        self._clock = clock

    async def newest(self, workspace_id: str) -> Sequence[Entry]:
        """The last entries, the newest first."""
        look = partial(audit.newest, workspace_id=workspace_id, limit=_SHOWN)
        return await self._database.read(look)

    async def export(self, workspace_id: str, *, by: str) -> Export:
        """All that there is, or the newest of it; who asked is the last entry."""
        who = (workspace_id, by, "audit_exported", "audit")
        now = self._clock()
        await self._database.write(lambda each: audit.append(each, *who, now=now))
        head = await self._database.read(partial(audit.head, workspace_id=workspace_id))
        after = max(head.cut_seq, head.seq - _MOST)
        entries: list[Entry] = []
        while some := await self._database.scan(
            partial(audit.page, workspace_id=workspace_id, after=after, limit=_PAGE)
        ):
            entries += [each for each in some if each.seq <= head.seq]
            after = some[-1].seq
        written = io.BytesIO()
        write_csv(COLUMNS, map(cells, entries), written)
        return Export(written.getvalue(), len(entries), head)

    async def publish(self) -> None:
        """Seals and logs the heads that have moved since they were, where what was added follows
        what was sealed before: nobody gets a forged log sealed.
        """
        for head in await self._database.read(audit.unwitnessed):
            check = partial(audit_check.follows, vault=self._vault, workspace_id=head.workspace_id)
            broken = await asyncio.to_thread(self._database.snapshot, check)
            if broken:
                log(Action.AUDIT_BROKEN, level="error", workspace=head.workspace_id, detail=broken)
                continue
            await self._database.write(partial(self._seal, head=head))
            log(Action.AUDIT_HEAD, workspace=head.workspace_id, entries=head.seq, head=head.hash)

    def _seal(self, connection: Connection, *, head: Head) -> None:
        sealed = witness.seal(self._vault, head)
        audit.keep_witness(connection, head.workspace_id, head.seq, sealed)


def cells(entry: Entry) -> tuple[str, ...]:
    """One entry, in the order of `COLUMNS`; its moment in UTC."""
    return (
        *(str(entry.seq), _utc(entry), entry.actor, entry.deed, entry.subject),
        *(json.dumps(entry.detail, ensure_ascii=False), entry.previous, entry.hash),
    )


def as_json(entry: Entry) -> str:
    """One entry as one line of JSON."""
    return json.dumps(
        {
            "workspace": entry.workspace_id,
            "seq": entry.seq,
            "at": _utc(entry),
            "actor": entry.actor,
            "deed": entry.deed,
            "subject": entry.subject,
            "detail": entry.detail,
            "previous": entry.previous,
            "hash": entry.hash,
        },
        ensure_ascii=False,
    )


def all_of(connection: Connection, workspace_id: str) -> Iterator[Entry]:
    """Every entry, the oldest first, read page by page."""
    after = 0
    while some := audit.page(connection, workspace_id, after=after, limit=_PAGE):
        yield from some
        after = some[-1].seq


def _utc(entry: Entry) -> str:
    return entry.at.astimezone(UTC).isoformat()
