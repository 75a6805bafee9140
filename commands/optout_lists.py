"""Many numbers opted out at once: pasted into the modal of /toingg optout, or in a file."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial

from bot.access import Deed, may
from bot.errors import InputError, NotAllowed
from bot.recipients.intake import Batch, Fault, Listing, Refused, open_file, open_sources, read
from bot.recipients.intake.limits import MOST_BYTES
from bot.recipients.optout import OptOuts
from bot.slack.blocks import opt_outs as blocks
from bot.slack.blocks.parts import Block
from bot.slack.directory import Directory
from bot.slack.routes import Answer, Ask, FileRef, Kind, Later, Routes
from storage.optouts import Source

_MOST_IN_FIELD = 3
_MOST_REPORTED = 10


@dataclass
class _Tally:
    """What has become of the rows so far."""

    new: int = 0
    known: int = 0
    faults: dict[str, str] = field(default_factory=dict)
    left: int = 0

    def refuse(self, rows: list[Refused]) -> None:
        """Keeps the first of them to be told, and counts the others."""
        for row in rows:
            if len(self.faults) < _MOST_REPORTED:
                self.faults[f"Row {row.number:,}"] = row.mend
            else:
                self.left += 1


@dataclass(frozen=True)
class OptOutLists:
    """The modal's submission."""

    opt_outs: OptOuts
    directory: Directory
    region: Callable[[str], str]
    """A workspace's, by its id: the country of numbers without `+`."""

    async def submitted(self, ask: Ask) -> Answer:
        """Pasted numbers are out before Slack is answered; a file is read after that.

        Raises InputError, and opts nobody out, where a pasted number can't be read.
        """
        numbers, files = ask.typed.get("numbers", ""), ask.files.get("file", ())
        if files and not may(ask.actor, Deed.EXCHANGE_OPT_OUTS, ask.workspace.id):
            raise NotAllowed(detail=Deed.EXCHANGE_OPT_OUTS)
        done = _Tally()
        if numbers.strip() or not files:
            await self._pasted(ask, numbers, done)
        if not files:
            return _updated(blocks.done_view(done.new, done.known))
        pasted = blocks.counts(done.new, done.known) if numbers.strip() else ""
        return _updated(blocks.reading_view(pasted), partial(self._file, ask, files[0]))

    async def _pasted(self, ask: Ask, numbers: str, done: _Tally) -> None:
        def rows() -> list[Batch]:
            return list(read(open_sources(numbers, None), self.region(ask.workspace.id)))

        batches = await asyncio.to_thread(rows)
        faulty = [row for batch in batches for row in _faulty(batch)]
        if faulty:
            raise InputError({"numbers": _told(faulty)})
        count = sum(len(batch.ready) for batch in batches)
        source = Source.PERSON if count == 1 else Source.IMPORT
        for batch in batches:
            await self._add(ask, batch, source, done)

    async def _file(self, ask: Ask, given: FileRef) -> None:
        """Reads it batch by batch; whatever came before a fault stays opted out."""
        api = self.directory.api(ask.workspace.id)
        file = await api.download(given.id, most=MOST_BYTES)
        listing = await asyncio.to_thread(open_file, file.data)
        done = await self._listing(ask, listing)
        report = blocks.import_report(file.name, done.new, done.known, done.faults, done.left)
        await api.post(await api.dm(ask.actor.user_id), report)

    async def _listing(self, ask: Ask, listing: Listing) -> _Tally:
        done = _Tally()
        batches = read([listing], self.region(ask.workspace.id))
        while (batch := await asyncio.to_thread(next, batches, None)) is not None:
            done.refuse(_faulty(batch))
            await self._add(ask, batch, Source.IMPORT, done)
        return done

    async def _add(self, ask: Ask, batch: Batch, source: Source, done: _Tally) -> None:
        numbers = [row.phone for row in batch.ready]
        by = ask.actor.user_id
        new = await self.opt_outs.add(ask.workspace, numbers, source=source, by=by)
        done.new += new
        done.known += len(numbers) - new


def _faulty(batch: Batch) -> list[Refused]:
    """Rows that have to be mended; a number that comes twice needn't."""
    return [row for row in batch.refused if row.fault is not Fault.DUPLICATE]


def _told(rows: list[Refused]) -> str:
    """What is wrong with pasted lines, in one field."""
    lines = [f"Line {row.number:,}: {row.mend}" for row in rows[:_MOST_IN_FIELD]]
    more = len(rows) - _MOST_IN_FIELD
    return " ".join([*lines, f"And {more:,} more."] if more > 0 else lines)


def _updated(view: Block, then: Later | None = None) -> Answer:
    """The modal shows what came of it."""
    return Answer({"response_action": "update", "view": view}, then)


def register(routes: Routes, lists: OptOutLists) -> None:
    """The modal's submission."""
    routes.add(Kind.SUBMISSION, "optout.form", Deed.OPT_OUT, lists.submitted)
