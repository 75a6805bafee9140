"""Texts that are sent to us: STOP, START and HELP at once, anything else to a person."""

import contextlib
import re
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Protocol

from bot.clock import Clock
from bot.errors import InputError, Lasting, SlackError
from bot.logs import Action, log
from bot.slack.api import Posted as PostedMessage
from bot.slack.blocks import text_replies
from bot.slack.deliver import Deliverer, Place, Post
from bot.slack.directory import Directory
from bot.slack.text import mask
from bot.texting.message import read_message
from bot.texting.segments import measure
from bot.texting.words import Word, word_of
from bot.twilio import Posted, fields_of, phone_in, text_in
from storage import Connection, cards, inbound, rows
from storage.engine import Database
from storage.inbound import Inbound, Untold
from storage.rows import Call, Kind, NewCall
from storage.secrets import phone_key
from storage.workspaces import Workspace

EVERY = timedelta(seconds=2)
_SID = re.compile(r"[\w-]{1,64}")
_LONGEST = 5_000


@dataclass(frozen=True)
class Received:
    """One text as it was reported: whose (E.164), and what it says."""

    message_sid: str
    phone: str
    body: str


def read_received(posted: Posted) -> Received:
    """What was posted, in Twilio's shape. Raises InputError without an id or a number."""
    fields = fields_of(posted)
    sid = text_in(fields, "MessageSid", "SmsSid", "SmsMessageSid", "messageSid")
    phone = phone_in(fields, "From", "from")
    if not _SID.fullmatch(sid):
        raise InputError({"MessageSid": "The report names no MessageSid."})
    if phone is None:
        raise InputError({"From": "The report names no number in From."})
    body = read_message(text_in(fields, "Body", "body", "text"))
    return Received(sid, phone, body[:_LONGEST])


def _said(workspace: Workspace, received: Received) -> Inbound:
    """The same as one workspace knows it, whose hash of the number is its own."""
    key = phone_key(workspace.number_key, received.phone)
    return Inbound(received.message_sid, received.phone, key, received.body)


class Wakes(Protocol):
    """Whoever redraws a row when it has moved."""

    def wake(self, call_id: str, workspace_id: str) -> None:
        """Something has changed."""


@dataclass(frozen=True)
class Answers:
    """What the settings say: the words that answer HELP ("": a person does), and of a workspace, by
    its id, the channel of replies that belong to no text ("": direct messages), its owners, and the
    Toingg key that its texts are sent with.
    """

    help: str
    channel: Callable[[str], str]
    owners: Callable[[str], Sequence[str]]
    key: Callable[[str], str]


class Inbox:
    """Takes what is sent to us."""

    def __init__(
        self,
        database: Database,
        directory: Directory,
        deliverer: Deliverer,
        wakes: Wakes,
        clock: Clock,
        send: Callable[[Call], Awaitable[None]],
        answers: Answers,
        *,
        run: str,
    ) -> None:
        """`send`: the one way in which a row is sent."""
        self._database = database
        self._directory = directory
        self._deliverer = deliverer
        self._wakes = wakes
        self._clock = clock
        self._send = send
        self._answers = answers
        self._run = run

    async def take(self, workspace_id: str, received: Received) -> None:
        """One text to this workspace; committed on return.

        STOP, and the START that undoes it, are said to the sender: they count in every workspace
        that texts with the same Toingg key. What else is said is nobody's but this one's.
        """
        word = word_of(received.body)
        await self._take(self._directory.workspace(workspace_id), received, word)
        if word in (Word.STOP, Word.START):
            for other in self._sharing(workspace_id):
                await self._take_too(other, received, word)

    def _sharing(self, workspace_id: str) -> list[Workspace]:
        """The other workspaces with the same Toingg key."""
        key = self._answers.key(workspace_id)
        others = [each for each in self._directory.ids() if each != workspace_id]
        same = [each for each in others if key and self._answers.key(each) == key]
        return list(map(self._directory.workspace, same))

    async def _take_too(self, workspace: Workspace, received: Received, word: Word) -> None:
        said = _said(workspace, received)
        if word is Word.START:
            stopped = partial(
                inbound.has_stopped, workspace_id=workspace.id, phone_key=said.phone_key
            )
            if not await self._database.read(stopped):
                return
        await self._take(workspace, received, word)

    async def _take(self, workspace: Workspace, received: Received, word: Word) -> None:
        said = _said(workspace, received)
        if word is Word.HELP and self._answers.help:
            await self._help(workspace, said)
            return
        moves = {Word.STOP: inbound.stop, Word.START: inbound.start}
        move = moves.get(word, inbound.reply)
        answered = await self._database.write(
            partial(move, workspace_id=workspace.id, said=said, now=self._clock())
        )
        log(Action.TEXT_RECEIVED, word=word, matched=answered is not None)
        if answered is not None and answered.campaign_id is None:
            self._wakes.wake(answered.id, workspace.id)

    async def _help(self, workspace: Workspace, said: Inbound) -> None:
        """The configured words, as a row like any other, but without a card."""
        row = await self._database.write(partial(self._enter_help, workspace=workspace, said=said))
        log(Action.TEXT_RECEIVED, word=Word.HELP, matched=row is not None)
        if row is not None:
            await self._send(row)

    def _enter_help(
        self, connection: Connection, *, workspace: Workspace, said: Inbound
    ) -> Call | None:
        now, words = self._clock(), self._answers.help
        if not inbound.note(connection, workspace.id, said, now=now):
            return None
        new = NewCall(
            workspace_id=workspace.id,
            click_key=f"help:{said.message_sid}",
            phone=said.phone,
            phone_key=said.phone_key,
            name=mask(said.phone),
            campaign="",
            requested_by=workspace.at.bot_user_id,
            asked_in="",
            script=words,
            kind=Kind.TEXT,
            parts=measure(words).parts,
        )
        row = rows.enter(connection, new, run=self._run, now=now)
        if row is not None:
            cards.give_up(connection, row)
        return row

    # What belongs to no text of ours

    async def tell(self) -> None:
        """Posts what nobody has been told of."""
        for each in await self._database.read(inbound.untold):
            if each.workspace_id in self._deliverer.reachable():
                await self._tell(each)

    async def _tell(self, said: Untold) -> None:
        try:
            place = await self._place(said.workspace_id)
            if place is not None:
                await self._post(said, place)
                return
        except Lasting as error:
            log(Action.POST_FAILED, level="warning", detail=error.code)
        except SlackError as error:  # the next look tries again
            log(Action.POST_FAILED, level="warning", detail=error.code)
            return
        await self._database.write(partial(inbound.tell, inbound_id=said.id))

    async def _place(self, workspace_id: str) -> Place | None:
        """The channel, else the direct messages of the first owner who can be reached."""
        owners = self._answers.owners(workspace_id)
        channel = self._answers.channel(workspace_id)
        if channel:
            return Place(workspace_id, channel, next(iter(owners), ""))
        api = self._directory.api(workspace_id)
        for owner in owners:
            with contextlib.suppress(Lasting):
                return Place(workspace_id, await api.dm(owner), owner)
        return None

    async def _post(self, said: Untold, place: Place) -> None:
        def also(connection: Connection, _at: PostedMessage, _drawn_at: datetime | None) -> None:
            inbound.tell(connection, said.id)

        what = Post(f"inbound:{said.id}", said.id, text_replies.POSSIBLY_REPEATED)
        draw = partial(text_replies.received, said)
        await self._deliverer.post(what, place, draw, also=also)
