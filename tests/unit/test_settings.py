"""The settings: every fault is told at once, each with its mend; lists, zones, addresses."""

from pathlib import Path
from typing import Any

import pytest

from bot.errors import SettingsError
from bot.settings import Settings, is_safe_address, read_settings

KEYS = {
    "slack_bot_token": "xoxb-1",
    "slack_signing_secret": "signed-1",
    "toingg_api_key": "toingg-key",
}


@pytest.fixture(autouse=True)
def no_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """None of this machine's variables, and no `.env` but a test's own."""
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
    monkeypatch.chdir(tmp_path)


def faults(**values: Any) -> list[str]:
    """What is told of these settings."""
    with pytest.raises(SettingsError) as caught:
        read_settings(**{**KEYS, **values})
    return caught.value.faults


def test_the_least() -> None:
    """Three keys are enough; everything else has a default that works."""
    settings = read_settings(**KEYS)
    assert settings.is_sqlite
    assert settings.database == "sqlite:///data/toingg.db"
    assert not settings.uses_socket_mode
    assert not settings.takes_callbacks


def test_no_caps_by_default() -> None:
    """Unset, or left empty in `.env`, nothing is capped."""
    for values in ({}, {"number_calls_per_day": "", "calls_per_day": ""}):
        settings = read_settings(**KEYS, **values)
        assert (settings.number_calls_per_day, settings.calls_per_day) == (None, None)


def test_nothing_set_tells_everything() -> None:
    """Without any setting each missing key is named, with where to get it."""
    with pytest.raises(SettingsError) as caught:
        read_settings()
    names = [fault.split()[0] for fault in caught.value.faults]
    assert names == ["SLACK_BOT_TOKEN", "SLACK_SIGNING_SECRET", "TOINGG_API_KEY"]
    assert all(": copy " in fault for fault in caught.value.faults)
    assert str(caught.value) == "\n".join(caught.value.faults)


def test_wrong_values_and_missing_keys_are_told_together() -> None:
    """What can't be read and what is missing come in one list, a line each."""
    with pytest.raises(SettingsError) as caught:
        read_settings(port="http", default_region="USA", default_timezone="Mars/Olympus")
    names = [fault.split()[0].rstrip(":") for fault in caught.value.faults]
    assert names == [
        *("DEFAULT_REGION", "DEFAULT_TIMEZONE", "PORT"),
        *("SLACK_BOT_TOKEN", "SLACK_SIGNING_SECRET", "TOINGG_API_KEY"),
    ]


@pytest.mark.parametrize(
    ("values", "name", "mend"),
    [
        ({"default_region": "1A"}, "DEFAULT_REGION", "two letters"),
        ({"default_timezone": "../etc/passwd"}, "DEFAULT_TIMEZONE", "Europe/London"),
        ({"default_timezone": ""}, "DEFAULT_TIMEZONE", "Europe/London"),
        ({"slack_api_url": "http://slack.com/api/"}, "SLACK_API_URL", "https://"),
        ({"toingg_base_url": "ftp://call.toingg.com"}, "TOINGG_BASE_URL", "https://"),
        ({"toingg_v3_base_url": "https://"}, "TOINGG_V3_BASE_URL", "https://"),
        ({"public_url": "bot.example"}, "PUBLIC_URL", "https://"),
        ({"port": "70000"}, "PORT", "65535"),
        ({"call_max_minutes": "0"}, "CALL_MAX_MINUTES", "1"),
        ({"call_max_minutes": "241"}, "CALL_MAX_MINUTES", "240"),
        ({"log_level": "LOUD"}, "LOG_LEVEL", "'INFO'"),
        ({"default_role": "king"}, "DEFAULT_ROLE", "'caller'"),
        ({"number_calls_per_day": "0"}, "NUMBER_CALLS_PER_DAY", "1"),
        ({"calls_per_day": "many"}, "CALLS_PER_DAY", "integer"),
        ({"hours_preset": "never"}, "HOURS_PRESET", "'default'"),
        ({"toingg_api": "v2"}, "TOINGG_API", "'v3'"),
        ({"toingg_auth": "digest"}, "TOINGG_AUTH", "'bearer'"),
        ({"toingg_api": "v3"}, "TOINGG_V3_API_KEY", "tg_"),
        ({"twilio_auth_token": "t"}, "PUBLIC_URL", "Twilio"),
        ({"database_url": "postgresql://db/toingg"}, "ENCRYPTION_KEYS", "make-key"),
        ({"slack_signing_secret": ""}, "SLACK_SIGNING_SECRET", "SLACK_APP_TOKEN"),
    ],
)
def test_each_fault_names_its_setting_and_its_mend(
    values: dict[str, str], name: str, mend: str
) -> None:
    """One wrong setting is one fault that says which, and what to give instead."""
    told = faults(**values)
    assert len(told) == 1
    assert told[0].split()[0].rstrip(":") == name
    assert mend in told[0]


OAUTH = {
    "slack_client_id": "1.2",
    "slack_client_secret": "client-1",
    "slack_signing_secret": "signed-1",
    "public_url": "https://bot.example",
}


def test_with_oauth_no_workspace_is_the_environments() -> None:
    """Nothing of one workspace is needed, or taken; each is named, with where it comes from."""
    settings = read_settings(**OAUTH)
    assert settings.uses_oauth
    assert settings.authorize_url == "https://slack.com/oauth/v2/authorize"
    near = read_settings(**OAUTH, slack_api_url="http://127.0.0.1:9/api/")
    assert near.authorize_url == "http://127.0.0.1:9/oauth/v2/authorize"
    of_one = {
        "slack_bot_token": "xoxb-1",
        "toingg_api_key": "k",
        "toingg_v3_api_key": "tg_1",
        "toingg_status_token": "t",
        "twilio_auth_token": "t",
        "stripe_api_key": "rk_test_1",
        "stripe_webhook_secrets": "whsec_test1",
        "replies_channel_id": "C0REPLIES1",
    }
    with pytest.raises(SettingsError) as caught:
        read_settings(**OAUTH, **of_one)
    assert [fault.split()[0].lower() for fault in caught.value.faults] == [*of_one]


@pytest.mark.parametrize(
    ("missing", "name"),
    [
        ("slack_client_id", "SLACK_CLIENT_ID"),
        ("slack_client_secret", "SLACK_CLIENT_SECRET"),
        ("public_url", "PUBLIC_URL"),
        ("slack_signing_secret", "SLACK_SIGNING_SECRET"),
    ],
)
def test_what_oauth_wants(missing: str, name: str) -> None:
    """Half of it doesn't start, and what is missing is named."""
    with pytest.raises(SettingsError) as caught:
        read_settings(**OAUTH | {missing: ""})
    assert [fault.split()[0] for fault in caught.value.faults] == [name]


def test_a_fault_never_quotes_a_value() -> None:
    """What is set, a key in the wrong place perhaps, isn't in what is told."""
    told = faults(toingg_auth="tg_secret_key", port="xoxb-secret", default_region="signing-secret")
    assert len(told) == 3
    assert "secret" not in " ".join(told)


def test_repr_shows_no_secret() -> None:
    """A printed settings object holds no key."""
    shown = repr(
        read_settings(**KEYS, twilio_auth_token="t-secret", public_url="https://b.example")
    )
    assert not any(key in shown for key in (*KEYS.values(), "t-secret"))


def test_socket_mode_needs_no_signing_secret() -> None:
    """With an app token nobody posts to the bot, so there is nothing to check."""
    settings = read_settings(**KEYS | {"slack_signing_secret": "", "slack_app_token": "xapp-1"})
    assert settings.uses_socket_mode


@pytest.mark.parametrize(
    ("url", "database"),
    [
        ("postgres://u@h/d", "postgresql+psycopg://u@h/d"),
        ("postgresql://u@h/d", "postgresql+psycopg://u@h/d"),
        ("postgresql+psycopg://u@h/d", "postgresql+psycopg://u@h/d"),
        ("sqlite:////tmp/x.db", "sqlite:////tmp/x.db"),
    ],
)
def test_database_urls(url: str, database: str) -> None:
    """PostgreSQL's URL is taken as every host gives it."""
    settings = read_settings(**KEYS, database_url=url, encryption_keys="k")
    assert settings.database == database
    assert settings.is_sqlite == url.startswith("sqlite")


def test_lists_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Words are separated by commas, spaces or both; a region may be in lower case."""
    for name, value in KEYS.items():
        monkeypatch.setenv(name.upper(), value)
    monkeypatch.setenv("OWNER_USER_IDS", "U1, U2  U3,")
    monkeypatch.setenv("SHARED_CHANNEL_IDS", "C1 C2,C3")
    monkeypatch.setenv("ENCRYPTION_KEYS", "a,b")
    monkeypatch.setenv("DEFAULT_REGION", "in")
    monkeypatch.setenv("TOINGG_PATHS", '{"make_toingg": "/make/toingg"}')
    settings = read_settings()
    assert settings.owner_user_ids == ("U1", "U2", "U3")
    assert settings.shared_channel_ids == ("C1", "C2", "C3")
    assert settings.encryption_keys == ("a", "b")
    assert settings.default_region == "IN"
    assert settings.toingg_paths == {"make_toingg": "/make/toingg"}


def test_paths_that_are_no_json(monkeypatch: pytest.MonkeyPatch) -> None:
    """A list of paths that can't be read is a fault with its name, as every other."""
    for name, value in KEYS.items():
        monkeypatch.setenv(name.upper(), value)
    monkeypatch.setenv("TOINGG_PATHS", "make_toingg=/make/toingg")
    with pytest.raises(SettingsError) as caught:
        read_settings()
    assert [fault.split()[0].rstrip(":") for fault in caught.value.faults] == ["TOINGG_PATHS"]


def test_dot_env(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`.env` is read where the bot starts; the environment goes before it, the rest is ignored."""
    lines = [f"{name.upper()}={value}" for name, value in KEYS.items()]
    (tmp_path / ".env").write_text("\n".join([*lines, "PORT=4000", "HOST=0.0.0.0", "OTHERS=1"]))
    monkeypatch.setenv("PORT", "5000")
    settings = read_settings()
    assert (settings.port, settings.host) == (5000, "0.0.0.0")  # noqa: S104 - what the file says
    assert settings.toingg_api_key.get_secret_value() == "toingg-key"


@pytest.mark.parametrize(
    ("url", "safe"),
    [
        ("https://slack.com/api/", True),
        ("http://127.0.0.1:3001/api", True),
        ("http://[::1]:3001", True),
        ("http://localhost/api", True),
        ("http://localhost.evil.example/", False),
        ("http://10.0.0.1/", False),
        ("http://", False),
        ("https:///api", False),
        ("https://[", False),
        ("slack.com", False),
        ("file:///etc/passwd", False),
    ],
)
def test_safe_addresses(url: str, *, safe: bool) -> None:
    """TLS anywhere, plain HTTP to this machine alone."""
    assert is_safe_address(url) is safe
