"""Somebody before Slack's consent page, without a browser: their choices, and where those lead."""

from urllib.parse import parse_qsl, urlsplit

import aiohttp

from bot.sandbox.slack import SlackSandbox
from bot.sandbox.slack.registered import CLIENT_ID, CLIENT_SECRET

BACK = "http://127.0.0.1:9/slack/oauth_redirect"
"""The app's registered address; nobody goes there in these tests."""
OLIVIA, GUS = "T0SANDBOX.U0OLIVIA01", "T0SANDBOX.U0GUS00001"
NORA = "T0ELSEWHERE.U0NORA0001"
SCOPES = "commands,chat:write,users:read"
CLIENT = {"client_id": CLIENT_ID, "client_secret": CLIENT_SECRET}


def asking(**more: str) -> dict[str, str]:
    """The parameters of a request for consent."""
    asked = {"client_id": CLIENT_ID, "scope": SCOPES, "redirect_uri": BACK, "state": "a/b c"}
    return {name: value for name, value in (asked | more).items() if value}


class Consenting:
    """Everybody, one after the other."""

    def __init__(self, slack: SlackSandbox, session: aiohttp.ClientSession) -> None:
        self.slack = slack
        self.session = session
        self.url = f"{slack.registered.base_url}/oauth/v2/authorize"

    async def look(self, **more: str) -> tuple[int, str]:
        """The page's status and text."""
        async with self.session.get(self.url, params=asking(**more)) as shown:
            return shown.status, await shown.text()

    async def choose(
        self, who: str = OLIVIA, choice: str = "allow", *, origin: str = "", **more: str
    ) -> tuple[int, str]:
        """The status, and where one is sent."""
        form = asking(**more) | {"who": who, "choice": choice}
        headers = {"Origin": origin} if origin else {}
        async with self.session.post(
            self.url, data=form, headers=headers, allow_redirects=False
        ) as sent:
            return sent.status, sent.headers.get("Location", "")

    async def back_with(self, who: str = OLIVIA, **more: str) -> dict[str, str]:
        """What comes back to the app."""
        status, address = await self.choose(who, **more)
        assert status == 302
        assert address.startswith(f"{BACK}?")
        return dict(parse_qsl(urlsplit(address).query))

    async def code(self, who: str = OLIVIA, **more: str) -> str:
        """The code that comes of Allow."""
        return (await self.back_with(who, **more))["code"]

    async def exchange(self, code: str, **more: str) -> dict[str, object]:
        """`oauth.v2.access` with everything in the form; Slack's JSON."""
        form = {**CLIENT, "redirect_uri": BACK, "code": code, **more}
        url = f"{self.slack.api_url}oauth.v2.access"
        sent = {name: value for name, value in form.items() if value}
        async with self.session.post(url, data=sent) as answer:
            told: dict[str, object] = await answer.json()
            return told

    async def token(self, who: str = OLIVIA, **more: str) -> str:
        """From the page to the bot's token."""
        told = await self.exchange(await self.code(who, **more))
        assert told["ok"], told
        return str(told["access_token"])

    async def manage(self, who: str, choice: str) -> int:
        """A deed on the app's page in Slack; the status."""
        url = f"{self.slack.registered.base_url}/apps/A0TOINGG01"
        form = {"who": who, "choice": choice}
        async with self.session.post(url, data=form, allow_redirects=False) as done:
            return done.status
