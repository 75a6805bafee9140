"""From what somebody gave to a campaign that can be started: its list read, stored and screened.

The list is never in memory as a whole: a thread reads a batch, the database takes it, and so on;
of several files one is held at a time.
What is read is held by a run (`storage.reading`): a reading that is cut off is begun anew.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial

from bot.background import Background, report
from bot.campaigns.asked import NOTHING_GIVEN
from bot.campaigns.source import Found, ListSource, found_in, read_source
from bot.campaigns.waking import WakesCampaign
from bot.clock import Clock
from bot.errors import FileError, InputError, SlackError, StorageError
from bot.logs import Action, log
from bot.recipients.intake import (
    Batch,
    Layout,
    Listing,
    Reader,
    Ready,
    Refused,
    Summary,
    check_script,
    layout_of,
    open_file,
    open_paste,
)
from bot.recipients.intake.limits import MOST_BYTES
from bot.recipients.intake.rows import Draft
from bot.slack.blocks import notices
from bot.slack.directory import Directory
from bot.texting.campaign import PLAIN, mend_of, text_fault, text_for
from bot.texting.meter import Tape
from storage import reading
from storage.campaigns import Campaign
from storage.engine import Database
from storage.lists import ZONE_MARK, NewRefusal, NewRow
from storage.rows import Kind
from storage.secrets import phone_key

EVERY = timedelta(seconds=3)
_KEPT = ("template", PLAIN)
"""What a campaign's source says of its texts, whatever is read of its list."""
_ENTERED = 1000
"""Rows stored in one write. It holds up everybody else's for about 30 ms; the fewer writes there
are, the less often the same pages of the indexes are written.
"""
_CLEARED = 250
"""Rows forgotten in one write; each costs as much as one that is entered."""
_SCREENED = 1000
"""Rows screened in one write."""
_PASTED = "Pasted numbers"
_TRIES = 5
"""How often a list is asked for while Slack doesn't hand it over."""


@dataclass(frozen=True)
class _Page:
    """One batch as it is stored."""

    ready: list[NewRow]
    refused: list[NewRefusal]


@dataclass
class _Reading:
    """Lists while they are read, one after the other; `count` is how many rows have been.

    `template`: what each row of a list of texts gets, which `tape` measures.
    """

    reader: Reader
    number_key: str
    template: str | None = None
    plain: bool = False
    tape: Tape = field(default_factory=Tape)
    summary: Summary = field(default_factory=Summary)
    found: Found = field(default_factory=Found)
    count: int = 0
    _opened: list[Listing] = field(default_factory=list)
    _lists: list[Layout] = field(default_factory=list)
    _batches: Iterator[Batch] = field(default_factory=lambda: iter(()))

    def open(self, listing: Listing, called: str) -> None:
        """Goes on with this list; of those before it only what they say of themselves is kept."""
        self._opened.append(replace(listing, drafts=_read_already))
        self._lists.append(layout_of(listing, called, self.count))
        self.found = found_in(self._opened, self._lists)
        self._batches = self.reader.batches(listing, _ENTERED)

    def next(self) -> _Page | None:
        """The next rows, for a thread; None at the end. Raises InputError."""
        batch = next(self._batches, None)
        if batch is None:
            return None
        self.summary.add(batch.rows)
        page = _Page([], [])
        for row in batch.rows:
            if isinstance(row, Refused):
                page.refused.append(self._refusal(row.number, row.cells, row.fault, row.mend))
            elif fault := self._text_fault(row):
                zone = row.zones[0] if len(row.zones) == 1 else ""
                cells = self._lists[-1].cells(row.phone, row.name, zone, row.variables)
                page.refused.append(self._refusal(row.number, cells, fault, mend_of(fault)))
            else:
                page.ready.append(self._row(row))
            self.count += 1
        return page

    def _refusal(self, number: int, cells: Sequence[str], fault: str, mend: str) -> NewRefusal:
        return NewRefusal(number, tuple(cells), fault, mend, len(self._lists) - 1)

    def _text(self, template: str, row: Ready) -> str:
        return text_for(template, row.name, row.variables, plain=self.plain)

    def _text_fault(self, row: Ready) -> str:
        if self.template is None:
            return ""
        return text_fault(self._text(self.template, row))

    def _row(self, row: Ready) -> NewRow:
        parts = None
        if self.template is not None:
            parts = self.tape.add(self._text(self.template, row)).parts
        return NewRow(
            seq=self.count,
            row=row.number,
            phone=row.phone,
            phone_key=phone_key(self.number_key, row.phone),
            name=row.name,
            zone=ZONE_MARK.join(row.zones),
            variables=row.variables,
            parts=parts,
        )


class _Over(Exception):
    """Somebody edited, discarded or took over the list that is being read."""


def _read_already(_region: str) -> Iterator[Draft]:
    return iter(())


class Preflight:
    """Reads the lists of campaigns that are `draft`."""

    def __init__(
        self,
        database: Database,
        directory: Directory,
        wakes: Sequence[WakesCampaign],
        background: Background,
        clock: Clock,
        *,
        run: str,
        region: Callable[[str], str],
    ) -> None:
        """`region` of a workspace, by its id."""
        self._database = database
        self._directory = directory
        self._wakes = wakes
        self._background = background
        self._clock = clock
        self._run = run
        self._region = region
        self._in_hand: dict[str, datetime] = {}
        """Of each campaign that is read here: since which of its moves."""
        self._tries: dict[str, int] = {}

    def begin(self, campaign: Campaign) -> None:
        """Reads its list from now on; a reading of an earlier move ends by itself."""
        if self._in_hand.get(campaign.id, campaign.moved_at) > campaign.moved_at:
            return  # `look` was quicker
        self._in_hand[campaign.id] = campaign.moved_at
        self._background.start(self._read(campaign))

    async def look(self) -> None:
        """Begins anew what a dead run, or a failure, left."""
        left = partial(reading.left, run=self._run, reading=tuple(self._in_hand), now=self._clock())
        for campaign in await self._database.write(left):
            self.begin(campaign)

    async def opened(
        self, workspace_id: str, source: ListSource
    ) -> AsyncIterator[tuple[str, Listing]]:
        """What was given, opened one after the other, each as people call it: no more than one file
        is held at a time. Raises InputError, also where nothing was given, FileError, SlackError.
        """
        if not source.is_given:
            raise InputError({"numbers": NOTHING_GIVEN, "file": NOTHING_GIVEN})
        if source.numbers.strip():
            yield _PASTED, await asyncio.to_thread(open_paste, source.numbers)
        api = self._directory.api(workspace_id)
        for each in source.files:
            downloaded = await api.download(each.id, most=MOST_BYTES)
            listing = await asyncio.to_thread(open_file, downloaded.data, source.mapping)
            del downloaded
            yield each.name or "A file", listing
            del listing

    async def _read(self, campaign: Campaign) -> None:
        source = read_source(campaign.source)
        try:
            await self._through(campaign, source)
        except _Over:
            return
        except (InputError, FileError) as error:
            await self._fail(campaign, error.message)
        except SlackError as error:
            await self._wait(campaign, error)
        except StorageError as error:  # the next look begins anew
            log(Action.DATABASE_AWAY, level="warning", detail=error.detail, lasting=error.lasting)
        except Exception as error:  # noqa: BLE001 - whatever is in a list, its card says so
            await self._fail(campaign, notices.fault(report(error)))
        else:
            self._tries.pop(campaign.id, None)
        finally:
            if self._in_hand.get(campaign.id) == campaign.moved_at:
                del self._in_hand[campaign.id]

    async def _through(self, campaign: Campaign, source: ListSource) -> None:
        while await self._database.write(partial(reading.clear, campaign=campaign, limit=_CLEARED)):
            continue
        template = campaign.script if campaign.kind is Kind.TEXT else None
        begun = _Reading(
            Reader(self._region(campaign.workspace_id)),
            self._directory.workspace(campaign.workspace_id).number_key,
            template,
            plain=bool(campaign.source.get(PLAIN)),
        )
        async for called, listing in self.opened(campaign.workspace_id, source):
            begun.open(listing, called)
            await self._keep(campaign, source, begun.found)
            if campaign.script is not None:
                check_script(campaign.script, begun.found.variables)
            await self._enter(campaign, begun)
        await self._screen(campaign, begun.count)
        await self._finish(campaign, source, begun)

    async def _keep(self, campaign: Campaign, source: ListSource, found: Found) -> None:
        """Writes down which columns there are: they can be corrected, even if nothing is read."""
        kept = _stored(campaign, source, found)
        if not await self._database.write(partial(reading.keep, campaign=campaign, source=kept)):
            raise _Over

    async def _enter(self, campaign: Campaign, begun: _Reading) -> None:
        """Stores one page while a thread reads the next."""
        following = asyncio.ensure_future(asyncio.to_thread(begun.next))
        try:
            while (page := await following) is not None:
                following = asyncio.ensure_future(asyncio.to_thread(begun.next))
                entered = partial(
                    reading.enter,
                    campaign=campaign,
                    ready=page.ready,
                    refused=page.refused,
                    now=self._clock(),
                )
                if self._background.is_closing or not await self._database.write(entered):
                    raise _Over  # at a stop: the next life begins anew
        finally:
            following.cancel()

    async def _screen(self, campaign: Campaign, count: int) -> None:
        days = timedelta(days=campaign.skip_days)
        since = self._clock() - days if days else None
        for first in range(0, count, _SCREENED):
            seqs = (first, first + _SCREENED - 1)
            screened = partial(reading.screen, campaign=campaign, since=since, seqs=seqs)
            if not await self._database.write(screened):
                raise _Over

    async def _finish(self, campaign: Campaign, source: ListSource, begun: _Reading) -> None:
        ready = await self._database.write(
            partial(
                reading.finish,
                campaign=campaign,
                total=begun.count,
                source=_stored(campaign, source, begun.found.counted(begun.summary))
                | {"sizes": begun.tape.meter().stored()},
                now=self._clock(),
            )
        )
        if ready is None:
            raise _Over
        log(Action.CAMPAIGN_READ, campaign=campaign.id, rows=begun.count)
        self._wake(ready)

    async def _fail(self, campaign: Campaign, said: str) -> None:
        fail = partial(reading.fail, campaign=campaign, said=said, now=self._clock())
        failed = await self._database.write(fail)
        self._tries.pop(campaign.id, None)
        if failed is not None:
            self._wake(failed)

    async def _wait(self, campaign: Campaign, error: SlackError) -> None:
        """Slack may hand the file over at the next look, a few times."""
        log(Action.SLACK_UNREACHABLE, level="warning", detail=error.code)
        self._tries[campaign.id] = self._tries.get(campaign.id, 0) + 1
        if self._tries[campaign.id] >= _TRIES:
            await self._fail(campaign, error.message)

    def _wake(self, campaign: Campaign) -> None:
        for each in self._wakes:
            each.wake(campaign)


def _stored(campaign: Campaign, source: ListSource, found: Found) -> dict[str, object]:
    kept = {name: campaign.source[name] for name in _KEPT if name in campaign.source}
    return replace(source, found=found).stored(campaign.script) | kept
