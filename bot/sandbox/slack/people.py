"""Who is in the sandbox's workspace, and where: people, channels, direct messages."""

from dataclasses import dataclass, replace

from bot.sandbox.slack.refusals import Json


@dataclass(frozen=True)
class Person:
    """A member, a guest, a bot, or somebody of another organisation; `deleted`: deactivated."""

    id: str
    name: str
    real_name: str
    team_id: str = "T0SANDBOX"
    enterprise_id: str | None = None
    tz: str = "America/New_York"
    tz_offset: int = -18_000
    is_admin: bool = False
    is_owner: bool = False
    is_restricted: bool = False
    is_ultra_restricted: bool = False
    is_stranger: bool = False
    is_bot: bool = False
    deleted: bool = False

    def as_slack(self) -> Json:
        """The `user` of `users.info`."""
        body: Json = {
            "id": self.id,
            "team_id": self.team_id,
            "name": self.name,
            "deleted": self.deleted,
            "color": "9f69e7",
            "real_name": self.real_name,
            "tz": self.tz,
            "tz_label": self.tz.replace("_", " "),
            "tz_offset": self.tz_offset,
            "profile": self._profile(),
            "is_admin": self.is_admin,
            "is_owner": self.is_owner,
            "is_primary_owner": self.is_owner,
            "is_restricted": self.is_restricted,
            "is_ultra_restricted": self.is_ultra_restricted,
            "is_bot": self.is_bot,
            "is_app_user": False,
            "is_email_confirmed": not self.is_bot,
            "updated": 1_700_000_000,
        }
        if self.is_stranger:
            body["is_stranger"] = True
        if self.enterprise_id:
            body["enterprise_user"] = {
                "id": self.id,
                "enterprise_id": self.enterprise_id,
                "enterprise_name": "Sandbox Enterprise",
                "is_admin": self.is_admin,
                "is_owner": self.is_owner,
                "teams": [self.team_id],
            }
        return body

    def _profile(self) -> Json:
        return {
            "title": "",
            "phone": "",
            "real_name": self.real_name,
            "real_name_normalized": self.real_name,
            "display_name": self.name,
            "display_name_normalized": self.name,
            "status_text": "",
            "status_emoji": "",
            "email": f"{self.name}@sandbox.example",
            "team": self.team_id,
            "image_48": f"https://avatars.sandbox.example/{self.id}_48.png",
        }


BOT = Person("U0TOINGGBT", "toingg", "Toingg", is_bot=True)
BOT_ID = "B0TOINGG01"
APP_ID = "A0TOINGG01"
SLACKBOT = "USLACKBOT"


@dataclass(frozen=True)
class Team:
    """A workspace, of an enterprise or of none; the app has a bot of its own in each."""

    id: str = "T0SANDBOX"
    domain: str = "sandbox"
    name: str = "Sandbox"
    enterprise_id: str | None = None
    bot: Person = BOT
    bot_id: str = BOT_ID

    def enterprise(self) -> Json | None:
        """As payloads carry it."""
        if self.enterprise_id is None:
            return None
        return {"id": self.enterprise_id, "name": f"{self.name} Enterprise"}


@dataclass(frozen=True)
class UserGroup:
    """A user group (`@sales-leads`): people who are mentioned together."""

    id: str
    handle: str
    name: str
    users: tuple[str, ...]

    def as_slack(self, team_id: str) -> Json:
        """One of `usergroups.list`."""
        return {
            "id": self.id,
            "team_id": team_id,
            "is_usergroup": True,
            "name": self.name,
            "handle": self.handle,
            "description": "",
            "is_external": False,
            "date_create": 1_700_000_000,
            "date_delete": 0,
            "user_count": len(self.users),
        }


@dataclass(frozen=True)
class Channel:
    """A place to talk: `kind` is Slack's word (public_channel, private_channel, im, mpim)."""

    id: str
    name: str
    members: tuple[str, ...]
    kind: str = "public_channel"
    is_archived: bool = False
    is_general: bool = False
    is_ext_shared: bool = False
    is_pending_ext_shared: bool = False
    is_org_shared: bool = False

    def as_slack(self, team_id: str, viewer: str) -> Json:
        """The `channel` of `conversations.info`, as `viewer` (a user's id) sees it."""
        if self.kind == "im":
            other = next((member for member in self.members if member != viewer), viewer)
            return {"id": self.id, "is_im": True, "is_archived": False, "user": other, "created": 0}
        return {
            "id": self.id,
            "name": self.name,
            "name_normalized": self.name,
            "created": 1_700_000_000,
            "creator": self.members[0] if self.members else viewer,
            "is_channel": self.kind == "public_channel",
            "is_group": self.kind == "private_channel",
            "is_im": False,
            "is_mpim": self.kind == "mpim",
            "is_private": self.kind != "public_channel",
            "is_archived": self.is_archived,
            "is_general": self.is_general,
            "is_shared": self.is_ext_shared or self.is_org_shared,
            "is_ext_shared": self.is_ext_shared,
            "is_org_shared": self.is_org_shared,
            "is_pending_ext_shared": self.is_pending_ext_shared,
            "is_member": viewer in self.members,
            "context_team_id": team_id,
            "shared_team_ids": [team_id, "T0ELSEWHERE"] if self.is_ext_shared else [team_id],
            "topic": {"value": "", "creator": "", "last_set": 0},
            "purpose": {"value": "", "creator": "", "last_set": 0},
            "num_members": len(self.members),
        }

    def spoken(self) -> str:
        """The `channel_name` of a command's payload, where private places go without a name."""
        return {"im": "directmessage", "private_channel": "privategroup"}.get(self.kind, self.name)


PEOPLE: tuple[Person, ...] = (
    Person("U0OLIVIA01", "olivia", "Olivia Owner", is_admin=True, is_owner=True),
    Person("U0OSCAR001", "oscar", "Oscar Operator"),
    Person("U0CARL0001", "carl", "Carl Caller", tz="America/Los_Angeles", tz_offset=-28_800),
    Person("U0FIONA001", "fiona", "Fiona Finance", tz="Europe/London", tz_offset=0),
    Person("U0VERA0001", "vera", "Vera Viewer"),
    Person("U0GUS00001", "gus", "Gus Guest", is_restricted=True),
    Person("U0EXT00001", "ext", "Ext Elsewhere", team_id="T0ELSEWHERE", is_stranger=True),
    BOT,
)

_STAFF = tuple(person.id for person in PEOPLE[:5])

CHANNELS: tuple[Channel, ...] = (
    Channel("C0GENERAL1", "general", _STAFF, is_general=True),
    Channel("C0SALES001", "sales", (*_STAFF, "U0GUS00001", BOT.id)),
    Channel("C0SUPPORT1", "support", (*_STAFF, BOT.id)),
    Channel("C0PARTNERS", "partners", (*_STAFF, "U0EXT00001", BOT.id), is_ext_shared=True),
    Channel("C0ARCHIVED", "archived", (*_STAFF, BOT.id), is_archived=True),
    Channel("C0BOARD001", "board", _STAFF[:2], kind="private_channel"),
    Channel("D0OTHERS01", "oscar-fiona", ("U0OSCAR001", "U0FIONA001"), kind="im"),
)
"""The bot is in #sales, #support, #partners (shared with another organisation) and #archived; not
in #general, nor in the private `board`, nor in the DM of Oscar and Fiona."""


GROUPS: tuple[UserGroup, ...] = (
    UserGroup("S0LEADS001", "leads", "Sales Leads", ("U0OSCAR001",)),
    UserGroup("S0MONEY001", "money", "Money Matters", ("U0FIONA001",)),
)


@dataclass(frozen=True)
class Cast:
    """Who and what a workspace begins with."""

    people: tuple[Person, ...] = PEOPLE
    channels: tuple[Channel, ...] = CHANNELS
    groups: tuple[UserGroup, ...] = GROUPS

    def without(self, bot: Person) -> "Cast":
        """As it is before the app was ever installed: its bot is nobody, and nowhere."""
        channels = (
            replace(each, members=tuple(member for member in each.members if member != bot.id))
            for each in self.channels
        )
        people = tuple(each for each in self.people if each.id != bot.id)
        return replace(self, people=people, channels=tuple(channels))


NEIGHBOUR = Team(
    "T0ELSEWHERE",
    "elsewhere",
    "Elsewhere",
    bot=Person("U0ELSEWBOT", "toingg", "Toingg", team_id="T0ELSEWHERE", is_bot=True),
    bot_id="B0ELSEWBOT",
)
"""Another organisation's workspace, where the app isn't installed to begin with.

Ext is a member of it. #partners, which is shared with it, is looked at from its owner's side only.
"""

BOT_USERS = frozenset({BOT.id, NEIGHBOUR.bot.id})
"""The app's bots, one in each workspace."""

_NEIGHBOURS: tuple[Person, ...] = (
    Person("U0NORA0001", "nora", "Nora Neighbour", is_admin=True, is_owner=True),
    Person("U0NED00001", "ned", "Ned Neighbour", tz="Europe/Berlin", tz_offset=3_600),
    Person("U0EXT00001", "ext", "Ext Elsewhere"),
)
_THERE = tuple(person.id for person in _NEIGHBOURS)

ELSEWHERE = Cast(
    _NEIGHBOURS,
    (
        Channel("C0ELSGENER", "general", _THERE, is_general=True),
        Channel("C0ELSSALES", "sales", _THERE),
    ),
    (),
)
