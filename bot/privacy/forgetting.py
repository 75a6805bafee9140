"""Erases people, step by step: each step is written down, so that another life goes on with it."""

from collections.abc import Sequence
from datetime import timedelta
from functools import partial
from typing import Any

from bot.clock import Clock
from bot.errors import BotError, Lasting, SlackError, StorageError
from bot.logs import Action, log
from bot.privacy.clearing import Clearing
from bot.privacy.person import person_of
from bot.slack.api import Posted
from bot.slack.blocks import forget as blocks
from bot.slack.blocks.parts import Message
from bot.slack.deliver import Deliverer, Place, Post
from bot.slack.directory import Directory
from storage import Connection, erasure, erasures, mentions, ours_in_slack
from storage.engine import Database
from storage.erasures import Erasure, Stage
from storage.mentions import SPOTS, Person, Spot

EVERY = timedelta(seconds=1)
_SOME = 200
"""Rows that one write erases."""
_LOOKED_AT = 2_000
"""Rows that one look goes through."""


class Forgetting:
    """Takes erasures from where they stand to their receipt."""

    def __init__(
        self,
        database: Database,
        directory: Directory,
        deliverer: Deliverer,
        clearing: Clearing,
        clock: Clock,
        *,
        run: str,
    ) -> None:
        self._database = database
        self._directory = directory
        self._deliverer = deliverer
        self._clearing = clearing
        self._clock = clock
        self._run = run

    async def look(self) -> None:
        """Goes on with every erasure of this run's."""
        if not await self._database.read(erasures.is_any):
            return
        mine = partial(erasures.mine, run=self._run, now=self._clock())
        for each in await self._database.write(mine):
            try:
                await self._step(each)
            except StorageError as error:
                log(Action.DATABASE_AWAY, level="warning", detail=error.detail)

    async def _step(self, it: Erasure) -> None:
        """As far as it goes now."""
        match it.stage:
            case Stage.WAITING:
                await self._erase(it)
            case Stage.WIPING:
                await self._wipe(it)
            case Stage.SLACK:
                await self._clear(it)
            case Stage.TELLING:
                await self._tell(it)
            case Stage.GATHERING | Stage.DONE:
                return

    # The database

    async def _erase(self, it: Erasure) -> None:
        """What may be erased is, at once; the rest once nobody is reaching the person any more."""
        more = True
        while more:
            more = await self._database.write(partial(self._some_rows, it=it))
        if await self._database.read(partial(self._waits, it=it)):
            return
        known = await self._database.read(partial(erasures.get, erasure_id=it.id))
        if known is None or known.phone is None:
            return
        person = person_of(known.phone, known.names)
        for spot in SPOTS:
            await self._sweep(it, spot, person)
        await self._database.write(partial(_clean, it=it))
        log(Action.ERASED, erasure=it.id)
        await self._wipe(it)

    def _some_rows(self, connection: Connection, it: Erasure) -> bool:
        """The next rows, with the replies, in one transaction. Whether there may be more."""
        number = (it.workspace_id, it.phone_key)
        cancelled = erasure.cancel(connection, *number, until=it.asked_at)
        rows = erasure.of_person(connection, *number, until=it.asked_at, limit=_SOME)
        replied = erasure.replies(connection, it.workspace_id, phone_key=it.phone_key, limit=_SOME)
        counts = self._clearing.rows(connection, it.workspace_id, it.id, rows, replied)
        if cancelled or rows or replied:
            counts["cancelled"] += cancelled
            names = [row.name for row in rows]
            erasures.learn(connection, it.id, names=names, counts=counts)
        return _SOME in (counts["calls"] + counts["texts"], counts["replies"])

    def _waits(self, connection: Connection, it: Erasure) -> bool:
        """Whether somebody is reaching the person, or being told of them."""
        number = (it.workspace_id, it.phone_key)
        told = erasure.replies(connection, it.workspace_id, phone_key=it.phone_key, limit=1)
        return bool(told or erasure.unerased(connection, *number, until=it.asked_at))

    async def _sweep(self, it: Erasure, spot: Spot, person: Person) -> None:
        """One table's texts: looked through beside everything else, written where it has to be."""
        after = None
        while True:
            page = await self._database.scan(
                partial(
                    mentions.look,
                    workspace_id=it.workspace_id,
                    spot=spot,
                    person=person,
                    after=after,
                    limit=_LOOKED_AT,
                )
            )
            for start in range(0, len(page.found), _SOME):
                some = page.found[start : start + _SOME]
                await self._database.write(
                    partial(_mend, it=it, spot=spot, person=person, ids=some)
                )
            after = page.last
            if after is None:
                return

    async def _wipe(self, it: Erasure) -> None:
        """No file of the database holds the bytes any more; until that is so, it is tried again."""
        if await self._database.wipe():
            go_on = partial(erasures.go_on, erasure_id=it.id, stage=Stage.SLACK)
            await self._database.write(go_on)

    # Slack

    async def _clear(self, it: Erasure) -> None:
        """Messages and files, as many as may go now."""
        if not await self._clearing.clear(it):
            return
        now = self._clock()
        late = partial(ours_in_slack.late, workspace_id=it.workspace_id, erasure_id=it.id, now=now)
        on_its_way = await self._database.write(late)
        more = await self._database.read(partial(erasures.tasks, erasure_id=it.id, limit=1))
        if on_its_way or more:
            return
        if it.is_of_person:
            go_on = partial(erasures.go_on, erasure_id=it.id, stage=Stage.TELLING)
            await self._database.write(go_on)
        else:
            await self._database.write(partial(erasures.finish, erasure=it, now=now))

    async def _tell(self, it: Erasure) -> None:
        """The receipt, once, to who asked."""
        done, failed = await self._database.read(partial(erasures.told, erasure_id=it.id))
        is_out = await self._database.read(partial(_is_out, it=it))

        def draw(heads: tuple[str, ...]) -> Message:
            return blocks.receipt(it, done, failed, is_out=is_out, heads=heads)

        def also(connection: Connection, _at: Posted, _drawn_at: object) -> None:
            erasures.finish(connection, it, now=self._clock())

        what = Post(f"erasure:{it.id}:receipt", it.id, blocks.POSSIBLY_REPEATED)
        try:
            api = self._directory.api(it.workspace_id)
            place = Place(it.workspace_id, await api.dm(it.asked_by), it.asked_by)
            await self._deliverer.post(what, place, draw, also=also)
        except Lasting as error:  # who asked can't be written to any more: the audit log has it
            log(Action.POST_FAILED, level="warning", erasure=it.id, detail=error.code)
            await self._database.write(partial(erasures.finish, erasure=it, now=self._clock()))
        except SlackError as error:  # the next look tries again
            log(Action.POST_FAILED, level="warning", erasure=it.id, detail=error.code)
        except BotError as error:
            log(Action.POST_FAILED, level="warning", erasure=it.id, detail=error.detail)


def _clean(connection: Connection, it: Erasure) -> None:
    """The last of it: of an opt-out the hash stays, of the erasure itself what it counted."""
    if erasure.keep_hash(connection, it.workspace_id, it.phone_key):
        exports = [ours_in_slack.OPT_OUTS]
        ours_in_slack.files_of(connection, it.workspace_id, it.id, exports)
    erasures.clean(connection, it.id)


def _mend(
    connection: Connection, it: Erasure, spot: Spot, person: Person, ids: Sequence[Any]
) -> None:
    changed, campaigns = mentions.mend(connection, spot, person, ids)
    erasures.learn(connection, it.id, counts={"mentions": changed})
    ours_in_slack.files_of(connection, it.workspace_id, it.id, campaigns)
    erasure.redraw(connection, campaigns)


def _is_out(connection: Connection, it: Erasure) -> bool:
    return erasure.stored(connection, it.workspace_id, it.phone_key).is_out
