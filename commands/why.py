"""/toingg why: what became of one number, and why."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from bot.access import Deed, may
from bot.recipients.numbers import parse_number
from bot.slack.blocks import notices
from bot.slack.blocks.call_card import Source
from bot.slack.blocks.parts import Message
from bot.slack.blocks.trail import trail_message
from bot.slack.routes import Answer, Ask, Flow, Kind, Routes
from bot.slack.text import unwrap
from commands.ordering import Ordering
from storage import trail
from storage.engine import Database
from storage.secrets import phone_key

FLOW = Flow(
    word="why",
    summary="See why a number was called, or wasn't",
    usage="[number]",
    examples=("/toingg-why +1 415 555 0132",),
)

_PAGE = 8
"""Calls with all their events are long: Slack takes 50 blocks, and some ten thousand characters."""
_OLDEST = 10_000


@dataclass(frozen=True)
class WhyFlow:
    """The command, and its pages."""

    database: Database
    ordering: Ordering
    source: Callable[[str], Source]
    region: Callable[[str], str]
    """A workspace's, by its id, as `source` is: the country of numbers without `+`."""

    async def command(self, ask: Ask) -> Answer:
        """The newest of one number."""
        typed = unwrap(ask.text)
        if not typed:
            return Answer(notices.ephemeral("Of which number? `/toingg-why +1 415 555 0132`"))
        number = parse_number(typed, self.region(ask.workspace.id))
        draft = await self.ordering.keep(ask, "why", {"phone": number.e164})
        return Answer(await self._page(ask, number.e164, draft.id, 0))

    async def paged(self, ask: Ask) -> Answer:
        """Older, or Newest, in the place of the page that was clicked."""
        draft_id, _, written = ask.value.partition(".")
        draft = await self.ordering.draft(ask, draft_id)
        e164 = parse_number(str(draft.fields.get("phone", "")), self.region(ask.workspace.id)).e164
        offset = min(int(written), _OLDEST) if written.isascii() and written.isdigit() else 0
        message = await self._page(ask, e164, draft_id, offset) | {"replace_original": True}
        return Answer(then=partial(self.ordering.whisper, ask, message))

    async def _page(self, ask: Ask, e164: str, draft_id: str, offset: int) -> Message:
        me = ask.actor.user_id
        sees_all = may(ask.actor, Deed.SEE_TRAIL, ask.workspace.id, asked_by="")
        found = await self.database.scan(
            partial(
                trail.page,
                workspace_id=ask.workspace.id,
                phone_key=phone_key(ask.workspace.number_key, e164),
                asked_by=None if sees_all else me,
                offset=offset,
                limit=_PAGE,
            )
        )
        own = any(isinstance(each, trail.Called) for each in found.entries)
        return trail_message(
            e164,
            found.entries,
            self.source(ask.workspace.id),
            full=sees_all or own,
            older=f"{draft_id}.{offset + _PAGE}" if found.has_more else "",
            newest=f"{draft_id}.0" if offset else "",
        )


def register(routes: Routes, flow: WhyFlow) -> None:
    """The command and its pages."""
    routes.command(FLOW, Deed.SEE_TRAIL, flow.command)
    routes.add(Kind.CLICK, "why.older", Deed.SEE_TRAIL, flow.paged)
    routes.add(Kind.CLICK, "why.newest", Deed.SEE_TRAIL, flow.paged)
