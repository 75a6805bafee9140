"""The doctor: looks at every setting and peer, and says what to do about each fault."""

import re
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import typer

from bot.app import NOBODYS_CALL, Timing, open_database, open_vault, source_of, toingg_config
from bot.errors import BotError, KeyRejected, SettingsError, SlackError, UnknownToToingg
from bot.installed import oauth_app
from bot.payments.account import StripeAccount, Unseen
from bot.settings import Settings
from bot.slack.api import Slack, open_session, send, server_time, time_of, whoami
from bot.slack.blocks.call_card import SOURCES
from bot.slack.oauth import SCOPES
from bot.toingg.client import Toingg, ToinggKeys, open_http
from storage import installations
from storage.engine import Database

_MOST_DRIFT = 60
_UNREACHABLE = "Slack can't be reached: check the network, a proxy, SLACK_API_URL."
_NOBODYS_SESSION = "cs_test_" + "0" * 32
_SECRET = re.compile(r"whsec_[\w+/=-]{8,}")


@dataclass(frozen=True)
class Finding:
    """One thing looked at; `mend` is empty where nothing is to be done."""

    what: str
    found: str
    mend: str = ""


Look = Callable[[Settings], Awaitable[list[Finding]]]


async def examine(settings: Settings) -> int:
    """Prints every finding; the exit status is 1 where something is to be mended."""
    sick = False
    for look in (_settings, _database, _slack, _toingg, _stripe, _stripe_key):
        for finding in await look(settings):
            sick = sick or bool(finding.mend)
            mark = "✗" if finding.mend else "✓"
            typer.echo(f"{mark} {finding.what}: {finding.found}")
            if finding.mend:
                typer.echo(f"    → {finding.mend}")
    return 1 if sick else 0


async def _settings(settings: Settings) -> list[Finding]:
    source = source_of(settings, takes_callbacks=settings.takes_callbacks)
    mode = "Socket Mode" if settings.uses_socket_mode else "HTTP, POST /slack/events"
    return [
        Finding("Settings", f"read; Slack reaches the bot by {mode}"),
        Finding("Calls' states", SOURCES[source]),
    ]


async def _database(settings: Settings) -> list[Finding]:
    try:
        open_vault(settings)
        database = open_database(settings, migrates=settings.is_sqlite)
    except SettingsError as error:
        return [Finding("Database", "not usable", mend) for mend in error.faults]
    except Exception as error:  # noqa: BLE001 - a driver's faults are of any class
        mend = "Check DATABASE_URL: is the server up, and do user and password fit?"
        return [Finding("Database", type(error).__name__, mend)]
    try:
        version = database.version()
        usable = await database.is_usable()
        installed = await _installed(settings, database)
    finally:
        database.close()
    mend = "" if usable else "Check that the disk isn't full and DATA_DIR is writable."
    return [Finding("Database", version, mend), *installed]


async def _installed(settings: Settings, database: Database) -> list[Finding]:
    """How many workspaces installed the bot; whether a key opens a token is seen at the start."""
    if not settings.uses_oauth:
        return []
    counts = await database.read(installations.counts)
    found = ", ".join(f"{count:,} {state}" for state, count in sorted(counts.items()))
    return [Finding("Workspaces", found or "none has installed the bot yet")]


async def _slack(settings: Settings) -> list[Finding]:
    if settings.uses_oauth:
        return [*_doors(settings), await _reach(settings)]
    async with open_session() as session:
        slack = Slack(settings.slack_api_url, session)
        api = slack.api(settings.slack_bot_token.get_secret_value())
        try:
            at = await whoami(api)
            drift = abs((await server_time(api)) - time.time())
        except SlackError as error:
            mend = (
                "Copy the Bot User OAuth Token from OAuth & Permissions again."
                if error.certain
                else _UNREACHABLE
            )
            return [Finding("Slack", error.code, mend)]
    granted = set(at.scopes.split(","))
    missing = [scope for scope in SCOPES if scope not in granted]
    mend = "Update the app with manifest.yml, then install it again." if missing else ""
    lacking = f"lacks {', '.join(missing)}" if missing else "all there"
    return [
        Finding("Slack", f"{at.name} ({at.team_id})"),
        Finding("Scopes", lacking, mend),
        _clock(drift),
    ]


def _clock(drift: float) -> Finding:
    slow = "Set this machine's clock: Slack refuses what is over 5 minutes off."
    return Finding("Clock", f"{drift:.0f} s off Slack's", slow if drift > _MOST_DRIFT else "")


def _doors(settings: Settings) -> list[Finding]:
    """Where workspaces install the bot, and what must stand in the app for that."""
    app = oauth_app(settings)
    start = app.redirect_url.replace("oauth_redirect", "install")
    redirect = f"{app.redirect_url}, which must stand under OAuth & Permissions, Redirect URLs"
    return [Finding("Installing", f"at {start}"), Finding("Redirect address", redirect)]


async def _reach(settings: Settings) -> Finding:
    """Whether Slack answers, and how far its clock is off: no workspace's token is needed."""
    async with open_session() as session:
        try:
            said = await send(Slack(settings.slack_api_url, session).client().api_call("api.test"))
        except SlackError as error:
            return Finding("Slack", error.code, _UNREACHABLE)
    return _clock(abs(time_of(said) - time.time()))


async def _toingg(settings: Settings) -> list[Finding]:
    """Asks to hang up a call that can't exist: nothing happens, and the key is checked."""
    if settings.uses_oauth:
        return [Finding("Toingg", "each workspace has a key of its own, tried as it is given")]
    config = toingg_config(settings, Timing(post_timeout=10))
    keys = ToinggKeys(
        v1=settings.toingg_api_key.get_secret_value(),
        v3=settings.toingg_v3_api_key.get_secret_value(),
    )
    async with open_http(config) as http:
        account = Toingg(config, http).account(keys)
        found = [await _one("Toingg", account.hang_up(NOBODYS_CALL), "TOINGG_API_KEY")]
        if settings.toingg_api == "v3":
            campaigns = account.campaigns(limit=1)
            found.append(await _one("Toingg v3", campaigns, "TOINGG_V3_API_KEY"))
    return found


async def _stripe(settings: Settings) -> list[Finding]:
    """Whether payments can be heard of: nothing is asked of Stripe for that."""
    secrets = settings.stripe_webhook_secrets
    if not secrets:
        return [Finding("Payments", "not heard of: STRIPE_WEBHOOK_SECRETS is empty")]
    strange = sum(not _SECRET.fullmatch(each) for each in secrets)
    mend = "Copy the signing secret of the webhook endpoint from Stripe again: whsec_…"
    found = f"{len(secrets)} webhook secret" + ("s" if len(secrets) > 1 else "")
    if strange:
        return [Finding("Payments", f"{found}, {strange} of a strange shape", mend)]
    return [Finding("Payments", f"{found}, at POST /stripe/webhook")]


async def _stripe_key(settings: Settings) -> list[Finding]:
    """Asks for a checkout session that can't exist: the key is checked."""
    key = settings.stripe_api_key.get_secret_value()
    if not key:
        return [Finding("Stripe", "not asked: STRIPE_API_KEY is empty")]
    account = StripeAccount(key, settings.stripe_api_url)
    try:
        seen = await account.session(_NOBODYS_SESSION)
    finally:
        await account.aclose()
    if seen is Unseen.AWAY:
        mend = (
            "Check STRIPE_API_KEY and STRIPE_API_URL; a restricted key must be allowed to read"
            " checkout sessions, and events."
        )
        return [Finding("Stripe", "doesn't answer, or refuses the key", mend)]
    return [Finding("Stripe", "answers, and takes the key")]


async def _one(what: str, request: Awaitable[object], key: str) -> Finding:
    try:
        await request
    except UnknownToToingg:
        return Finding(what, "answers, and takes the key")
    except KeyRejected:
        return Finding(what, "refuses the key", f"Copy {key} from Toingg's console again.")
    except BotError as error:
        return Finding(what, type(error).__name__, f"{error.message} ({error.detail})")
    return Finding(what, "answers, and takes the key")
