"""A token that Slack doesn't take stops a whole workspace: all wait, and one tries for them."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.clock import Clock
from bot.errors import NotLetIn
from bot.logs import Action, log

_FIRST = timedelta(seconds=15)
_SLOWEST = timedelta(minutes=5)


@dataclass
class _Shut:
    """Nobody tries before `until`; then one does."""

    until: datetime
    pause: timedelta


class Gate:
    """Lets requests through by workspace, for as long as Slack takes its token."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._shut: dict[str, _Shut] = {}

    def is_shut(self, workspace_id: str) -> bool:
        """Whether a request would only be refused here."""
        shut = self._shut.get(workspace_id)
        return shut is not None and shut.until > self._clock()

    def open(self, workspace_id: str) -> None:
        """It may be another token from now on: whoever comes next tries."""
        self._shut.pop(workspace_id, None)

    @contextmanager
    def through(self, workspace_id: str) -> Iterator[None]:
        """Around requests to Slack. Raises NotLetIn: here, without a request, while all wait."""
        trying = self._shut.get(workspace_id)
        if trying is not None:
            if self.is_shut(workspace_id):
                raise NotLetIn("waiting")
            trying.until = self._clock() + trying.pause
        try:
            yield
        except NotLetIn as error:
            self._refused(workspace_id, trying, error.code)
            raise
        else:
            self._shut.pop(workspace_id, None)

    def _refused(self, workspace_id: str, tried: _Shut | None, code: str) -> None:
        """Shuts it, longer where the one who tried for all was refused again."""
        if tried is None and workspace_id in self._shut:
            return  # it was on its way while another was refused
        pause = _FIRST if tried is None else min(tried.pause * 2, _SLOWEST)
        self._shut[workspace_id] = _Shut(self._clock() + pause, pause)
        log(Action.TOKEN_REFUSED, level="warning", workspace=workspace_id, detail=code)
