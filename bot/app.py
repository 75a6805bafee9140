"""The composition root: builds every part from the settings, and hands them to each other."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from functools import partial

import filelock
from slack_bolt.app.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient
from starlette.applications import Starlette

from bot import audit_log as audit_log_
from bot import calling, campaigns, payments, privacy
from bot import in_force as in_force_
from bot.access import Role
from bot.audit_log import AuditLog
from bot.background import Background
from bot.calling import Calling, Rules
from bot.campaigns import Campaigns, Pace, Price, Rate
from bot.clock import Clock, now
from bot.errors import NoSuchAddress, Rejected, SettingsError, UnknownToToingg
from bot.hooks import Hooks, Locks
from bot.in_force import InForce
from bot.installed import Installed, Means, fill
from bot.logs import Action, log
from bot.payments import Payments
from bot.payments.account import Look, StripeAccount, unasked
from bot.payments.crediting import Money
from bot.payments.link import LinkRules
from bot.payments.till import Till, TillRules
from bot.payments.till import build as build_till
from bot.privacy import Privacy
from bot.recipients.policy import Limits
from bot.recipients.zones import possible_zones
from bot.settings import Settings, WorkspaceSettings, is_loopback
from bot.slack.api import Slack, open_session
from bot.slack.blocks.call_card import Source
from bot.slack.blocks.campaign_parts import Terms
from bot.slack.bolt import build_app
from bot.slack.directory import Directory
from bot.slack.funnel import Funnel
from bot.slack.people import People, RoleRules
from bot.slack.routes import Routes
from bot.slack.socket import Socket
from bot.texting.inbound import Answers
from bot.toingg.client import Toingg, ToinggAccount, ToinggConfig, ToinggKeys, open_http
from bot.twilio import Secrets
from bot.web import Web
from commands import build_routes
from storage import migrate, runs
from storage.engine import Database
from storage.secrets import Vault, key_in
from storage.workspaces import Workspace

NOBODYS_CALL = "CA" + "0" * 32
"""The callSid of a call that can't exist."""


@dataclass(frozen=True)
class Timing:
    """What tests make quicker; seconds. `haste`: so many times as often is looked for work."""

    gather: float = 3.0
    post_timeout: float = 30.0
    stop_patience: float = 35.0
    haste: float = 1.0


@dataclass(frozen=True)
class Bot:
    """The running bot: its ASGI application, and what can be asked about it."""

    asgi: Starlette
    routes: Routes
    directory: Directory
    database: Database
    campaigns: Campaigns
    payments: Payments
    till: Till
    privacy: Privacy
    installed: Installed

    @property
    def home(self) -> Workspace:
        """The workspace of the environment's token. Raises LookupError: there are many."""
        if self.installed.home is None:
            raise LookupError("the bot is installed by OAuth")
        return self.installed.home


@asynccontextmanager
async def running(
    settings: Settings,
    timing: Timing | None = None,
    clock: Clock = now,
    *,
    listens: bool = True,
) -> AsyncIterator[Bot]:
    """The bot from its first look at what was left undone to a stop that loses nothing.

    `listens`: whether Slack's events come in here, by Socket Mode; else only the work is done.
    Raises SettingsError for what only a person can mend.
    """
    timing = timing or Timing()
    async with AsyncExitStack() as stack:
        alone = settings.is_sqlite
        if alone:
            stack.enter_context(sole_user(settings))
        database = stack.enter_context(open_database(settings, migrates=alone))
        run = await stack.enter_async_context(_alive(database, clock, alone=alone))
        # What is still to be said at the stop needs both pools: they close after it.
        session = await stack.enter_async_context(open_session())
        config = toingg_config(settings, timing)
        toingg = Toingg(config, await stack.enter_async_context(open_http(config)))
        background = Background(timing.haste)
        stack.push_async_callback(_stop, background, timing)
        vault = open_vault(settings)
        in_force = InForce(database, vault, settings.of_a_workspace, clock)
        await in_force.look()
        background.every(in_force_.EVERY, in_force.look)
        audit_log = AuditLog(database, vault, clock)
        background.every(audit_log_.EVERY, audit_log.publish)
        directory = Directory()
        slack = Slack(settings.slack_api_url, session)
        installed = await fill(
            Means(settings, database, vault, slack, directory, in_force, background, clock)
        )
        people = _people(settings, database, in_force, directory, clock, installed.home)
        hooks = _hooks(settings, in_force, installed.home, directory)
        each = _Each(settings, directory, in_force, hooks)
        parts = _calling(each, timing, toingg, database, background, clock, run, people)
        lists = _campaigns(settings, parts, people, hooks)
        till = _till(settings, lists, people, hooks, stack)
        money = _payments(settings, parts, in_force, hooks, till)
        private = privacy.build(
            parts,
            days=lambda each: in_force.of(each).retention_days,
            gone_for=timedelta(days=settings.uninstall_retention_days),
        )
        routes = build_routes(
            lists,
            money,
            till,
            private,
            people,
            hooks,
            audit_log,
            tries_key=partial(_try_key, toingg),
        )
        funnel = Funnel(routes, directory, people, installed.installs, background)
        bolt = build_app(funnel, installed.client)
        parts.start()
        lists.start()
        till.start()
        money.start()
        private.start()
        client = installed.client
        socket = await _socket(settings, stack, bolt, client, background) if listens else None
        web = _web(settings, parts, money, bolt, installed, hooks, socket)
        log(Action.STARTED, run=run, socket_mode=settings.uses_socket_mode)
        yield Bot(web.app(), routes, directory, database, lists, money, till, private, installed)
        log(Action.STOPPING, run=run)


def source_of(holds: WorkspaceSettings, *, takes_callbacks: bool) -> Source:
    """Who tells what becomes of a call."""
    if takes_callbacks:
        return Source.CALLBACK
    return Source.POLLING if holds.toingg_api == "v3" else Source.NONE


def toingg_config(settings: Settings, timing: Timing) -> ToinggConfig:
    """How Toingg is spoken to. Raises SettingsError for a path that it doesn't have."""
    return ToinggConfig(
        generation=settings.toingg_api,
        base_url=settings.toingg_base_url,
        auth=settings.toingg_auth,
        v3_base_url=settings.toingg_v3_base_url,
        timeout=timing.post_timeout,
        paths=settings.toingg_paths,
    )


def sole_user(settings: Settings) -> filelock.BaseFileLock:
    """SQLite is one process's: whoever has the lock knows that all earlier runs are dead."""
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    lock = filelock.FileLock(settings.data_dir / "toingg.lock", timeout=0)
    try:
        lock.acquire()
    except filelock.Timeout:
        fault = (
            f"Another process is using {settings.data_dir}: stop it, or give this one a DATA_DIR"
            " of its own. Several processes want PostgreSQL."
        )
        raise SettingsError([fault]) from None
    return lock


def open_database(settings: Settings, *, migrates: bool) -> Database:
    """The database at this release's tables. Raises SettingsError where a migration is due."""
    if settings.is_sqlite:
        settings.data_dir.mkdir(parents=True, exist_ok=True)
    database = Database(settings.database)
    if migrates:
        migrate.upgrade(database.engine)
    elif not migrate.is_current(database.engine):
        database.close()
        fault = "The database is older than this release: run `toingg-bot migrate`, then start."
        raise SettingsError([fault])
    return database


def open_vault(settings: Settings) -> Vault:
    """The keys of what is stored encrypted; on SQLite one is made where none is given."""
    return Vault(list(settings.encryption_keys) or [key_in(settings.data_dir)])


def _hooks(
    settings: Settings, in_force: InForce, home: Workspace | None, directory: Directory
) -> Hooks:
    callbacks = Secrets(
        token=settings.toingg_status_token.get_secret_value(),
        twilio=settings.twilio_auth_token.get_secret_value(),
    )
    return Hooks(
        in_force,
        Locks(callbacks, settings.stripe_webhook_secrets),
        home=home.id if home else None,
        installed=directory.ids,
        public_url=settings.public_url,
    )


@dataclass(frozen=True)
class _Each:
    """What holds in each workspace, by its id, where settings aren't all that decides."""

    settings: Settings
    directory: Directory
    in_force: InForce
    hooks: Hooks

    def keys(self, workspace_id: str) -> ToinggKeys:
        """Its keys for Toingg."""
        came_with = self.directory.toingg_keys(workspace_id)
        kept = self.in_force.toingg_keys(workspace_id, came_with)
        return ToinggKeys(v1=kept.get("v1", ""), v3=kept.get("v3", ""))

    def source(self, workspace_id: str) -> Source:
        """Who tells what becomes of its calls."""
        takes = self.hooks.takes_callbacks(workspace_id)
        return source_of(self.in_force.of(workspace_id), takes_callbacks=takes)

    def replies(self, workspace_id: str) -> str:
        """The channel of texts that answer none of its own; "" where there is none."""
        own = self.in_force.of(workspace_id).notification_channel
        if not self.hooks.is_home(workspace_id):
            return own
        return self.settings.replies_channel_id or own


def _calling(
    each: _Each,
    timing: Timing,
    toingg: Toingg,
    database: Database,
    background: Background,
    clock: Clock,
    run: str,
    people: People,
) -> Calling:
    settings, in_force = each.settings, each.in_force

    def account(of: str) -> ToinggAccount:
        return toingg.account(each.keys(of), in_force.of(of).toingg_api)

    possible_zones("+14155550132")  # its tables load now, not while somebody waits
    rules = Rules(
        limits=lambda of: limits_of(in_force.of(of)),
        region=lambda of: in_force.of(of).default_region,
        source=each.source,
        polls=lambda of: in_force.of(of).toingg_api == "v3",
        gather=timedelta(seconds=timing.gather),
        patience=timedelta(seconds=timing.post_timeout + 5),
        longest=timedelta(minutes=settings.call_max_minutes),
        answers=Answers(
            help=settings.help_reply,
            channel=each.replies,
            owners=people.owners,
            key=lambda of: each.keys(of).v1,
        ),
        shared_channels=frozenset(settings.shared_channel_ids),
    )
    return calling.build(
        database=database,
        directory=each.directory,
        background=background,
        clock=clock,
        accounts=account,
        run=run,
        rules=rules,
    )


def limits_of(holds: WorkspaceSettings) -> Limits:
    """Whom a workspace may reach when, and how often."""
    return Limits(
        hours_preset=holds.hours_preset,
        number_cap_per_day=holds.number_calls_per_day,
        day_cap=holds.calls_per_day,
        workspace_zone=holds.default_timezone,
    )


def pace_of(holds: WorkspaceSettings) -> Pace:
    """How fast its campaigns go."""
    return Pace(
        per_minute=holds.default_calls_per_minute or None,
        max_live=holds.max_live_calls or None,
        mean=timedelta(minutes=holds.expected_minutes),
    )


def price_of(holds: WorkspaceSettings) -> Price:
    """What a call and a text cost it."""
    return Price(
        _millionths(holds.price_per_minute),
        holds.expected_minutes,
        _millionths(holds.price_per_part),
    )


def terms_of(holds: WorkspaceSettings) -> Terms:
    """What its campaigns' cards say of both."""
    pace = pace_of(holds)
    return Terms(
        per_minute=pace.per_minute,
        max_live=pace.max_live,
        price=holds.price_per_minute,
        currency=holds.currency,
        expected_minutes=holds.expected_minutes,
        part_price=holds.price_per_part,
    )


async def _try_key(toingg: Toingg, generation: str, key: str) -> None:
    """Asks for something that changes nothing. Raises ToinggError; KeyRejected: it isn't one.

    Generation 1 has no read: it is asked to hang up a call that can't exist, and says of that at
    most that the key is wrong.
    """
    if generation == "v3":
        await toingg.account(ToinggKeys(v1="", v3=key)).campaigns(limit=1)
        return
    with suppress(UnknownToToingg, NoSuchAddress, Rejected):
        await toingg.account(ToinggKeys(v1=key)).hang_up(NOBODYS_CALL)


def _campaigns(settings: Settings, parts: Calling, people: People, hooks: Hooks) -> Campaigns:
    in_force = people.in_force
    return campaigns.build(
        parts,
        pace=lambda each: pace_of(in_force.of(each)),
        price=lambda each: price_of(in_force.of(each)),
        hooks=hooks,
        people=people,
        terms=lambda each: terms_of(in_force.of(each)),
        rate=Rate(settings.toingg_rate_per_second),
        grace=timedelta(minutes=settings.schedule_grace_minutes),
    )


def _till(
    settings: Settings, lists: Campaigns, people: People, hooks: Hooks, stack: AsyncExitStack
) -> Till:
    """Checkouts; Stripe is asked for their sessions where a key of its account is set.

    That is the account of whoever runs the bot: no other workspace's sessions are in it.
    """
    in_force = people.in_force
    ask: Look = unasked
    if key := settings.stripe_api_key.get_secret_value():
        account = StripeAccount(key, settings.stripe_api_url)
        stack.push_async_callback(account.aclose)
        ask = account.session
    is_local = any(is_loopback(url) for url in (settings.toingg_base_url, settings.stripe_api_url))
    rules = TillRules(
        look=lambda each: ask if hooks.is_home(each) else unasked,
        links=lambda each: LinkRules(watched=hooks.hears_stripe(each), local=is_local),
        money=lambda each: Money(in_force.of(each).currency, price_of(in_force.of(each))),
        budgeted=lambda each: in_force.of(each).budget is not None,
        locale=lambda each: in_force.of(each).locale,
        channel=lambda each: in_force.of(each).notification_channel,
        owners=people.owners,
    )
    return build_till(lists, rules)


def _payments(
    settings: Settings, parts: Calling, in_force: InForce, hooks: Hooks, till: Till
) -> Payments:
    return payments.build(
        parts,
        hears=hooks.hears_stripe,
        mode=settings.stripe_mode,
        locale=lambda each: in_force.of(each).locale,
        reactions=(till.crediting,),
    )


def _millionths(amount: Decimal | None) -> int:
    return int((amount or Decimal(0)) * 1_000_000)


def _people(
    settings: Settings,
    database: Database,
    in_force: InForce,
    directory: Directory,
    clock: Clock,
    home: Workspace | None,
) -> People:
    rules = RoleRules(
        owners=frozenset(settings.owner_user_ids),
        default=Role(settings.default_role),
        home=home.id if home else "",
    )
    return People(database, rules, in_force, directory, clock)


async def _socket(
    settings: Settings,
    stack: AsyncExitStack,
    bolt: AsyncApp,
    client: AsyncWebClient,
    background: Background,
) -> Socket | None:
    if not settings.uses_socket_mode:
        return None
    token = settings.slack_app_token.get_secret_value()
    socket = Socket(bolt, token, client, background)
    stack.push_async_callback(socket.close)
    background.start(socket.connect())
    return socket


def _web(
    settings: Settings,
    parts: Calling,
    money: Payments,
    bolt: AsyncApp,
    installed: Installed,
    hooks: Hooks,
    socket: Socket | None,
) -> Web:
    async def faults() -> list[str]:
        found = []
        if not await parts.database.is_usable():
            found.append("The database doesn't answer.")
        if socket is not None and not await socket.is_connected():
            found.append("Slack's Socket Mode isn't connected.")
        return found

    return Web(
        bolt=bolt,
        signing_secret=settings.slack_signing_secret.get_secret_value(),
        statuses=parts.statuses,
        inbox=parts.inbox,
        stripe=money.webhook,
        hooks=hooks,
        doors=installed.doors,
        metrics_token=settings.metrics_token.get_secret_value(),
        faults=faults,
        clock=now,  # signatures are of this very moment, whatever time the work is in
    )


async def _stop(background: Background, timing: Timing) -> None:
    """What dials gets its answer; only what takes longer than a POST may is cut off."""
    cut = await background.stop(timedelta(seconds=timing.stop_patience))
    log(Action.STOPPED, cut=cut)


@asynccontextmanager
async def _alive(database: Database, clock: Clock, *, alone: bool) -> AsyncIterator[str]:
    """A run whose heart beats to its very end: others leave its rows alone while it stops."""
    run = await database.write(partial(runs.begin, alone=alone, now=clock()))

    async def beat() -> None:
        await database.write(partial(runs.beat, run=run, now=clock()))

    heart = Background()
    heart.every(runs.BEAT, beat)
    try:
        yield run
    finally:
        await heart.stop(runs.BEAT)
        await database.write(partial(runs.end, run=run, now=clock()))
