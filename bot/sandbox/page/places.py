"""Who looks at what: a person and a channel, as the page's addresses name them."""

from collections.abc import Mapping
from dataclasses import dataclass

from bot.sandbox.page.drawing import Reader
from bot.sandbox.slack import Place
from bot.sandbox.slack.files import File
from bot.sandbox.slack.manage import PATH as APP_PAGE
from bot.sandbox.slack.people import BOT_USERS, SLACKBOT, Channel, Person
from bot.sandbox.slack.voice import may_write

BOT_SLUG = "@toingg"
"""How an address names the reader's direct message with the bot."""

LISTED = ("public_channel", "private_channel")


class NotThere(Exception):
    """Nobody of that name, or no place that this person may look at; the text says which."""


@dataclass(frozen=True)
class Viewpoint:
    """One person before one channel; `base` is what the workspace's addresses begin with."""

    person: Person
    channel: Channel
    base: str = ""

    @property
    def slug(self) -> str:
        """The channel's part of the address."""
        if self.with_bot:
            return BOT_SLUG
        return self.channel.name if self.channel.kind in LISTED else self.channel.id

    @property
    def path(self) -> str:
        """The page's address."""
        return f"{self.base}/{self.person.name}/{self.slug}"

    @property
    def with_bot(self) -> bool:
        """Whether it is the person's direct message with the bot."""
        return self.channel.kind == "im" and not BOT_USERS.isdisjoint(self.channel.members)


@dataclass(frozen=True)
class Entry:
    """A place in the sidebar; `label` is what is read, `kind` Slack's word."""

    path: str
    label: str
    channel_id: str
    kind: str
    here: bool


@dataclass(frozen=True)
class App:
    """The app in the sidebar; `path` leads to `address`, which is empty where it can't be had.

    That is where it is managed once it is installed, and where it is installed from before.
    """

    name: str
    path: str
    installed: bool
    address: str


@dataclass(frozen=True)
class Someone:
    """A choice of "Who am I": where it leads, and what the person is said to be."""

    path: str
    label: str
    here: bool


class Places:
    """Addresses and names of one workspace, for whoever looks on."""

    def __init__(self, slack: Place, roles: Mapping[str, str], base: str = "") -> None:
        """`roles` says of people by name what they are; those without are shown as Slack has it.

        `base` is what this workspace's addresses begin with.
        """
        self._slack = slack
        self._roles = roles
        self._base = base

    def find(self, person: str, channel: str) -> Viewpoint:
        """The person at the place; raises NotThere."""
        try:
            who = self._slack.directory.person(person)
        except KeyError:
            raise NotThere(f"There is nobody called {person} in this workspace.") from None
        if who.is_bot:
            raise NotThere(f"{who.real_name} is the bot itself: nobody sits before its Slack.")
        try:
            where = self._channel(who, channel)
        except KeyError:
            raise NotThere(f"There is no channel called {channel}.") from None
        if who.id not in where.members:
            raise NotThere(f"{who.real_name} is not in #{where.name or where.id}.")
        return self.viewpoint(who, where)

    def viewpoint(self, person: Person, channel: Channel) -> Viewpoint:
        """Somebody before a channel of this workspace."""
        return Viewpoint(person, channel, self._base)

    @property
    def _bot(self) -> str:
        return self._slack.workspace.team.bot.id

    @property
    def _has_bot(self) -> bool:
        """Whether the app is, or was, installed: its bot has direct messages then."""
        return self._slack.directory.find_person(self._bot) is not None

    def _channel(self, who: Person, channel: str) -> Channel:
        if channel == BOT_SLUG:
            if not self._has_bot:
                raise KeyError(channel)
            return self._slack.directory.direct(who.id)
        return self._slack.directory.channel(channel.removeprefix("@"))

    def first(self, person: Person) -> Viewpoint | None:
        """The first channel of somebody, with the bot in it if there is one."""
        mine = [each for each in self._mine(person) if each.kind in LISTED]
        mine.sort(key=lambda channel: self._bot not in channel.members)
        return self.viewpoint(person, mine[0]) if mine else None

    def _mine(self, person: Person) -> list[Channel]:
        return [each for each in self._slack.directory.channels() if person.id in each.members]

    def channels(self, at: Viewpoint) -> list[Entry]:
        """The person's channels, by name."""
        mine = [each for each in self._mine(at.person) if each.kind in LISTED]
        return [self._entry(at, each) for each in sorted(mine, key=lambda channel: channel.name)]

    def directs(self, at: Viewpoint) -> list[Entry]:
        """The person's direct messages; the one with the bot first."""
        first = [self._slack.directory.direct(at.person.id)] if self._has_bot else []
        others = [each for each in self._mine(at.person) if each.kind in ("im", "mpim")]
        return [self._entry(at, each) for each in dict.fromkeys((*first, *others))]

    def app(self, at: Viewpoint) -> App:
        """The app, as this person's sidebar has it."""
        ws = self._slack.workspace
        manage = f"{ws.base_url}{APP_PAGE}?who={ws.team.id}.{at.person.id}"
        address = manage if ws.installed else ws.app.install_url
        return App(ws.manifest.name, f"{at.path}/app", ws.installed, address)

    def _entry(self, at: Viewpoint, channel: Channel) -> Entry:
        there = self.viewpoint(at.person, channel)
        label = self.name_of(there)
        return Entry(there.path, label, channel.id, channel.kind, there.path == at.path)

    def name_of(self, at: Viewpoint) -> str:
        """What the channel is called: `#sales`, or who else is in it."""
        if at.channel.kind in LISTED:
            return f"#{at.channel.name}"
        others = [self.author(each) for each in at.channel.members if each != at.person.id]
        return ", ".join(others)

    def may_write(self, at: Viewpoint) -> bool:
        """Whether anything can be written there: it isn't archived, and the app takes messages."""
        return not at.channel.is_archived and may_write(self._slack.workspace, at.channel)

    def people(self, at: Viewpoint) -> list[Someone]:
        """Everybody whom one may be; each leads to the same channel, or to the first of theirs."""
        found = []
        for person in self._slack.directory.people():
            there = self._same_place(at, person)
            if there is not None and not person.is_bot:
                label = f"{person.real_name}, {self._said(person)}"
                found.append(Someone(there.path, label, person.id == at.person.id))
        return found

    def _same_place(self, at: Viewpoint, person: Person) -> Viewpoint | None:
        if at.with_bot and not person.is_bot:
            return self.viewpoint(person, self._slack.directory.direct(person.id))
        if person.id in at.channel.members:
            return self.viewpoint(person, at.channel)
        return self.first(person)

    def _said(self, person: Person) -> str:
        if person.name in self._roles:
            return self._roles[person.name]
        if person.is_stranger:
            return "of another organisation"
        if person.is_restricted:
            return "a guest in Slack"
        return "an owner in Slack" if person.is_owner else "a member in Slack"

    def author(self, user_id: str) -> str:
        """The name over somebody's messages."""
        if user_id == SLACKBOT:
            return "Slackbot"
        person = self._slack.directory.find_person(user_id)
        return person.real_name if person else user_id

    def reader(self, person: Person) -> Reader:
        """For whom something is drawn."""
        directory = self._slack.directory
        theirs = self._ids(person)
        files = [each for each in self._slack.workspace.files.all() if _sees(person, theirs, each)]
        people = {each.id: each.real_name for each in directory.people()}
        channels = {each.id: each.name or "direct message" for each in directory.channels()}
        pictures = {each.id: self.file_path(person, each) for each in files}
        return Reader(people, channels, person.tz, person.id, pictures=pictures)

    def file(self, person: str, file_id: str) -> File:
        """The file, for somebody who may see it; raises NotThere."""
        who = self.find(person, BOT_SLUG).person
        file = self._slack.workspace.files.find(file_id)
        if file is None or file.content is None or not _sees(who, self._ids(who), file):
            raise NotThere(f"There is no file {file_id} for {who.real_name}.")
        return file

    def file_path(self, person: Person, file: File) -> str:
        """Where somebody gets a file."""
        return f"{self._base}/{person.name}/files/{file.id}"

    def _ids(self, person: Person) -> frozenset[str]:
        return frozenset(each.id for each in self._mine(person))


def _sees(person: Person, theirs: frozenset[str], file: File) -> bool:
    """Whether it is their own, in a channel of `theirs`, or the bot's for its cards alone."""
    in_cards = file.user in BOT_USERS and not file.channels
    return in_cards or file.user == person.id or not theirs.isdisjoint(file.channels)
