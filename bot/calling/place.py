"""One row → one call or text, at most once: the only way to dial."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Protocol

from bot.calling.outcomes import LATE, Outcome, outcome_of, still_meant
from bot.calling.settle import settle
from bot.clock import Clock
from bot.errors import ToinggError
from bot.logs import Action, log
from bot.texting.send import Text, send
from bot.toingg.client import Placed, ToinggAccount
from storage import ledger
from storage.engine import Database
from storage.rows import Call, Kind, State

FROZEN = timedelta(seconds=2)
"""An intent older than this isn't acted on: the process slept, and others may have judged it."""

FIRST_POLL = timedelta(seconds=2)

Accounts = Callable[[str], ToinggAccount]
"""The Toingg account of a workspace, by its id."""


@dataclass(frozen=True)
class Dial:
    """What Toingg is asked to do; `phone` in E.164, `script` with nothing left to fill in."""

    campaign: str
    script: str | None
    name: str
    phone: str
    language: str | None


async def reach(account: ToinggAccount, what: Dial | Text) -> Placed:
    """The one way to reach anybody: a text is sent; a call goes by its script where it has one,
    else by the campaign.

    Raises ToinggError.
    """
    if isinstance(what, Text):
        sent = await send(account, what)
        return Placed(sent.message_sid, "v1")
    if what.script is not None:
        return await account.call_with_script(
            campaign=what.campaign, script=what.script, name=what.name, phone=what.phone
        )
    return await account.call(
        campaign=what.campaign, name=what.name, phone=what.phone, language=what.language
    )


def asked_for(row: Call) -> Dial | Text:
    """What Toingg is asked for a single row."""
    if row.kind is Kind.TEXT:
        return Text(row.name, row.phone, row.script or "")
    return Dial(row.campaign, row.script, row.name, row.phone, row.language)


def generation_of(kind: Kind, script: str | None, *, polls: bool) -> str:
    """Which of Toingg's APIs is asked: the third has neither scripts nor texts."""
    return "v3" if polls and kind is Kind.CALL and script is None else "v1"


def first_poll(placed: Placed, now: datetime) -> datetime | None:
    """When a call's state is first asked for; None where only v3 could say."""
    is_known = placed.generation == "v3" and placed.call_sid is not None
    return now + FIRST_POLL if is_known else None


class Wakes(Protocol):
    """Whoever redraws a call when it has moved."""

    def wake(self, call_id: str, workspace_id: str) -> None:
        """Something has changed."""


class Placer:
    """Dials rows of the ledger, and sends those that are texts."""

    def __init__(
        self,
        database: Database,
        accounts: Accounts,
        wakes: Wakes,
        clock: Clock,
        *,
        run: str,
        polls: Callable[[str], bool],
        workspaces: Callable[[], Collection[str]],
    ) -> None:
        """`polls`, of a workspace by its id: its calls are v3's, whose states are asked for.

        `workspaces`: whose rows are dialled; those of others stay, and are offered later.
        """
        self._database = database
        self._accounts = accounts
        self._wakes = wakes
        self._clock = clock
        self._run = run
        self._polls = polls
        self._workspaces = workspaces

    async def place(self, call: Call) -> None:
        """Commits the intent, dials, writes the outcome; whoever loses the race does nothing."""
        if call.workspace_id not in self._workspaces():
            return
        claimed = await self._database.write(
            partial(
                ledger.intend,
                call=call,
                run=self._run,
                generation=generation_of(
                    call.kind, call.script, polls=self._polls(call.workspace_id)
                ),
                now=self._clock(),
            )
        )
        if claimed is None:
            self._wakes.wake(call.id, call.workspace_id)
            return
        if self._is_late(claimed):
            await self._failed(claimed, LATE)
        else:
            await self._dialled(claimed)
        self._wakes.wake(call.id, call.workspace_id)

    def _is_late(self, claimed: Call) -> bool:
        return claimed.intent_at is None or self._clock() - claimed.intent_at > FROZEN

    async def _dialled(self, call: Call) -> None:
        try:
            placed = await reach(self._accounts(call.workspace_id), asked_for(call))
        except ToinggError as error:
            await self._failed(call, outcome_of(error))
        else:
            await self._placed(call, placed)

    async def _placed(self, call: Call, placed: Placed) -> None:
        await self._settled(
            partial(
                ledger.placed,
                call=call,
                call_sid=placed.call_sid,
                generation=placed.generation,
                poll_at=first_poll(placed, self._clock()),
            )
        )
        log(Action.CALL_MOVED, call=call.id, to=State.PLACED)

    async def _failed(self, call: Call, outcome: Outcome) -> None:
        outcome = still_meant(outcome, call, self._clock())
        log(Action.CALL_MOVED, call=call.id, to=outcome.to, reason=outcome.reason)
        if outcome.to is State.UNCERTAIN:
            await self._settled(partial(ledger.uncertain, call=call, reason=outcome.reason))
        elif outcome.wait is not None:
            until = self._clock() + outcome.wait
            await self._settled(
                partial(ledger.wait, call=call, reason=outcome.reason, not_before=until)
            )
        else:
            await self._settled(
                partial(
                    ledger.not_placed,
                    call=call,
                    to=outcome.to,
                    reason=outcome.reason,
                    said=outcome.said,
                )
            )

    async def _settled(self, move: Callable[..., Call | None]) -> None:
        await settle(self._database, move, self._clock)
