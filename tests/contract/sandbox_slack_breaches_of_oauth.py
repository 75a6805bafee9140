"""The breaches of OAuth's rules, each with Slack's code and its legal twin."""

from tests.contract.sandbox_slack_bench import Answer, Ask, Bench
from tests.contract.sandbox_slack_breach import Breach, call
from tests.contract.sandbox_slack_consent import BACK, CLIENT, Consenting


def exchanged(*, times: int = 1, redirect_uri: str = BACK, **more: str) -> Ask:
    """A code, exchanged so often; the last answer. `more` changes the arguments."""

    async def ask(bench: Bench) -> Answer:
        bench.slack.registered.redirect_urls = (BACK,)
        code = await Consenting(bench.slack, bench.session).code()
        args = {**CLIENT, "code": code, "redirect_uri": redirect_uri, **more}
        answers = [await bench.call("oauth.v2.access", **args) for _ in range(times)]
        return answers[-1]

    return ask


def aged(seconds: float) -> Ask:
    """A code of that age, exchanged."""

    async def ask(bench: Bench) -> Answer:
        bench.slack.registered.redirect_urls = (BACK,)
        code = await Consenting(bench.slack, bench.session).code()
        bench.clock.pass_by(seconds=seconds)
        return await bench.call("oauth.v2.access", **CLIENT, code=code, redirect_uri=BACK)

    return ask


async def gone(bench: Bench) -> Answer:
    """A request with a token that was revoked."""
    await bench.call("auth.revoke")
    return await bench.call("auth.test")


OAUTH = (
    Breach(
        "a revoked token",
        "a token of a bot that is gone",
        "account_inactive",
        gone,
        call("auth.test"),
    ),
    Breach(
        "another app's id",
        "an unknown client",
        "invalid_client_id",
        exchanged(client_id="1.2"),
        exchanged(),
    ),
    Breach(
        "another app's secret",
        "a wrong client secret",
        "bad_client_secret",
        exchanged(client_secret="x"),
        exchanged(),
    ),
    Breach(
        "a token for a token",
        "a grant of another kind",
        "invalid_grant_type",
        exchanged(grant_type="password"),
        exchanged(grant_type="authorization_code"),
    ),
    Breach(
        "a made-up code",
        "a code that isn't one",
        "invalid_code",
        exchanged(code="1.2"),
        exchanged(),
    ),
    Breach("a code too old", "a code that isn't one", "invalid_code", aged(601), aged(600)),
    Breach(
        "a code twice",
        "a code used before",
        "code_already_used",
        exchanged(times=2),
        exchanged(),
    ),
    Breach(
        "another address",
        "another redirect_uri",
        "bad_redirect_uri",
        exchanged(redirect_uri=f"{BACK}/"),
        exchanged(),
    ),
)
