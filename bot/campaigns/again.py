"""A campaign out of an old one's people: who wasn't reached, or all of them, once more.

It is a campaign like any other, with its own numbers before anybody is called. Who was left out of
the old one stays out, and opt-outs are screened anew.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from functools import partial
from typing import Any

from bot.background import Background
from bot.campaigns.source import layouts_in
from bot.campaigns.waking import WakesCampaign
from bot.clock import Clock
from bot.errors import BotError
from bot.logs import Action, log
from bot.recipients.intake.script import variables_of
from bot.texting.campaign import PLAIN, text_fault, text_for
from bot.texting.meter import Tape
from storage import Connection, campaign_cards, campaigns, lists
from storage.campaigns import CAMPAIGNS, Campaign, Happened, NewCampaign, Stage
from storage.engine import Database
from storage.lists import NewRow
from storage.rows import Kind

EVERY = timedelta(seconds=5)
_CHUNK = 400
"""People that are copied in one transaction: it stays short."""
_SCREENED = 2_000
_MOST = 10_000
_WAITS = (Stage.DRAFT, Stage.READY, Stage.AWAITING_APPROVAL)


class Which(StrEnum):
    """Who is called again."""

    UNREACHED = "unreached"
    ALL = "all"


@dataclass(frozen=True)
class Begun:
    """What a click on Run Again or Retry No-Answers led to; new, or there already."""

    campaign: Campaign
    is_new: bool


@dataclass(frozen=True)
class Texts:
    """What the people of a campaign of calls are sent; `used`: which template that is."""

    message: str
    used: Mapping[str, Any]


@dataclass(frozen=True)
class _Copied:
    """How far the copying has come."""

    people: int = 0
    last: int = -1


class Again:
    """Makes such campaigns, and goes on with those that a death left half made."""

    def __init__(
        self,
        database: Database,
        background: Background,
        clock: Clock,
        wakes: WakesCampaign,
        *,
        run: str,
    ) -> None:
        self._database = database
        self._background = background
        self._clock = clock
        self._wakes = wakes
        self._run = run
        self._copying: set[str] = set()

    async def begin(self, old: Campaign, which: Which, *, actor: str) -> Begun:
        """The new campaign, `draft`, whose people are being copied; or the one that was made
        before, where it still waits for its start.
        """
        now = self._clock()
        make = partial(_make, old=old, which=which, actor=actor, run=self._run, now=now)
        begun = await self._database.write(make)
        if begun.is_new:
            self._wakes.wake(begun.campaign)
            self._start(begun.campaign)
        return begun

    async def text(
        self, old: Campaign, which: Which, texts: Texts, *, actor: str, click_key: str
    ) -> Campaign | None:
        """The same, but they are sent this in place of what the old campaign did; None: the click
        is known.
        """
        asked = _asked(old, which, actor, click_key, texts)
        create = partial(campaigns.create, new=asked, run=self._run, now=self._clock())
        new = await self._database.write(create)
        if new is not None:
            self._wakes.wake(new)
            self._start(new)
        return new

    async def look(self) -> None:
        """Takes up the drafts of a run that died over them."""
        find = partial(campaign_cards.copies, run=self._run, now=self._clock())
        for draft in await self._database.scan(find):
            self._start(draft)

    def _start(self, draft: Campaign) -> None:
        if draft.id not in self._copying:
            self._copying.add(draft.id)
            self._background.start(self._copy(draft))

    async def _copy(self, draft: Campaign) -> None:
        try:
            tape = Tape()
            copied = await self._enter(draft, tape)
            for low in range(0, copied.last + 1, _SCREENED):
                seqs = (low, low + _SCREENED - 1)
                screen = partial(lists.screen, campaign=draft, since=None, seqs=seqs)
                await self._database.write(screen)
            ready = await self._database.write(
                partial(
                    campaigns.move,
                    campaign=draft,
                    to=Stage.READY,
                    happened=Happened.READ,
                    from_=[Stage.DRAFT],
                    now=self._clock(),
                    total=copied.people,
                    run=self._run,
                    source={**draft.source, "sizes": tape.meter().stored()},
                )
            )
        except BotError as error:  # `look` takes it up again
            log(Action.TASK_FAILED, level="warning", campaign=draft.id, detail=error.detail)
        else:
            self._wakes.wake(ready or draft)
        finally:
            self._copying.discard(draft.id)

    async def _enter(self, draft: Campaign, tape: Tape) -> _Copied:
        """Copies in the list's order. Whoever is there already, from before a death, stays."""
        copied = _Copied()
        which = Which(draft.source["again"])
        while True:
            chunk = partial(_chunk, draft=draft, which=which, after=copied.last, now=self._clock())
            count, last, measured = await self._database.write(chunk)
            tape.merge(measured)
            if last is None:
                return copied
            copied = _Copied(copied.people + count, last)


def _asked(
    old: Campaign, which: Which, actor: str, click_key: str, texts: Texts | None = None
) -> NewCampaign:
    """What is asked for, out of the old one."""
    return NewCampaign(
        workspace_id=old.workspace_id,
        click_key=click_key,
        kind=Kind.TEXT if texts else old.kind,
        title=old.title,
        campaign=old.campaign,
        requested_by=actor,
        asked_in=old.asked_in,
        script=texts.message if texts else old.script,
        language=None if texts else old.language,
        source=_source(old, which, texts),
        retry_of=old.id,
    )


def _make(
    connection: Connection, *, old: Campaign, which: Which, actor: str, run: str, now: datetime
) -> Begun:
    """One at a time: how many there were before is in the key, so that a double click makes one."""
    before = _made(connection, old, which)
    waiting = next((each for each in before if each.state in _WAITS), None)
    if waiting is not None:
        return Begun(waiting, is_new=False)
    asked = _asked(old, which, actor, f"{which}:{old.id}:{len(before)}")
    new = campaigns.create(connection, asked, run=run, now=now)
    if new is None:  # by the double of this click, at the same instant
        return Begun(_made(connection, old, which)[0], is_new=False)
    return Begun(new, is_new=True)


def _made(connection: Connection, old: Campaign, which: Which) -> list[Campaign]:
    """Those that were made of these people of the old one before, the newest first."""
    mine = (CAMPAIGNS.c.workspace_id == old.workspace_id, CAMPAIGNS.c.retry_of == old.id)
    found = campaigns.find(connection, *mine, CAMPAIGNS.c.kind == old.kind, limit=_MOST)
    return [each for each in found if each.source.get("again") == which]


def _chunk(
    connection: Connection, *, draft: Campaign, which: Which, **more: Any
) -> tuple[int, int | None, Tape]:
    tape = Tape()  # here, since a transaction may be run again

    def measure(row: NewRow) -> NewRow | None:
        if draft.kind is Kind.CALL:
            return row
        plain = bool(draft.source.get(PLAIN))
        message = text_for(draft.script or "", row.name, row.variables, plain=plain)
        return None if text_fault(message) else replace(row, parts=tape.add(message).parts)

    count, last = lists.copy(
        connection,
        draft.retry_of or "",
        draft,
        only_unreached=which is Which.UNREACHED,
        limit=_CHUNK,
        measure=measure,
        **more,
    )
    return count, last, tape


def _source(old: Campaign, which: Which, texts: Texts | None) -> dict[str, Any]:
    """What the card says of the list, and what a later run needs to go on with it."""
    whose = "who wasn't reached by" if which is Which.UNREACHED else "everybody of"
    kept: dict[str, Any] = {
        name: old.source[name] for name in ("variables", "template", PLAIN) if name in old.source
    }
    if texts is not None:
        kept = {"variables": variables_of(texts.message), **texts.used}
    layouts = [asdict(each) for each in layouts_in(old.source)]
    found = {"found": {"lists": layouts}}  # the rows keep their places
    return {"words": f"{whose} “{old.title}”", "again": which, **kept, **found}
