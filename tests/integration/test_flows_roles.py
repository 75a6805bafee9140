"""Roles given to people and to user groups: asked at each door, of who asks, at that moment."""

from datetime import timedelta
from functools import partial

import pytest

from bot.access import Role
from bot.sandbox.slack.fingers import Values
from bot.sandbox.slack.wire import Acked
from bot.slack.people import RoleRules, keeps_an_owner, role_of
from storage.workspaces import Member
from tests.stage import QUICK, Stage, text_of
from tests.witness import Travels, audited

ON_SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
COMMAND = "/toingg-settings"
OSCAR, CARL, OLIVIA = "U0OSCAR001", "U0CARL0001", "U0OLIVIA01"
NOW = Travels()()
RULES = RoleRules(frozenset(), Role.CALLER)


def member(user_id: str = "U1", *, admin: bool = False, outside: bool = False) -> Member:
    """Somebody, as Slack says."""
    return Member(user_id, admin, outside, NOW)


@pytest.mark.parametrize(
    ("who", "own", "groups", "role"),
    [
        (member(), None, (), Role.CALLER),
        (member(admin=True), None, (), Role.OWNER),
        (member(admin=True), Role.VIEWER, (), Role.VIEWER),
        (member(), Role.VIEWER, (Role.OWNER,), Role.VIEWER),
        (member(), None, (Role.VIEWER, Role.OPERATOR), Role.OPERATOR),
        (member(), None, (Role.NOBODY,), Role.NOBODY),
        (member(outside=True), Role.OWNER, (Role.OWNER,), Role.NOBODY),
    ],
)
def test_what_was_given_counts(
    who: Member, own: Role | None, groups: tuple[Role, ...], role: Role
) -> None:
    """One's own role before a group's, the most of several groups', and outsiders have none."""
    assert role_of(who, RULES, own, groups) is role


def test_who_installed_it_owns_it() -> None:
    """As an admin does: until they are given something else, and unless they are a guest."""
    of = partial(role_of, rules=RULES, installed_by="U1")
    assert of(member()) is Role.OWNER
    assert of(member("U2")) is Role.CALLER
    assert of(member(), own=Role.VIEWER) is Role.VIEWER
    assert of(member(outside=True)) is Role.NOBODY
    assert keeps_an_owner(RULES, {}, member(), installed_by="U1")


def test_who_is_named_by_the_settings_owns_it_at_home() -> None:
    """Where they are guests, or of another organisation, they are nobody as any other is."""
    rules = RoleRules(frozenset({"U1"}), Role.CALLER)
    assert role_of(member(), rules, Role.VIEWER) is Role.OWNER
    assert role_of(member(outside=True), rules) is Role.NOBODY


@pytest.mark.parametrize(
    ("roles", "admin", "kept"),
    [
        ({"U2": Role.OWNER}, False, True),
        ({"S1": Role.OWNER}, False, False),
        ({"U1": Role.CALLER}, True, False),
        ({}, True, True),
        ({}, False, False),
    ],
)
def test_an_owner_is_left(roles: dict[str, Role], *, admin: bool, kept: bool) -> None:
    """Somebody must still own the bot; a group may be empty, and doesn't count."""
    assert keeps_an_owner(RULES, roles, member(admin=admin)) is kept


async def give(stage: Stage, key: str, title: str, values: Values) -> Acked:
    """Olivia gives roles by the section's own word."""
    for view in reversed(stage.slack.views("olivia")):
        await stage.slack.close("olivia", view)
    await stage.slack.command("olivia", "sales", COMMAND, key)
    return await stage.slack.submit("olivia", await stage.modal("olivia", title), values)


async def test_a_role_holds_at_once(stage: Stage) -> None:
    """Carl, made a viewer, is refused from then on, and is told who can help; it is audited."""
    async with stage.bot() as bot:
        await give(stage, "people", "People", {"viewer": [CARL], "operator": [OSCAR]})
        await stage.slack.command("carl", "sales", "/toingg-call", QUICK)
        assert f"Ask <@{OLIVIA}>." in stage.said_to("carl")
        await stage.slack.command("oscar", "sales", "/toingg-campaign")
        assert await stage.modal("oscar", "Call a List")
        assert {(each["subject"], each["detail"]["after"]) for each in await audited(bot)} == {
            (CARL, "viewer"),
            (OSCAR, "operator"),
        }
        await give(stage, "people", "People", {"viewer": [], "operator": [OSCAR]})
        await stage.slack.command("carl", "sales", "/toingg-call", QUICK)
        await stage.until(stage.dials)
        await stage.slack.command("olivia", "sales", COMMAND)
        assert f"Operators: <@{OSCAR}>" in text_of(await stage.modal("olivia", "Settings"))
    assert len(stage.dials()) == 1


@ON_SQLITE
async def test_a_groups_role_follows_its_members(stage: Stage) -> None:
    """Who is in the group has its role, asked of Slack once in ten minutes; down, it is kept."""
    stage.clock = clock = Travels()
    async with stage.bot():
        await give(stage, "groups", "User groups", {"operator": ["S0LEADS001"]})
        for _ in range(3):
            await stage.slack.command("oscar", "sales", "/toingg-campaign")
            assert await stage.modal("oscar", "Call a List")
        await stage.slack.command("carl", "sales", "/toingg-campaign")
        assert "doesn't cover this" in stage.said_to("carl")
        assert len(stage.slack.calls("usergroups.users.list")) == 1
        clock.forward(timedelta(minutes=11))
        stage.slack.workspace.scopes.discard("usergroups:read")
        before = len(stage.slack.views("oscar"))
        await stage.slack.command("oscar", "sales", "/toingg-campaign")
        await stage.until(lambda: len(stage.slack.views("oscar")) >= before)
        assert "doesn't cover this" not in stage.said_to("oscar")


@ON_SQLITE
async def test_who_is_in_a_group_is_never_made_up(stage: Stage) -> None:
    """Where Slack doesn't say, and never did, nothing is done, and that is said."""
    async with stage.bot():
        await give(stage, "groups", "User groups", {"nobody": ["S0LEADS001"]})
        stage.slack.workspace.scopes.discard("usergroups:read")
        await stage.slack.command("oscar", "sales", "/toingg-call", QUICK)
        assert "didn't say who you are" in stage.said_to("oscar")
    assert stage.dials() == []


@ON_SQLITE
async def test_faults_of_roles(stage: Stage) -> None:
    """Two roles at once, and nobody left who owns it, are told in their fields."""
    async with stage.bot(owner_user_ids="") as bot:
        acked = await give(stage, "people", "People", {"viewer": [CARL], "caller": [CARL]})
        assert "once is enough" in acked.body["errors"]["viewer"]
        acked = await give(stage, "people", "People", {"caller": [OLIVIA]})
        assert "nobody could change this" in acked.body["errors"]["owner"]
        assert await audited(bot) == []
