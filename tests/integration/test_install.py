"""Workspaces install the bot, each for itself; take it back; and nobody has what isn't theirs."""

import asyncio
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from cryptography.fernet import Fernet
from sqlalchemy import Connection, event, select, update

from bot.app import Bot, open_vault
from bot.doctor import examine
from bot.errors import SettingsError
from bot.slack.blocks import notices
from storage import campaigns, installations, ledger, lists, rows, workspaces
from storage.campaigns import Campaign, Happened, NewCampaign, Stage
from storage.lists import NewRow
from storage.models import OAuthStateRow, table_of
from storage.resting import INSTALLATIONS
from storage.rows import Kind, NewCall
from storage.secrets import Vault
from storage.workspaces import WORKSPACES
from tests.bot_process import BotProcess
from tests.logged import Logged
from tests.stage import QUICK
from tests.stage import Stage as Play
from tests.teams import (
    APP_ID,
    CLIENT,
    CLIENT_SECRET,
    PUBLIC,
    Browser,
    Door,
    Teams,
    digest,
    settings,
    token_of,
    workspace_id,
)
from tests.witness import Travels, audited, away

ON_SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
A, B = "T0ALPHA001", "T0BRAVO001"
ANN, BOB, MAL = "U0ANN00001", "U0BOB00001", "U0MAL00001"
KEY = "toingg-test-key"


@pytest.fixture
def teams() -> Iterator[Teams]:
    """Slack, as several workspaces see it."""
    built = Teams()
    with built.serve():
        yield built


def at_the_door(stage: Play) -> tuple[Browser, Door]:
    """Somebody's browser, and Slack, at the running bot."""
    return Browser(stage.slack.bot_url), Door(stage.slack.bot_url)


async def stored(bot: Bot, team: str) -> dict[str, Any]:
    """The team's row of installations."""
    here = WORKSPACES.c.id == INSTALLATIONS.c.workspace_id
    query = select(INSTALLATIONS).join(WORKSPACES, here).where(WORKSPACES.c.team_id == team)
    found = await bot.database.read(lambda it: it.execute(query).mappings().one())
    return dict(found)


async def test_each_team_has_its_own(stage: Play, teams: Teams, log: Logged) -> None:
    """Two teams install it; each is answered with its own token and calls by its own key alone."""
    async with stage.bot(**settings(teams)) as bot:
        browser, door = at_the_door(stage)
        asked = await browser.begin()
        assert (asked["client_id"], asked["redirect_uri"]) == (
            CLIENT,
            f"{PUBLIC}/slack/oauth_redirect",
        )
        assert "chat:write" in asked["scope"].split(",")
        assert not asked.get("user_scope")
        hashes = select(table_of(OAuthStateRow).c.hash)
        kept = await bot.database.read(lambda it: it.execute(hashes).scalars().all())
        assert kept == [digest(asked["state"])]
        page = await browser.back(state=asked["state"], code=teams.code(A, ANN))
        assert page.status_code == 200
        assert f"slack://app?team={A}&amp;id={APP_ID}" in page.text
        assert f"Team &lt;{A}&gt;" in page.text
        assert "default-src 'none'" in page.headers["content-security-policy"]
        assert page.headers["referrer-policy"] == "no-referrer"
        exchanged = next(each for each in teams.calls if each.method == "oauth.v2.access")
        assert exchanged.token.startswith("Basic ")
        assert exchanged.body["redirect_uri"] == asked["redirect_uri"]
        await stage.until(lambda: teams.of(A, "chat.postMessage"))
        assert "you own it" in str(teams.of(A, "chat.postMessage"))
        await Browser(stage.slack.bot_url).install(teams, B, BOB)

        assert "errors" not in str(await door.keys(A, ANN, KEY))
        refusal = await door.keys(A, BOB, "another")  # a caller there, and owner of B
        assert ANN in str(refusal)
        await door.command(A, BOB, "/toingg-call", QUICK)
        await stage.until(stage.dials)
        await door.command(B, BOB, "/toingg-call", QUICK)
        await stage.until(lambda: "accept the API key" in str(teams.of(B, "chat.update")))
        assert len(stage.dials()) == 1
        for team, other in ((A, B), (B, A)):
            assert any("Call to" in str(each) for each in teams.of(team, "chat.postMessage"))
            assert all(f"C{other}" not in str(each.body) for each in teams.calls
                       if each.token == token_of(team))  # fmt: skip
        assert {(each["deed"], each["actor"]) for each in await audited(bot)} >= {
            ("installed", ANN),
            ("installed", BOB),
        }
        assert (await stored(bot, A))["installed_by"] == ANN
    for secret in (token_of(A), token_of(B), KEY, CLIENT_SECRET, asked["state"]):
        assert secret not in log.text
        assert all(secret.encode() not in each for each in files(stage))
    async with stage.bot(**settings(teams)) as bot:  # nobody has to come again
        await Door(stage.slack.bot_url).command(B, BOB, "/toingg-call", QUICK)
        assert len(bot.directory) == 2


def files(stage: Play) -> list[bytes]:
    """What SQLite has on the disk."""
    return [path.read_bytes() for path in Path(stage.data).glob("toingg.db*")]


async def test_a_state_is_good_once(stage: Play, teams: Teams) -> None:
    """Not twice, not in another browser, not later; Slack isn't asked then. Cancel is told too."""
    stage.clock = clock = Travels()
    async with stage.bot(**settings(teams)) as bot:
        browser, _ = at_the_door(stage)
        asked = await browser.begin()
        code = teams.code(A, ANN)
        assert (await Browser(browser.bot_url).back(**asked, code=code)).status_code == 400
        assert (await Browser(browser.bot_url, "toingg-install=foreign").back(
            state=asked["state"], code=code)).status_code == 400  # fmt: skip
        assert teams.count("oauth.v2.access") == 0
        assert (await browser.back(state=asked["state"], code=code)).status_code == 200
        again = await browser.back(state=asked["state"], code=code)
        assert again.status_code == 400
        assert 'href="install"' in again.text
        late = await browser.begin()
        clock.forward(timedelta(minutes=10))
        assert (await browser.back(state=late["state"], code=code)).status_code == 400
        denied = await browser.begin()
        page = await browser.back(state=denied["state"], error="access_denied")
        assert (page.status_code, "Try again" in page.text) == (200, True)
        odd = await browser.begin()
        page = await browser.back(state=odd["state"], error="<script>alert(1)</script>")
        assert (page.status_code, "<script>" in page.text) == (400, False)
        assert teams.count("oauth.v2.access") == 1
        assert len(bot.directory) == 1


@pytest.mark.parametrize(
    ("answer", "status", "said"),
    [
        ({"ok": False, "error": "bad_redirect_uri"}, 400, "PUBLIC_URL"),
        ({"expires_in": 43_200, "refresh_token": "xoxe-never-real"}, 400, "manifest.yml"),
        ({"access_token": ""}, 400, "manifest.yml"),
        (None, 502, "Install again"),
    ],
)
@ON_SQLITE
async def test_what_slack_doesnt_grant(
    stage: Play, teams: Teams, answer: dict[str, Any] | None, status: int, said: str
) -> None:
    """A code is exchanged once, whatever is answered; the page says what to do."""
    async with stage.bot(**settings(teams)) as bot:
        browser, _ = at_the_door(stage)
        asked = await browser.begin()
        code = teams.code(A, ANN, **(answer or {}))
        if answer is None or not answer.get("ok", True):
            teams.answers["oauth.v2.access"] = answer
        page = await browser.back(state=asked["state"], code=code)
        assert (page.status_code, said in page.text) == (status, True)
        assert teams.count("oauth.v2.access") == 1
        assert len(bot.directory) == 0


async def test_installed_again_all_stays(stage: Play, teams: Teams) -> None:
    """From the environment's token to OAuth, then with more scopes by somebody else: one workspace,
    its key and its owner.
    """
    async with stage.bot(slack_bot_token=token_of(A), slack_api_url=f"{teams.url}/api/") as bot:
        home = bot.home.id
        assert (await Browser(stage.slack.bot_url).back()).status_code == 404
    async with stage.bot(**settings(teams)) as bot:
        browser, door = at_the_door(stage)
        assert await door.command(A, ANN, "/toingg-call", QUICK) == notices.ephemeral(
            notices.NOT_INSTALLED
        )
        await browser.install(teams, A, ANN, scope="commands")
        assert workspace_id(bot, A) == home
        await door.command(A, ANN, "/toingg-call", QUICK)
        await stage.until(stage.dials)  # with the key that it had
        page = await browser.install(teams, A, MAL)
        assert "as they were" in page.text
        assert workspace_id(bot, A) == home
        row = await stored(bot, A)
        assert (row["installed_by"], row["version"]) == (ANN, 2)
        assert row["scopes"] == bot.directory.workspace(home).at.scopes != "commands"
        assert ANN in str(await door.keys(A, MAL, "mine"))
        assert "errors" not in str(await door.keys(A, ANN, KEY))


# Taken back


def running(connection: Connection, at: str) -> Campaign:
    """A campaign of three people that runs."""
    now = datetime.now(UTC)
    new = NewCampaign(at, "k", Kind.CALL, "Sale", "Sale", ANN, f"C{A}SALE")
    made = campaigns.create(connection, new, run="r", now=now)
    assert made is not None
    people = [NewRow(seq, seq, f"+1415555010{seq}", f"key{seq}", "Ann", "", {}) for seq in range(3)]
    lists.enter(connection, made, people, now=now)
    ready = campaigns.move(
        connection, made, Stage.READY, Happened.READ, from_=[Stage.DRAFT], now=now, total=3
    )
    assert ready is not None
    begun = campaigns.move(
        connection,
        ready,
        Stage.RUNNING,
        Happened.STARTED,
        from_=[Stage.READY],
        now=now,
        started_at=now,
    )
    assert begun is not None
    return begun


def single(connection: Connection, bot: Bot, at: str) -> Any:
    """A call that somebody has just asked for."""
    new = NewCall(
        workspace_id=at,
        click_key="late",
        phone="+14155550188",
        phone_key="key",
        name="Ann",
        campaign="Sale",
        requested_by=ANN,
        asked_in="",
    )
    return rows.enter(connection, new, run=bot.campaigns.calling.run, now=datetime.now(UTC))


async def test_removed_it_stops_at_once(stage: Play, teams: Teams) -> None:
    """The token goes, campaigns pause, nobody is dialled; old news, and people's tokens, aren't."""
    began = datetime.now(UTC).timestamp()
    async with stage.bot(**settings(teams, default_calls_per_minute=1)) as bot:
        browser, door = at_the_door(stage)
        await browser.install(teams, A, ANN)
        await Browser(browser.bot_url).install(teams, B, BOB)
        await door.keys(A, ANN, KEY)
        at = workspace_id(bot, A)
        campaign = await bot.database.write(partial(running, at=at))
        await stage.until(stage.dials)
        people_only = {"type": "tokens_revoked", "tokens": {"oauth": [ANN], "bot": []}}
        assert await door.event(A, people_only, began + 60) == 200
        assert await door.uninstalled(A, began - 60) == 200
        assert (await stored(bot, A))["state"] == "installed"

        refused = away(bot.database, installations.remove, times=1)
        assert await door.uninstalled(A, began + 60) == 503  # Slack sends it again
        assert await door.uninstalled(A, began + 60) == 200
        assert refused() == 1
        row = await stored(bot, A)
        assert (row["state"], row["bot_token"]) == ("uninstalled", None)
        assert row["removed_at"] is not None
        assert await door.command(A, ANN, "/toingg-call", QUICK) == notices.ephemeral(
            notices.NOT_INSTALLED
        )
        get = partial(campaigns.get, workspace_id=at, campaign_id=campaign.id)
        paused = await bot.database.read(get)
        assert paused is not None
        assert (paused.state, paused.reason) == (Stage.PAUSED, "uninstalled")
        call = await bot.database.write(partial(single, bot=bot, at=at))
        await bot.campaigns.calling.placer.place(call)
        intend = partial(ledger.intend, call=call, run="another's", generation="v1")
        assert await bot.database.write(partial(intend, now=datetime.now(UTC))) is None
        assert len(stage.dials()) == 1
        assert await door.uninstalled(A, began + 60) == 200  # once more: nothing
        assert len([each for each in await audited(bot) if each["deed"] == "uninstalled"]) == 1
        assert "Call" in str(await door.command(B, BOB, "/toingg-call", QUICK))

        await browser.install(teams, A, MAL)
        assert workspace_id(bot, A) == at
        row = await stored(bot, A)
        assert (row["state"], row["installed_by"], row["removed_at"]) == ("installed", ANN, None)
        assert await door.uninstalled(A, began - 1) == 200  # of the one before
        assert (await stored(bot, A))["state"] == "installed"
        revoked = {"type": "tokens_revoked", "tokens": {"oauth": [], "bot": ["U0ALPHABOT"]}}
        assert await door.event(A, revoked, began + 60) == 200
        assert (await stored(bot, A))["state"] == "revoked"
        assert await door.uninstalled(A, began + 60) == 200
        assert (await stored(bot, A))["state"] == "uninstalled"
    assert all(token_of(A).encode() not in each for each in files(stage))


@ON_SQLITE
async def test_a_whole_organisation(stage: Play, teams: Teams) -> None:
    """Its installation answers in each of its teams, and is no team's to remove."""
    everywhere = {
        "team": None,
        "enterprise": {"id": "E0ACME0001", "name": "Acme"},
        "is_enterprise_install": True,
    }
    of_it = {"enterprise_id": "E0ACME0001"}
    began = datetime.now(UTC).timestamp()
    gone = {"type": "app_uninstalled"}
    bob = {"id": BOB, "team_id": A, "enterprise_user": of_it}
    teams.answers["users.info"] = {"ok": True, "user": bob}
    async with stage.bot(**settings(teams)) as bot:
        browser, door = at_the_door(stage)
        page = await browser.install(teams, "T0ACME0005", ANN, **everywhere)
        assert "installed in Acme" in page.text
        assert await door.command(A, BOB, "/toingg-call", **of_it) == {}
        assert notices.NOT_INSTALLED in str(await door.command(A, BOB, "/toingg-call"))
        assert await door.event(A, gone, began + 60, **of_it) == 200
        assert len(bot.directory) == 1
        whole = [{**of_it, "team_id": A, "is_enterprise_install": True}]
        assert await door.event(A, gone, began + 60, authorizations=whole) == 200
        assert len(bot.directory) == 0


def test_a_token_opens_where_it_belongs(connection: Connection) -> None:
    """Sealed, and of no use in another workspace's row."""
    vault = Vault([Fernet.generate_key().decode()])
    now = datetime.now(UTC)
    ids = {}
    for team in (A, B):
        at = workspaces.Installation("", team, team, "", "U0BOT", "B0BOT", "commands")
        grant = installations.Grant(at, token_of(team), ANN)
        assert token_of(team) not in repr(grant)
        installed = installations.install(connection, vault, grant, now=now)
        ids[team] = installed.workspace.id
    columns = (INSTALLATIONS.c.workspace_id, INSTALLATIONS.c.bot_token)
    sealed = {row[0]: row[1] for row in connection.execute(select(*columns))}
    assert not any(token_of(team) in each for team in ids for each in sealed.values())
    found = installations.read(connection, vault, ids[A])
    assert found is not None
    assert found.token == token_of(A)
    swap = update(INSTALLATIONS).where(INSTALLATIONS.c.workspace_id == ids[A])
    connection.execute(swap.values(bot_token=sealed[ids[B]]))
    with pytest.raises(SettingsError):
        installations.read(connection, vault, ids[A])


# In memory


class Statements:
    """What the database is asked, as far as it has to do with who asks and where."""

    def __init__(self, bot: Bot, pattern: str) -> None:
        self.seen: list[str] = []
        self._pattern = re.compile(pattern)
        event.listen(bot.database.engine, "before_cursor_execute", self._look)

    def _look(self, _connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if self._pattern.search(statement):
            self.seen.append(statement)


async def test_warm_nobody_is_asked(stage: Play, teams: Teams) -> None:
    """Once somebody is known: no SQL and no auth.test to let them in, also while Slack is down."""
    async with stage.bot(**settings(teams)) as bot:
        browser, door = at_the_door(stage)
        await browser.install(teams, A, ANN)
        await stage.until(lambda: teams.of(A, "chat.postMessage"))
        await door.command(A, BOB, "/toingg-call")
        asked, tests = Statements(bot, r"members|workspaces"), teams.count("auth.test")
        for _ in range(20):
            await door.command(A, BOB, "/toingg-call")
        teams.is_down = True
        for _ in range(20):
            assert await door.command(A, BOB, "/toingg-call") == {}
        assert asked.seen == []
        assert teams.count("auth.test") == tests
        assert teams.count("users.info") == 1


async def test_many_who_dont_know_ask_once(stage: Play, teams: Teams) -> None:
    """A team that another process installed is looked for once, a person asked about once; one
    without an installation isn't looked for again for a while.
    """
    async with stage.bot(**settings(teams)) as bot:
        browser, door = at_the_door(stage)
        await browser.install(teams, A, ANN)
        settings_ = stage.settings(**settings(teams))
        at = bot.directory.workspace(workspace_id(bot, A)).at
        elsewhere = installations.Grant(
            workspaces.Installation("", B, "B", "", "U0BRAVOBOT", "B0BRAVO", at.scopes),
            token_of(B),
            BOB,
        )
        asked = Statements(bot, r"FROM installations JOIN workspaces")
        install = partial(installations.install, vault=open_vault(settings_), grant=elsewhere)
        await bot.database.write(partial(install, now=datetime.now(UTC)))
        commands = [door.command(B, MAL, "/toingg-call", "x") for _ in range(10)]
        answers = await asyncio.gather(*commands)
        assert all(notices.NOT_INSTALLED not in str(each) for each in answers)
        assert len(asked.seen) <= 1  # none where the mirror's look came first
        assert teams.count("users.info") == 1
        asked.seen.clear()
        strangers = [door.command("T0NOBODY01", MAL, "/toingg-call") for _ in range(10)]
        assert all(notices.NOT_INSTALLED in str(each) for each in await asyncio.gather(*strangers))
        assert len(asked.seen) == 1
        later = datetime.now(UTC) + timedelta(minutes=1)
        remove = partial(installations.remove, enterprise_id="", team_id=B, heard_at=later)
        gone = installations.Standing.UNINSTALLED
        await bot.database.write(partial(remove, to=gone, now=datetime.now(UTC)))
        await stage.until(lambda: len(bot.directory) == 1)  # this process sees it too


@ON_SQLITE
async def test_killed_over_a_code(stage: Play, teams: Teams) -> None:
    """Between Slack's answer and the commit nothing is kept, and the page says to begin again."""
    bot = BotProcess(stage, stage.data / "bot", **settings(teams))
    try:
        await bot.start()
        browser, door = Browser(bot.url), Door(bot.url)
        asked = await browser.begin()
        code = teams.code(A, ANN)
        teams.before = bot.kill
        with pytest.raises(Exception, match=r".*"):
            await browser.back(state=asked["state"], code=code)
        await bot.died()
        teams.before = nothing
        await bot.start()
        page = await browser.back(state=asked["state"], code=code)
        assert (page.status_code, "Install Toingg" in page.text) == (400, True)
        assert notices.NOT_INSTALLED in str(await door.command(A, ANN, "/toingg-call"))
        assert (await browser.install(teams, A, ANN)).status_code == 200
        assert await door.command(A, ANN, "/toingg-call") == {}
        assert bot.complaints() == []
    finally:
        await bot.end()


def nothing() -> None:
    """Lets it go on."""


@ON_SQLITE
async def test_doctor(stage: Play, teams: Teams, capsys: pytest.CaptureFixture[str]) -> None:
    """It names the addresses, and counts the installations."""
    async with stage.bot(**settings(teams)):
        await Browser(stage.slack.bot_url).install(teams, A, ANN)
    assert await examine(stage.settings(**settings(teams))) == 0
    said = capsys.readouterr().out
    assert f"✓ Redirect address: {PUBLIC}/slack/oauth_redirect" in said
    assert "✓ Workspaces: 1 installed" in said
