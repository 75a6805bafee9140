"""Redraws of open views while somebody types: at most one in 700 ms a view, the last one wins."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from bot.background import Background
from bot.errors import SlackError
from bot.logs import Action, log
from bot.slack.blocks.parts import Block
from bot.slack.directory import Directory
from bot.slack.routes import Ask

SPACING = 0.7
"""Seconds between two updates of one view."""


@dataclass
class _View:
    """One open view: what it is to show next, and the hash that our last update gave it.

    `ours` maps the hash that was updated to the one that it has since: a character that was typed
    before the update was seen names the old one.
    """

    following: tuple[Ask, Block] | None = None
    ours: tuple[str, str] = ("", "")


class Redraws:
    """The views that are redrawn by this process."""

    def __init__(
        self,
        directory: Directory,
        background: Background,
        *,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._directory = directory
        self._background = background
        self._sleep = sleep
        self._views: dict[tuple[str, str], _View] = {}

    def show(self, ask: Ask, view: Block) -> None:
        """Shows this in the view that the ask came from, unless something later comes first."""
        key = (ask.workspace.id, ask.view_id)
        known = self._views.get(key)
        if known is not None:
            known.following = (ask, view)
            return
        self._views[key] = _View((ask, view))
        self._background.start(self._keep(key))

    async def _keep(self, key: tuple[str, str]) -> None:
        known = self._views[key]
        try:
            while known.following is not None:
                ask, view = known.following
                known.following = None
                await self._update(known, ask, view)
                await self._sleep(SPACING)
        finally:
            del self._views[key]

    async def _update(self, known: _View, ask: Ask, view: Block) -> None:
        before, after = known.ours
        hash_ = after if ask.view_hash == before else ask.view_hash
        api = self._directory.api(ask.workspace.id)
        try:
            shown = await api.call("views.update", view_id=ask.view_id, hash=hash_, view=view)
        except SlackError as error:  # closed, or something later was quicker: it is drawn then
            log(Action.POST_FAILED, detail=error.code)
        else:
            known.ours = (ask.view_hash, str(shown["view"]["hash"]))
