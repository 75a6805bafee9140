"""What a campaign leaves: files by direct message, figures and a chart in its thread.

Files hold numbers, so no channel gets them, and nobody who may not see them any more. A file is
sent once for each reading and each end of a campaign: its posting is written down before, as that
of a message is; after a death in between it may come twice.
"""

import asyncio
import io
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import IO, TypeVar

from bot.access import Deed, may
from bot.campaigns import tables
from bot.campaigns.picture import draw_bars
from bot.campaigns.source import layouts_in
from bot.clock import Clock
from bot.errors import Lasting, NotReachable, UnknownPerson
from bot.logs import Action, log
from bot.recipients.files import write_csv, write_rejected, write_workbook
from bot.recipients.intake import Layout
from bot.slack.api import Posted
from bot.slack.blocks import campaign_results
from bot.slack.blocks.campaign_card import POSSIBLY_REPEATED
from bot.slack.blocks.campaign_parts import Standing, link_of, title_of
from bot.slack.blocks.parts import Message
from bot.slack.deliver import Deliverer, Place, Post
from bot.slack.directory import Directory
from bot.slack.people import People
from storage import Connection, campaign_cards, cards, ours_in_slack
from storage.campaigns import Campaign
from storage.cards import Posting
from storage.engine import Database

T = TypeVar("T")

Write = Callable[[Sequence[str], Iterator[Sequence[str]], IO[bytes]], None]
_WRITERS: dict[str, Write] = {"csv": write_csv, "xlsx": write_workbook}
Upload = Callable[[], Awaitable[tuple[str, str]]]
"""Uploads a file, and gives its channel and its id."""
_GIVEN_UP = "given up"
"""Where a file stands that Slack will never take."""
_WITHHELD = "withheld"
"""Where one stands that the person it was for may not see."""
_OWNERS = 5
"""So many are enough for one of them to be reached."""


@dataclass(frozen=True)
class _File:
    """A file to be sent: its name, and what is said with it."""

    name: str
    comment: str
    write: Callable[[tables.Look, IO[bytes]], None]


class Results:
    """Writes and sends them. Raises SlackError for what may pass."""

    def __init__(
        self,
        database: Database,
        directory: Directory,
        people: People,
        deliverer: Deliverer,
        clock: Clock,
        *,
        run: str,
    ) -> None:
        self._database = database
        self._directory = directory
        self._people = people
        self._deliverer = deliverer
        self._clock = clock
        self._run = run

    async def send_rejected(self, standing: Standing) -> None:
        """`rejected.csv` for who asked: once for each reading of the list that left out rows."""
        campaign, numbers = standing.campaign, standing.tally
        if not numbers.refused and not numbers.skipped:
            return
        last = partial(campaign_cards.last_reading, campaign_id=campaign.id)
        reading = await self._database.read(last)
        comment = f"Rows of {title_of(campaign)} that are left out, why, and how to mend them."
        file = _File("rejected.csv", comment, partial(_write_rejected, campaign))
        await self._once(
            campaign,
            f"rejected:{reading}",
            partial(self._deliver, campaign, campaign.requested_by, file, str(reading)),
        )

    async def send_all(self, standing: Standing, at: Posted | None) -> None:
        """The files for who answers for it, the figures for the thread `at`: once for each end."""
        campaign = standing.campaign
        end = _end(campaign)
        for file in self._files(campaign):
            upload = partial(self._deliver, campaign, campaign.owner, file, str(end))
            await self._once(campaign, f"{file.name}:{end}", upload)
        if at is not None:
            await self._tell(standing, at, f"results:{end}")

    async def send(self, campaign: Campaign, user_id: str) -> None:
        """The results so far, for who asks for them and may see them."""
        for file in self._files(campaign):
            channel, file_id = await self._upload(campaign, user_id, file)
            await self._database.write(
                partial(
                    ours_in_slack.keep,
                    workspace_id=campaign.workspace_id,
                    subject=campaign.id,
                    run=self._run,
                    channel=channel,
                    ts=file_id,
                    now=self._clock(),
                )
            )

    def _files(self, campaign: Campaign) -> list[_File]:
        comment = f"Results of {title_of(campaign)}"
        return [
            _File(f"results.{kind}", comment, partial(_write_results, campaign, kind))
            for kind in _WRITERS
        ]

    # Who gets them

    async def _deliver(
        self, campaign: Campaign, user_id: str, file: _File, when: str
    ) -> tuple[str, str]:
        """To this person, who may have lost the role since; else an owner is told, once."""
        if await self._may(campaign, user_id):
            return await self._upload(campaign, user_id, file)
        log(Action.REFUSED, campaign=campaign.id, detail=Deed.READ_RESULTS.value)
        tell = partial(self._tell_owner, campaign, user_id)
        await self._once(campaign, f"withheld:{when}", tell)
        return "", _WITHHELD

    async def _may(self, campaign: Campaign, user_id: str) -> bool:
        workspace = self._directory.workspace(campaign.workspace_id)
        api = self._directory.api(workspace.id)
        actor = await self._people.actor(workspace, api, user_id, None)
        return may(actor, Deed.READ_RESULTS, workspace.id, asked_by=campaign.owner)

    async def _tell_owner(self, campaign: Campaign, user_id: str) -> tuple[str, str]:
        """The first of them who can be reached."""
        workspace = self._directory.workspace(campaign.workspace_id)
        api = self._directory.api(workspace.id)
        link = link_of(campaign, workspace.at.url, "its card")
        message = campaign_results.withheld(campaign, user_id, link)
        for owner in self._people.owners(workspace.id)[:_OWNERS]:
            try:
                if await self._may(campaign, owner):
                    posted = await api.post(await api.dm(owner), message)
                    return posted.channel, posted.ts
            except (Lasting, UnknownPerson) as error:
                log(Action.POST_FAILED, level="warning", campaign=campaign.id, detail=error.detail)
        return "", _GIVEN_UP

    # Files

    async def _once(self, campaign: Campaign, key: str, upload: Upload) -> None:
        posting = await self._database.write(
            partial(
                cards.intend,
                workspace_id=campaign.workspace_id,
                key=f"campaign:{campaign.id}:{key}",
                subject=campaign.id,
                run=self._run,
                channel="",
                thread_ts=None,
                now=self._clock(),
            )
        )
        if posting is None or posting.ts is not None:  # another process is about it, or it's there
            return
        try:
            channel, stands = await upload()
        except Lasting as error:
            log(Action.POST_FAILED, level="warning", campaign=campaign.id, detail=error.code)
            channel, stands = "", _GIVEN_UP
        await self._database.write(partial(_sent, posting=posting, channel=channel, ts=stands))

    async def _upload(self, campaign: Campaign, user_id: str, file: _File) -> tuple[str, str]:
        """The direct message's channel, and the file's id."""
        data = await self._written(file)
        api = self._directory.api(campaign.workspace_id)
        channel = await api.dm(user_id)
        stands = await api.upload(
            channel, name=file.name, data=data, title=file.name, comment=file.comment
        )
        return channel, stands

    async def _written(self, file: _File) -> bytes:
        """The file, written on a thread of its own: a page of rows in memory at a time."""
        loop = asyncio.get_running_loop()

        def page(work: Callable[[Connection], T]) -> T:
            return asyncio.run_coroutine_threadsafe(self._database.scan(work), loop).result()

        def write() -> bytes:
            to = io.BytesIO()
            file.write(page, to)
            return to.getvalue()

        return await asyncio.to_thread(write)

    # Figures

    async def _tell(self, standing: Standing, at: Posted, key: str) -> None:
        try:
            await self._post(standing, at, key, with_chart=True)
        except NotReachable:
            raise
        except Lasting as error:
            log(Action.POST_FAILED, level="warning", detail=error.code)
            picture = partial(self._picture, standing, at)
            await self._once(standing.campaign, f"{key}:picture", picture)
            await self._post(standing, at, key, with_chart=False)

    async def _post(self, standing: Standing, at: Posted, key: str, *, with_chart: bool) -> None:
        campaign = standing.campaign
        withheld = f"campaign:{campaign.id}:withheld:{_end(campaign)}"
        find = partial(cards.stands_at, workspace_id=campaign.workspace_id, key=withheld)
        is_withheld = await self._database.read(find) is not None
        said = campaign_results.not_sent if is_withheld else campaign_results.sent
        where = said(campaign)

        def draw(heads: tuple[str, ...]) -> Message:
            return campaign_results.results(
                standing, where=where, with_chart=with_chart, heads=heads
            )

        what = Post(f"campaign:{campaign.id}:{key}", campaign.id, POSSIBLY_REPEATED)
        place = Place(campaign.workspace_id, at.channel, campaign.owner, thread_ts=at.ts)
        await self._deliverer.post(what, place, draw, also=lambda *_: None)

    async def _picture(self, standing: Standing, at: Posted) -> tuple[str, str]:
        """The chart for a workspace that doesn't take Slack's own. Its figures stand beside it."""
        campaign = standing.campaign
        counted = campaign_results.bars(standing.tally, campaign)
        heading = campaign_results.title_for(campaign)
        data = await asyncio.to_thread(draw_bars, heading, counted)
        stands = await self._directory.api(campaign.workspace_id).upload(
            at.channel,
            name="results.png",
            data=data,
            title=f"{heading}: {campaign_results.summary(standing)}",
            comment=heading,
            thread_ts=at.ts,
        )
        return at.channel, stands


def _end(campaign: Campaign) -> int:
    """When it ended: one that is called again ends again."""
    return int(campaign.ended_at.timestamp()) if campaign.ended_at is not None else 0


def _write_results(campaign: Campaign, kind: str, look: tables.Look, to: IO[bytes]) -> None:
    table = tables.results()
    _WRITERS[kind](table.columns, table.rows(look, campaign.id), to)


def _write_rejected(campaign: Campaign, look: tables.Look, to: IO[bytes]) -> None:
    layouts = layouts_in(campaign.source) or (Layout(),)  # it was read before they were kept
    write_rejected(layouts, tables.rejected(look, campaign.id, layouts), to)


def _sent(connection: Connection, *, posting: Posting, channel: str, ts: str) -> None:
    cards.posted(connection, posting, channel=channel, ts=ts, unsure=False)
