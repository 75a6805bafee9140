"""The pages of an installation: small, plain, without a script; everything that they say is here.

What is foreign in them is escaped. They may load nothing, and nothing else may frame them.
"""

import base64
import hashlib
from dataclasses import dataclass
from html import escape
from urllib.parse import quote

from starlette.responses import HTMLResponse

_STYLE = (
    "body{font:16px/1.5 system-ui,sans-serif;margin:10vh auto;max-width:34rem;padding:0 1rem;"
    "color:#1d1c1d;background:#fff}"
    "h1{font-size:1.5rem}"
    "a{color:#1264a3}"
    "a.go{display:inline-block;padding:.6rem 1rem;border-radius:.3rem;background:#1d3557;"
    "color:#fff;text-decoration:none}"
)
_DIGEST = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
_HEADERS = {
    "Content-Security-Policy": (
        f"default-src 'none'; style-src 'sha256-{_DIGEST}'; base-uri 'none'; form-action 'none';"
        " frame-ancestors 'none'"
    ),
    "Referrer-Policy": "no-referrer",  # the address may hold a code
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
}
AGAIN = "install"
"""The way to the start, beside the page that says so."""


@dataclass(frozen=True)
class Page:
    """A heading, sentences, and where to go from here: words and addresses."""

    status: int
    title: str
    said: tuple[str, ...]
    ways: tuple[tuple[str, str], ...]


DENIED = Page(
    200,
    "Nothing was installed",
    ("You, or Slack, didn't allow it. Nothing was changed.",),
    (("Try again", AGAIN),),
)
STALE = Page(
    400,
    "This link doesn't count any more",
    (
        "It was used already, is older than 10 minutes, or was begun in another browser.",
        "Nothing was installed by it, unless you were told so before.",
        "Start again, and stay in one browser until Slack has brought you back.",
    ),
    (("Install Toingg", AGAIN),),
)
LOST = Page(
    502,
    "Slack's answer was lost",
    (
        "Slack may have allowed it, but didn't say so here, so nothing works yet.",
        "Install again: doing it twice does no harm.",
    ),
    (("Install again", AGAIN),),
)
NOT_KEPT = Page(
    503,
    "The installation couldn't be written down",
    ("The bot's database doesn't answer, so nothing works yet. Install again in a few minutes.",),
    (("Install again", AGAIN),),
)


def refused(why: str) -> Page:
    """Slack, or the bot, refused it, in one sentence."""
    return Page(400, "Toingg wasn't installed", (why,), (("Start again", AGAIN),))


def refused_by_slack(code: str) -> Page:
    """Slack refused the code, in its own word."""
    return refused(
        f"Slack says “{code}”. Start again; if that doesn't help, whoever runs the bot should look"
        " at SLACK_CLIENT_ID, SLACK_CLIENT_SECRET and PUBLIC_URL with `toingg-bot doctor`."
    )


def done(name: str, team_id: str, app_id: str, *, owns: bool) -> Page:
    """It is installed: back to Slack. Who owns it there has the first steps as a direct message."""
    app, team = quote(app_id, safe=""), quote(team_id, safe="")
    ways = (
        ("Open Slack", f"slack://app?team={team}&id={app}"),
        ("Open Slack in the browser", f"https://slack.com/app_redirect?app={app}&team={team}"),
    )
    where = name or "your workspace"
    said = "It was installed there before: its settings and its owners are as they were."
    if owns:
        said = (
            f"You own it there. Next: open Slack and type /toingg settings, which takes {where}'s"
            " Toingg key. The other steps wait in your direct messages with Toingg."
        )
    return Page(200, f"Toingg is installed in {where}", (said,), ways)


def shown(page: Page) -> HTMLResponse:
    """The page as it is sent."""
    said = "".join(f"<p>{escape(each)}</p>" for each in page.said)
    marks = (' class="go"', *("",) * len(page.ways))
    ways = "".join(
        f'<p><a{mark} href="{escape(address)}">{escape(words)}</a></p>'
        for mark, (words, address) in zip(marks, page.ways, strict=False)
    )
    title = escape(page.title)
    document = (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width">'
        f"<title>{title}</title><style>{_STYLE}</style></head>"
        f"<body><main><h1>{title}</h1>{said}{ways}</main></body></html>"
    )
    return HTMLResponse(document, status_code=page.status, headers=_HEADERS)
