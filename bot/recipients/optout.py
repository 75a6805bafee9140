"""Opt-outs as people handle them: one number, many, the list of all."""

import io
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from bot.clock import Clock
from bot.recipients.files import write_csv
from storage import Connection, audit, optouts
from storage.engine import Database
from storage.optouts import OptOut, Position, Source
from storage.secrets import phone_key
from storage.workspaces import Workspace

_AT_ONCE = 15
"""Numbers in one transaction, which takes some 6 ms on SQLite, 12 ms on PostgreSQL."""
_PAGE = 10
_EXPORTED_PAGE = 1000
_COLUMNS = ("Phone", "Opted out at", "How", "By")
_ERASED = "erased"


@dataclass(frozen=True)
class Page:
    """Some of the opt-outs, newest first, of all there are; `next` where the next ones begin."""

    opt_outs: Sequence[OptOut]
    total: int
    next: Position | None


@dataclass(frozen=True)
class Export:
    """Every opt-out as a CSV file in UTF-8, the newest first."""

    data: bytes
    count: int


class OptOuts:
    """Numbers that mustn't be reached, in any workspace."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def find(self, workspace: Workspace, e164: str) -> OptOut | None:
        """The number's opt-out, where it is out."""
        key = phone_key(workspace.number_key, e164)
        return await self._database.read(
            partial(optouts.find, workspace_id=workspace.id, phone_key=key)
        )

    async def add(
        self, workspace: Workspace, numbers: Sequence[str], *, source: Source, by: str
    ) -> int:
        """Opts these out (E.164), and cancels what waits for them; how many weren't before."""
        count = 0
        for start in range(0, len(numbers), _AT_ONCE):
            some = numbers[start : start + _AT_ONCE]
            count += await self._database.write(
                partial(self._add, workspace=workspace, numbers=some, source=source, by=by)
            )
        return count

    def _add(
        self,
        connection: Connection,
        *,
        workspace: Workspace,
        numbers: Sequence[str],
        source: Source,
        by: str,
    ) -> int:
        now = self._clock()
        return sum(
            optouts.add(
                connection,
                workspace.id,
                number,
                phone_key(workspace.number_key, number),
                source=source,
                by=by,
                now=now,
            )
            for number in numbers
        )

    async def allow(self, workspace: Workspace, e164: str, *, by: str) -> bool:
        """Lets the number be reached again; False where it wasn't out, or said STOP itself."""
        return await self._database.write(
            partial(
                optouts.remove,
                workspace_id=workspace.id,
                phone_key=phone_key(workspace.number_key, e164),
                source=Source.PERSON,
                by=by,
                now=self._clock(),
            )
        )

    async def page(self, workspace: Workspace, after: Position | None) -> Page:
        """The newest, or those that come after that position."""

        def look(connection: Connection) -> Page:
            found = optouts.page(connection, workspace.id, after=after, limit=_PAGE + 1)
            shown = found[:_PAGE]
            last = shown[-1] if len(found) > _PAGE else None
            end = Position(last.at, last.phone_key) if last else None
            return Page(shown, optouts.count(connection, workspace.id), end)

        return await self._database.scan(look)

    async def export(self, workspace: Workspace, *, by: str) -> Export:
        """All of them; who asked for it is in the audit log."""
        found = await self._all(workspace)
        written = io.BytesIO()
        write_csv(_COLUMNS, map(_row, found), written)
        await self._database.write(
            partial(
                audit.append,
                workspace_id=workspace.id,
                actor=by,
                deed="opt_outs_exported",
                subject="opt_outs",
                now=self._clock(),
                count=len(found),
            )
        )
        return Export(written.getvalue(), len(found))

    async def _all(self, workspace: Workspace) -> list[OptOut]:
        """Read page by page, so that no look takes long."""
        found: list[OptOut] = []
        after = None
        while some := await self._database.scan(
            partial(optouts.page, workspace_id=workspace.id, after=after, limit=_EXPORTED_PAGE)
        ):
            found += some
            after = Position(some[-1].at, some[-1].phone_key)
        return found


def _row(out: OptOut) -> tuple[str, str, str, str]:
    """The cells of one, in the order of `_COLUMNS`."""
    return out.phone or _ERASED, out.at.isoformat(timespec="seconds"), out.source, out.by or ""
