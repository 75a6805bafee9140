"""What the flows that ask for one call share: from what was typed to a row, or a question."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from bot.access import Deed, may
from bot.background import Background
from bot.calling.cards import Cards
from bot.calling.door import Door, Entered, Order
from bot.calling.place import Placer
from bot.clock import Clock
from bot.errors import BotError, InputError, NotAllowed
from bot.recipients.policy import Reason, Verdict
from bot.slack.api import Posted
from bot.slack.blocks import orders
from bot.slack.blocks.call_card import SOURCES, Source
from bot.slack.blocks.call_form import call_form, script_form
from bot.slack.blocks.campaign_parts import Terms
from bot.slack.blocks.parts import Block, Message
from bot.slack.blocks.text_form import MESSAGE, message_block, text_form
from bot.slack.directory import Directory
from bot.slack.routes import Answer, Ask, Kind
from bot.slack.text import pretty
from bot.texting.meter import meter_of
from storage import ours_in_slack, templates, workspaces
from storage.engine import Database
from storage.rows import Call
from storage.rows import Kind as What
from storage.workspaces import Draft

_INPUTS = ("campaign", "name", "phone", "script", "language", "channel")
SMS = "sms"
"""The flow of a single text."""
REPLY = "reply"
"""The metadata of a modal that answers somebody: a text just before is no reason to ask."""

_GO_ON = (("Call Anyway", "Call Again"), ("Send Anyway", "Send Another"))
"""What a button to go on says: of a call or a text, where it is asked for anyway, or again."""

LOST_DRAFT = "What you typed was kept for a day, and that is over. Please type it again."


@dataclass(frozen=True)
class Ordering:
    """Takes one order through the door, whichever flow it came by."""

    door: Door
    placer: Placer
    cards: Cards
    database: Database
    directory: Directory
    background: Background
    clock: Clock
    run: str
    source: Callable[[str], Source]
    default_campaign: Callable[[str], str]
    """A workspace's, by its id, as `source` is."""
    terms: Callable[[str], Terms]
    """The same of what is said of pace and cost."""
    offers_shared: bool
    """Whether channels that other organisations share may be chosen."""

    async def order(
        self,
        ask: Ask,
        flow: str,
        typed: Mapping[str, str],
        *,
        lifted: frozenset[Reason] = frozenset(),
        retry_of: str | None = None,
    ) -> Answer:
        """One order. What can't be placed is kept as a draft, with the way on."""
        try:
            order = self.door.read(ask.workspace.id, typed, flow)
        except InputError as error:
            if ask.kind is Kind.SUBMISSION:
                raise
            return await self._correct(ask, flow, typed, error)
        channel = typed.get("channel", "") or ask.channel
        entered = await self.door.enter(
            ask, order, channel=channel, lifted=lifted, retry_of=retry_of
        )
        if entered.verdict is not None:
            return await self._question(ask, flow, typed, entered.verdict, lifted)
        return self._entered(ask, order, entered)

    def _entered(self, ask: Ask, order: Order, entered: Entered) -> Answer:
        call = entered.call
        if call is None:  # this click became a row before
            told = ask.kind is Kind.CLICK
            return Answer(then=partial(self.whisper, ask, orders.CALLED_BEFORE) if told else None)
        told_as = orders.texting if order.kind is What.TEXT else orders.calling
        said = told_as(order.name, pretty(order.number.e164), order.number.extension)
        answer = None
        if ask.kind is Kind.COMMAND:
            answer = {"response_type": "ephemeral", **said}

        async def then() -> None:
            self.cards.begin(call, entered.meant)
            self.background.start(self.placer.place(call))
            if ask.kind is not Kind.COMMAND:
                await self.whisper(ask, said, subject=call.id)

        return Answer(answer, then)

    async def whisper(self, ask: Ask, message: Message, *, subject: str = "") -> None:
        """Says something to who asked, and to nobody else, where they are.

        `subject`: the row that it is of; what stays as a direct message goes when that is erased.
        """
        api = self.directory.api(ask.workspace.id)
        if ask.response_url:
            await api.respond(ask.response_url, message)
        elif ask.channel:
            at = await api.whisper(ask.channel, ask.actor.user_id, message)
            if at is not None and subject:
                await self.keep_post(ask, subject, at)
        else:
            at = await api.post(await api.dm(ask.actor.user_id), message)
            if subject:
                await self.keep_post(ask, subject, at)

    async def keep_post(self, ask: Ask, subject: str, at: Posted) -> None:
        """Remembers a message, or a file by its id, that goes when its subject is erased."""
        await self.database.write(
            partial(
                ours_in_slack.keep,
                workspace_id=ask.workspace.id,
                subject=subject,
                run=self.run,
                channel=at.channel,
                ts=at.ts,
                now=self.clock(),
            )
        )

    async def _correct(
        self, ask: Ask, flow: str, typed: Mapping[str, str], error: InputError
    ) -> Answer:
        draft = await self.keep(ask, flow, typed)
        nothing = orders.NOTHING_SENT if flow == SMS else orders.NOBODY_CALLED
        message = orders.correct(error.fields, draft.id, nothing)
        if ask.kind is Kind.COMMAND:
            return Answer({"response_type": "ephemeral", **message})
        return Answer(then=partial(self.whisper, ask, message))

    async def _question(
        self,
        ask: Ask,
        flow: str,
        typed: Mapping[str, str],
        verdict: Verdict,
        lifted: frozenset[Reason],
    ) -> Answer:
        """The policy says no: to the person who may set it aside, a question; else the reason."""
        reason = verdict.reason
        if reason is None:
            return Answer()
        allowed = verdict.may_confirm or (
            verdict.may_override and may(ask.actor, Deed.OVERRIDE_POLICY, ask.workspace.id)
        )
        kept = dict(typed) | {"lift": " ".join(sorted({*lifted, reason}))} if allowed else typed
        draft = await self.keep(ask, flow, kept)
        label = _GO_ON[flow == SMS][verdict.may_confirm]
        said = verdict.message if allowed else verdict.refusal
        if ask.kind is Kind.SUBMISSION:
            title = "Not Sent Yet" if flow == SMS else "Not Called Yet"
            view = orders.question_view(said, draft.id, label if allowed else "", title)
            return Answer({"response_action": "push", "view": view})
        message = orders.question(said, draft.id, label if allowed else "")
        if ask.kind is Kind.COMMAND:
            return Answer({"response_type": "ephemeral", **message})
        return Answer(then=partial(self.whisper, ask, message))

    # Drafts

    async def keep(self, ask: Ask, flow: str, typed: Mapping[str, str]) -> Draft:
        """What was typed, kept for a day."""
        return await self.database.write(
            partial(
                workspaces.keep_draft,
                workspace_id=ask.workspace.id,
                user_id=ask.actor.user_id,
                flow=flow,
                typed=dict(typed) | {"channel": typed.get("channel") or ask.channel},
                now=self.clock(),
            )
        )

    async def draft(self, ask: Ask, draft_id: str) -> Draft:
        """One's own draft. Raises BotError where it isn't kept any more."""
        found = await self.database.read(
            partial(
                workspaces.draft,
                workspace_id=ask.workspace.id,
                user_id=ask.actor.user_id,
                draft_id=draft_id,
                now=self.clock(),
            )
        )
        if found is None:
            raise BotError(LOST_DRAFT)
        return found

    async def confirmed(self, ask: Ask) -> Answer:
        """Somebody said to go on with a draft that the policy had stopped."""
        draft = await self.draft(ask, ask.metadata or ask.value)
        lifted = frozenset(Reason(word) for word in draft.fields.get("lift", "").split())
        if lifted - {Reason.RECENT} and not may(ask.actor, Deed.OVERRIDE_POLICY, ask.workspace.id):
            raise NotAllowed
        answer = await self.order(
            ask, draft.flow, draft.fields, lifted=lifted, retry_of=draft.fields.get("retry_of")
        )
        if ask.kind is Kind.SUBMISSION and answer.ack is None:
            return Answer({"response_action": "clear"}, answer.then)
        return answer

    # Modals

    async def form(
        self, ask: Ask, flow: str, typed: Mapping[str, str], *, problem: str = ""
    ) -> Block:
        """The flow's modal, filled with what is known."""
        if flow == SMS:
            return await self.text_form(ask, typed, problem=problem)
        default = {"campaign": self.default_campaign(ask.workspace.id)}
        filled = default | {k: v for k, v in typed.items() if v}
        view = script_form if flow == "script" else call_form
        return view(
            filled,
            metadata="",
            states=SOURCES[self.source(ask.workspace.id)],
            shared=self.offers_shared,
            problem=problem,
        )

    async def text_form(
        self, ask: Ask, typed: Mapping[str, str], *, block: str = MESSAGE, problem: str = ""
    ) -> Block:
        """The modal of a text, its meter included; `block` is the id of the message's block."""
        saved = partial(templates.current, workspace_id=ask.workspace.id)
        return text_form(
            typed,
            meter_of([typed.get(MESSAGE, "")]),
            price=self.terms(ask.workspace.id).part_price,
            currency=self.terms(ask.workspace.id).currency,
            shared=self.offers_shared,
            templates={each.id: each.name for each in await self.database.read(saved)},
            block=block,
            problem=problem,
        )

    def open(self, ask: Ask, flow: str, typed: Mapping[str, str], *, problem: str = "") -> Answer:
        """Opens the modal once the answer is out: the trigger lives three seconds."""

        async def then() -> None:
            await self.show(ask, await self.form(ask, flow, typed, problem=problem))

        return Answer(then=then)

    async def show(self, ask: Ask, view: Block) -> None:
        """Opens a view; what it was filled with isn't lost where Slack is too slow for that."""
        api = self.directory.api(ask.workspace.id)
        method = "views.push" if ask.view_id else "views.open"
        await api.call(method, trigger_id=ask.trigger_id, view=view)

    async def edit_draft(self, ask: Ask) -> Answer:
        """Edit and Try Again: the modal with what was typed."""
        draft = await self.draft(ask, ask.value)
        return self.open(ask, draft.flow, draft.fields)


def inputs_of(ask: Ask) -> dict[str, str]:
    """What the modal's own inputs hold, and nothing else that a submission may carry."""
    held = {field: ask.typed[field] for field in _INPUTS if field in ask.typed}
    block = message_block(ask.typed)
    return held | ({MESSAGE: ask.typed[block]} if block in ask.typed else {})


def flow_of(call: Call) -> str:
    """The flow by which such a row is asked for."""
    if call.kind is What.TEXT:
        return SMS
    return "script" if call.script is not None else "call"


def fields_of(call: Call) -> dict[str, Any]:
    """A row as what was typed for it."""
    return {
        "campaign": call.campaign,
        "name": call.name,
        "phone": call.phone,
        "message" if call.kind is What.TEXT else "script": call.script or "",
        "language": call.language or "",
        "channel": call.channel or call.asked_in,
    }
