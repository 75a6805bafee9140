"""The doctor, against the local Slack and Toingg: what is well, and the mend of each fault."""

from typing import Any

import pytest

from bot.doctor import examine
from bot.sandbox.stripe import StripeSandbox
from bot.sandbox.toingg import faults
from tests.stage import Stage

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


async def examined(
    stage: Stage, capsys: pytest.CaptureFixture[str], **settings: Any
) -> tuple[int, str]:
    """The exit status and what was printed."""
    status = await examine(stage.settings(**settings))
    return status, capsys.readouterr().out


async def test_all_is_well(stage: Stage, capsys: pytest.CaptureFixture[str]) -> None:
    """Given right settings and peers that answer, every line is a tick and nobody is phoned."""
    status, said = await examined(stage, capsys, toingg_api="v3")
    assert status == 0, said
    assert "✗" not in said
    for what in ("Settings", "Calls' states", "Database", "Slack", "Scopes", "Clock", "Toingg v3"):
        assert f"✓ {what}:" in said
    assert stage.dials() == []


@pytest.mark.parametrize(
    ("settings", "mends"),
    [
        ({"slack_bot_token": "xoxb-wrong"}, ["✗ Slack: invalid_auth", "Bot User OAuth Token"]),
        ({"toingg_api_key": "toingg-wrong-key"}, ["✗ Toingg: refuses the key", "TOINGG_API_KEY"]),
        (
            {"toingg_api": "v3", "toingg_v3_api_key": "tg_wrong"},
            ["✗ Toingg v3: refuses the key", "TOINGG_V3_API_KEY"],
        ),
        ({"slack_api_url": "http://127.0.0.1:9/api/"}, ["✗ Slack:", "SLACK_API_URL"]),
        ({"toingg_base_url": "http://127.0.0.1:9/api"}, ["✗ Toingg: Unreachable"]),
        ({"stripe_webhook_secrets": "whsec_test_secret,sk_test_1"}, ["✗ Payments: 2", "whsec_…"]),
        ({"encryption_keys": "short"}, ["✗ Database: not usable", "ENCRYPTION_KEYS"]),
        (
            {"database_url": "postgresql://nobody@127.0.0.1:9/none"},
            ["✗ Database:", "DATABASE_URL"],
        ),
    ],
)
async def test_each_fault_is_told_with_its_mend(
    stage: Stage, capsys: pytest.CaptureFixture[str], settings: dict[str, str], mends: list[str]
) -> None:
    """Given one wrong setting, the doctor ends with 1 and says what to do about just that."""
    status, said = await examined(stage, capsys, **settings)
    assert status == 1
    assert said.count("✗") == 1
    for mend in mends:
        assert mend in said
    secret = list(settings.values())[-1]
    assert secret not in said or secret.startswith("http")


async def test_stripes_key(stage: Stage, capsys: pytest.CaptureFixture[str]) -> None:
    """A key that Stripe takes is a tick; one that it doesn't is a fault with its mend."""
    stripe = StripeSandbox(key="sk_test_right")
    with stripe.serve():
        settings = {"stripe_api_url": stripe.url}
        status, said = await examined(stage, capsys, **settings, stripe_api_key="sk_test_right")
        assert (status, "✓ Stripe: answers, and takes the key" in said) == (0, True)
        status, said = await examined(stage, capsys, **settings, stripe_api_key="sk_test_wrong")
        assert (status, "Check STRIPE_API_KEY" in said) == (1, True)
    assert "sk_test" not in said


async def test_missing_scopes_are_named(stage: Stage, capsys: pytest.CaptureFixture[str]) -> None:
    """The scopes that the token lacks are named, with the way to grant them."""
    stage.slack.workspace.scopes -= {"users:read", "channels:read", "groups:read"}
    status, said = await examined(stage, capsys)
    assert status == 1
    assert "✗ Scopes: lacks users:read, channels:read, groups:read" in said
    assert "manifest.yml" in said


async def test_a_slack_that_is_ill_is_not_called_a_wrong_token(
    stage: Stage, capsys: pytest.CaptureFixture[str]
) -> None:
    """A fault of the peer isn't told as one of the settings."""
    stage.slack.down()
    stage.toingg.fail_next(faults.server_error(made=False), times=5)
    status, said = await examined(stage, capsys)
    assert status == 1
    assert "Slack can't be reached" in said
    assert "✗ Toingg: ServerFault" in said
