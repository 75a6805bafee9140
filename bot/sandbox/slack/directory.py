"""People and channels by id or by name, and who is where."""

from collections.abc import Iterable
from dataclasses import replace

from bot.sandbox.slack.feed import Feed
from bot.sandbox.slack.people import Cast, Channel, Person, Team, UserGroup


class Directory:
    """One workspace's."""

    def __init__(self, feed: Feed, team: Team, cast: Cast) -> None:
        self._feed = feed
        self.team = team
        self._people: dict[str, Person] = {}
        self._channels: dict[str, Channel] = {channel.id: channel for channel in cast.channels}
        self.groups: dict[str, UserGroup] = {group.id: group for group in cast.groups}
        for person in cast.people:
            self.add_person(self._at_home(person))

    def _at_home(self, person: Person) -> Person:
        if person.is_stranger:
            return person
        return replace(person, team_id=self.team.id, enterprise_id=self.team.enterprise_id)

    def add_person(self, person: Person) -> Person:
        """Lets somebody in, or replaces the one of the same id (a role that changed)."""
        with self._feed.lock:
            self._people[person.id] = person
        return person

    def add_channel(self, channel: Channel) -> Channel:
        """Opens a channel, or replaces the one of the same id (members, archived)."""
        with self._feed.lock:
            self._channels[channel.id] = channel
            self._feed.tell("channel_opened", channel=channel)
        return channel

    def person(self, name: str) -> Person:
        """By id or by name (`carl`); raises KeyError where there is nobody."""
        with self._feed.lock:
            found = self.find_person(name)
            if found is None:
                found = next((p for p in self._people.values() if p.name == name), None)
        if found is None:
            raise KeyError(name)
        return found

    def find_person(self, user_id: str) -> Person | None:
        """By id only, as the Web API looks them up."""
        return self._people.get(user_id)

    def channel(self, name: str) -> Channel:
        """By id, by name (`#sales`, `board`), or `@carl`: the bot's direct message with Carl.

        Raises KeyError where there is none.
        """
        with self._feed.lock:
            if name.startswith("@"):
                return self.direct(self.person(name[1:]).id)
            found = self.find_channel(name)
            if found is None:
                bare = name.removeprefix("#")
                found = next((c for c in self._channels.values() if c.name == bare), None)
        if found is None:
            raise KeyError(name)
        return found

    def find_channel(self, channel_id: str) -> Channel | None:
        """By id only."""
        return self._channels.get(channel_id)

    def channels(self) -> list[Channel]:
        """All of them, in the order of their making."""
        with self._feed.lock:
            return list(self._channels.values())

    def people(self) -> list[Person]:
        """All of them."""
        with self._feed.lock:
            return list(self._people.values())

    def direct(self, *user_ids: str) -> Channel:
        """The bot's direct message with these people; made at the first asking."""
        with self._feed.lock:
            members = (*sorted(user_ids), self.team.bot.id)
            found = next((c for c in self._channels.values() if c.members == members), None)
            if found:
                return found
            kind, prefix = ("im", "D") if len(user_ids) == 1 else ("mpim", "G")
            opened = Channel(self._feed.new_id(prefix), "", members, kind=kind)
            return self.add_channel(opened)

    def join(self, channel_id: str, users: Iterable[str] = ()) -> Channel:
        """Adds members to a channel: the bot unless told otherwise, as `/invite` does."""
        with self._feed.lock:
            channel = self._channels[channel_id]
            fresh = tuple(users) or (self.team.bot.id,)
            joined = replace(channel, members=tuple(dict.fromkeys((*channel.members, *fresh))))
            self._channels[channel_id] = joined
            self._feed.tell("channel_joined", channel=joined)
            return joined

    def admit_bot(self) -> None:
        """The bot is there, and in no channel yet; one that was here before is itself again."""
        self.add_person(self._at_home(self.team.bot))

    def dismiss_bot(self) -> None:
        """The bot is deactivated, and in no channel any more; its direct messages stay."""
        bot = self.team.bot
        with self._feed.lock:
            self.add_person(replace(self._at_home(bot), deleted=True))
            for channel in self.channels():
                if channel.kind != "im" and bot.id in channel.members:
                    left = tuple(member for member in channel.members if member != bot.id)
                    self._channels[channel.id] = replace(channel, members=left)
