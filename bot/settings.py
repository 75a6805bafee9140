"""The settings: environment variables and `.env`, read once; every fault is told at once."""

import ipaddress
import json
import re
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urljoin, urlsplit
from zoneinfo import ZoneInfo

from babel import Locale, UnknownLocaleError
from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    SecretStr,
    ValidationError,
    field_validator,
    model_validator,
)
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from bot.errors import SettingsError

_CHANNEL = re.compile("[CG][A-Z0-9]{2,30}")
_KEYS = "Its owners give it with /toingg settings."
_PATHS = "Each workspace has its own."
_OF_ONE = {
    "slack_bot_token": "Each gets its own at /slack/install.",
    "toingg_api_key": _KEYS,
    "toingg_v3_api_key": _KEYS,
    "toingg_status_token": _PATHS,
    "twilio_auth_token": _PATHS,
    "stripe_api_key": _PATHS,
    "stripe_webhook_secrets": _PATHS,
    "notification_channel": "Its owners choose it with /toingg settings.",
    "replies_channel_id": "Replies go to whoever owns the bot there.",
}
"""Settings that belong to one workspace, and what there is instead where there are many."""

Words = Annotated[tuple[str, ...], NoDecode]
"""Words separated by commas or spaces."""


class WorkspaceSettings(BaseModel):
    """What holds in one workspace: the environment's values, or its owners' own.

    Amounts are in `currency`.
    """

    model_config = ConfigDict(frozen=True, hide_input_in_errors=True)

    toingg_api: Literal["v1", "v3"] = Field("v1", description="the generation that places calls")
    default_campaign: str = Field(
        "", description="campaign of a call that names none; unset: the modal asks"
    )
    default_region: str = Field("US", description="country of numbers without `+`")
    default_timezone: str = Field("UTC", description="zone of numbers whose own isn't known")
    hours_preset: Literal["default", "always", "us-federal", "us-strict", "in-promotional"] = Field(
        "default", description="when people may be called, in their own zone"
    )
    number_calls_per_day: int | None = Field(
        None, ge=1, description="how often one number may be called in a day; unset: no limit"
    )
    calls_per_day: int | None = Field(
        None, ge=1, description="how many calls may be placed in a day; unset: no limit"
    )
    default_calls_per_minute: int = Field(
        60, ge=0, le=60_000, description="a campaign's pace; `0`: no limit"
    )
    max_live_calls: int = Field(
        20, ge=0, description="calls of campaigns at the same time; `0`: no limit"
    )
    currency: str = Field("USD", description="three letters, of the prices")
    price_per_minute: Decimal | None = Field(
        None, ge=0, description="of a call, per started minute; unset: no cost is shown"
    )
    price_per_part: Decimal | None = Field(
        None, ge=0, description="of a text, per part of it; unset: no cost is shown"
    )
    expected_minutes: int = Field(
        2, ge=1, le=240, description="how long a call is taken to last where nobody says"
    )
    budget: Decimal | None = Field(
        None, ge=0, description="what campaigns may spend, wants a price; unset: no end"
    )
    approval_people: int | None = Field(
        None, ge=1, description="a campaign of more people waits for a second person; unset: none"
    )
    approval_cost: Decimal | None = Field(
        None, ge=0, description="one that costs about more does too; wants a price"
    )
    retention_days: int | None = Field(
        None,
        ge=1,
        le=3650,
        description="days after which calls, texts and their people are erased; unset: kept",
    )
    locale: str = Field("en_US", description="how amounts of payments are written, as `de_DE`")
    notification_channel: str = Field(
        "",
        description="channel (`C…`) that is told what concerns everybody; unset: owners, by DM",
    )

    @field_validator(
        "number_calls_per_day",
        "calls_per_day",
        "price_per_minute",
        "price_per_part",
        "budget",
        "approval_people",
        "approval_cost",
        "retention_days",
        mode="before",
    )
    @classmethod
    def _unset(cls, value: Any) -> Any:
        return None if value == "" else value

    @field_validator("default_region")
    @classmethod
    def _upper(cls, value: str) -> str:
        if len(value) != 2 or not value.isalpha():  # noqa: PLR2004 - ISO 3166-1 alpha-2
            raise ValueError("give a country's two letters, as in US or IN")
        return value.upper()

    @field_validator("currency")
    @classmethod
    def _currency(cls, value: str) -> str:
        if len(value) != 3 or not value.isalpha():  # noqa: PLR2004 - ISO 4217
            raise ValueError("give a currency's three letters, as in USD or INR")
        return value.upper()

    @field_validator("locale")
    @classmethod
    def _locale(cls, value: str) -> str:
        try:
            return str(Locale.parse(value.replace("-", "_")))
        except (ValueError, UnknownLocaleError):
            raise ValueError("give a language and a country, as in en_US or de_DE") from None

    @field_validator("notification_channel")
    @classmethod
    def _channel(cls, value: str) -> str:
        if value and not _CHANNEL.fullmatch(value):
            raise ValueError("give a channel's id, as in C0123456789")
        return value

    @field_validator("default_timezone")
    @classmethod
    def _zone(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (KeyError, ValueError, OSError):
            raise ValueError("give a zone of the IANA database, as in Europe/London") from None
        return value

    def faults(self) -> dict[str, str]:
        """What doesn't go together, by field, each with its mend."""
        counted = self.budget is not None or self.approval_cost is not None
        if not counted or self.price_per_minute or self.price_per_part:
            return {}
        fault = "A budget, and approvals by cost, count by prices: give that of a minute or a part."
        return {"price_per_minute": fault}


class Settings(BaseSettings, WorkspaceSettings):
    """What the environment says. A field's description is the README's line about it."""

    model_config = SettingsConfigDict(
        env_file=".env", extra="ignore", hide_input_in_errors=True, frozen=True
    )

    slack_signing_secret: SecretStr = Field(
        SecretStr(""), description="Basic Information → App Credentials; needed without Socket Mode"
    )
    slack_bot_token: SecretStr = Field(SecretStr(""), description="OAuth & Permissions, `xoxb-…`")
    slack_app_token: SecretStr = Field(
        SecretStr(""), description="`xapp-…` with `connections:write`; set, Socket Mode is used"
    )
    slack_client_id: str = Field(
        "", description="Basic Information → App Credentials; set, workspaces install the bot"
    )
    slack_client_secret: SecretStr = Field(
        SecretStr(""), description="beside it; wants `PUBLIC_URL`, and no `SLACK_BOT_TOKEN`"
    )
    slack_api_url: str = Field("https://slack.com/api/", description="Slack's Web API")
    slack_authorize_url: str = Field(
        "", description="where Slack asks who installs; unset: beside `SLACK_API_URL`"
    )

    toingg_api_key: SecretStr = Field(SecretStr(""), description="your Toingg API key")
    toingg_base_url: str = Field(
        "https://call.toingg.com/api", description="generation 1's address"
    )
    toingg_auth: Literal["query", "bearer", "basic"] | None = Field(
        None, description="how the key is sent; unset: `query` for v1, `bearer` for v3"
    )
    toingg_v3_api_key: SecretStr = Field(SecretStr(""), description="`tg_…`, for `TOINGG_API=v3`")
    toingg_v3_base_url: str = Field(
        "https://api.toingg.com/api/v3", description="generation 2's address"
    )
    toingg_paths: Annotated[dict[str, str], NoDecode] = Field(
        default_factory=dict,
        description='JSON, other paths by name, as in `{"make_toingg": "/make/toingg"}`',
    )
    toingg_status_token: SecretStr = Field(
        SecretStr(""), description="shared secret of `POST /toingg/status`, in `X-Toingg-Token`"
    )
    twilio_auth_token: SecretStr = Field(
        SecretStr(""), description="checks `X-Twilio-Signature`; wants `PUBLIC_URL`"
    )
    toingg_rate_per_second: float | None = Field(
        None,
        ge=0,
        le=1000,
        description="requests that Toingg takes; unset: found out as it goes; `0`: no limit",
    )
    call_max_minutes: int = Field(
        30, ge=1, le=240, description="a call that nothing is heard of is closed after so long"
    )

    stripe_api_key: SecretStr = Field(
        SecretStr(""),
        description="a restricted key of Toingg's Stripe account, where that is yours: looks"
        " checkout links up, and `toingg-bot replay --missed` reads events with it",
    )
    stripe_api_url: str = Field("https://api.stripe.com", description="Stripe's API")
    stripe_webhook_secrets: Words = Field(
        (), description="`whsec_…` of each endpoint; unset: `POST /stripe/webhook` is 404"
    )

    database_url: str = Field("", description="unset: SQLite, a file under `DATA_DIR`")
    encryption_keys: Words = Field(
        (), description="Fernet keys, the first encrypts; on SQLite one is made in `DATA_DIR`"
    )
    data_dir: Path = Field(Path("data"), description="where SQLite and its key are kept")
    public_url: str = Field("", description="https address at which peers reach the bot")
    host: str = Field("127.0.0.1", description="address to listen on")
    port: int = Field(3000, ge=0, le=65535, description="port to listen on")
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field(
        "INFO", description="from `DEBUG` to `ERROR`"
    )
    metrics_token: SecretStr = Field(
        SecretStr(""), description="bearer token of `/metrics`; unset: loopback only"
    )

    owner_user_ids: Words = Field((), description="Slack user ids (`U…`) who own the bot")
    shared_channel_ids: Words = Field(
        (),
        description="channels (`C…`) in which other organisations may read cards",
    )
    replies_channel_id: str = Field(
        "",
        description="channel (`C…`) of texts that answer none of ours; unset:"
        " `NOTIFICATION_CHANNEL`, else an owner's DM",
    )
    help_reply: str = Field(
        "", description="what answers a text that says HELP; unset: it is shown as any reply is"
    )
    default_role: Literal["owner", "operator", "caller", "finance", "viewer", "nobody"] = Field(
        "caller", description="everybody else's role"
    )
    schedule_grace_minutes: int = Field(
        30, ge=0, description="how late a scheduled campaign still starts by itself"
    )
    uninstall_retention_days: int = Field(
        30, ge=0, description="how long what a workspace stored is kept once it removed the bot"
    )

    @field_validator(
        "encryption_keys",
        "owner_user_ids",
        "shared_channel_ids",
        "stripe_webhook_secrets",
        mode="before",
    )
    @classmethod
    def _split(cls, value: Any) -> Any:
        return tuple(value.replace(",", " ").split()) if isinstance(value, str) else value

    @field_validator("toingg_paths", mode="before")
    @classmethod
    def _object(cls, value: Any) -> Any:
        if not isinstance(value, str):
            return value
        try:
            return json.loads(value or "{}")
        except ValueError:
            raise ValueError('give a JSON object, as in {"make_toingg": "/make/toingg"}') from None

    @field_validator(
        "slack_api_url",
        "slack_authorize_url",
        "stripe_api_url",
        "toingg_base_url",
        "toingg_v3_base_url",
        "public_url",
        mode="after",
    )
    @classmethod
    def _https(cls, value: str) -> str:
        if value and not is_safe_address(value):
            raise ValueError("give an https:// address (http:// is taken for loopback only)")
        return value

    @model_validator(mode="after")
    def _together(self) -> "Settings":
        faults = list(self._faults())
        if faults:
            raise SettingsError(faults)
        return self

    def _faults(self) -> Any:
        if self.uses_oauth:
            yield from self._faults_of_oauth()
        elif not self.slack_bot_token.get_secret_value():
            yield "SLACK_BOT_TOKEN is empty: copy the Bot User OAuth Token (xoxb-…)."
        if not (self.uses_socket_mode or self.slack_signing_secret.get_secret_value()):
            yield (
                "SLACK_SIGNING_SECRET is empty: copy it from Basic Information,"
                " or set SLACK_APP_TOKEN for Socket Mode."
            )
        has_key = self.uses_oauth or self.toingg_api_key.get_secret_value()
        has_v3_key = self.uses_oauth or self.toingg_v3_api_key.get_secret_value()
        if not has_key:
            yield "TOINGG_API_KEY is empty: copy your key from Toingg's console."
        if self.toingg_api == "v3" and not has_v3_key:
            yield "TOINGG_V3_API_KEY is empty, and TOINGG_API=v3 needs it (tg_…)."
        if self.faults():
            yield (
                "PRICE_PER_MINUTE and PRICE_PER_PART are empty, and BUDGET and APPROVAL_COST count"
                " by them."
            )
        if self.twilio_auth_token.get_secret_value() and not self.public_url:
            yield "PUBLIC_URL is empty: Twilio's signature covers the address that it posts to."
        if not self.is_sqlite and not self.encryption_keys:
            yield (
                "ENCRYPTION_KEYS is empty: with PostgreSQL every process needs the same key."
                " Make one with `toingg-bot make-key`."
            )

    def _faults_of_oauth(self) -> Any:
        """What belongs to one workspace can't come from the environment of many."""
        if not self.slack_client_id:
            yield "SLACK_CLIENT_ID is empty: copy it from Basic Information, App Credentials."
        if not self.slack_client_secret.get_secret_value():
            yield "SLACK_CLIENT_SECRET is empty: copy it from Basic Information, App Credentials."
        if not self.public_url:
            yield "PUBLIC_URL is empty: Slack brings people who install the bot back to it."
        for name, mend in _OF_ONE.items():
            value = getattr(self, name)
            if value.get_secret_value() if isinstance(value, SecretStr) else value:
                yield (
                    f"{name.upper()} belongs to one workspace, and with SLACK_CLIENT_ID there are"
                    f" many: take it out. {mend}"
                )

    @property
    def uses_oauth(self) -> bool:
        """Whether workspaces install the bot, each with a token of its own."""
        return bool(self.slack_client_id or self.slack_client_secret.get_secret_value())

    @property
    def authorize_url(self) -> str:
        """Where Slack asks who installs the bot."""
        return self.slack_authorize_url or urljoin(self.slack_api_url, "/oauth/v2/authorize")

    @property
    def of_a_workspace(self) -> WorkspaceSettings:
        """What holds where a workspace has set nothing for itself."""
        names = WorkspaceSettings.model_fields
        return WorkspaceSettings.model_construct(**{name: getattr(self, name) for name in names})

    @property
    def uses_socket_mode(self) -> bool:
        """Whether Slack reaches the bot over a WebSocket that the bot opens."""
        return bool(self.slack_app_token.get_secret_value())

    @property
    def stripe_mode(self) -> Literal["live", "test"]:
        """Which payments a channel is told of unless it says otherwise."""
        return "test" if "_test_" in self.stripe_api_key.get_secret_value() else "live"

    @property
    def is_sqlite(self) -> bool:
        """Whether the database is a file."""
        return not self.database_url or self.database_url.startswith("sqlite")

    @property
    def database(self) -> str:
        """SQLAlchemy's URL of the database."""
        if not self.database_url:
            return f"sqlite:///{self.data_dir / 'toingg.db'}"
        for prefix in ("postgres://", "postgresql://"):
            if self.database_url.startswith(prefix):
                return "postgresql+psycopg://" + self.database_url.removeprefix(prefix)
        return self.database_url

    @property
    def takes_callbacks(self) -> bool:
        """Whether somebody may post calls' states to the bot's plain paths."""
        return bool(
            self.toingg_status_token.get_secret_value() or self.twilio_auth_token.get_secret_value()
        )


def is_safe_address(url: str) -> bool:
    """https, or http to this machine."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return bool(parts.hostname) if parts.scheme == "https" else is_loopback(url)


def is_loopback(url: str) -> bool:
    """Whether it is a web address on this machine."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    if parts.scheme not in ("http", "https") or not parts.hostname:
        return False
    try:
        return ipaddress.ip_address(parts.hostname).is_loopback
    except ValueError:
        return parts.hostname == "localhost"


def read_settings(**overrides: Any) -> Settings:
    """The settings, or SettingsError with every fault and its mend."""
    try:
        return Settings(**overrides)
    except ValidationError as error:
        faults = {
            str(each["loc"][0]): f"{str(each['loc'][0]).upper()}:"
            f" {each['msg'].removeprefix('Value error, ')}."
            for each in error.errors(include_input=False, include_url=False)
        }
    usable = {
        name: Settings.model_fields[name].get_default(call_default_factory=True) for name in faults
    }
    try:  # what else is wrong, with those left at their defaults
        Settings(**overrides | usable)
    except SettingsError as others:
        raise SettingsError([*faults.values(), *others.faults]) from None
    raise SettingsError([*faults.values()])
