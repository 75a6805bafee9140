"""Somebody who lets the bot into a workspace, by what a browser would send; there is no script."""

from urllib.parse import parse_qsl, urlsplit

import aiohttp

_FOUND = 302


async def allowed(install_url: str, who: str) -> str:
    """From the bot's page to Slack's, Allow, and back: what the bot's page says then.

    `who` is a person of a workspace, `T….U…`.
    """
    # Cookies of an address without a name are kept by this jar only.
    jar = aiohttp.CookieJar(unsafe=True)
    async with aiohttp.ClientSession(cookie_jar=jar) as browser:
        async with browser.get(install_url, allow_redirects=False) as sent:
            asked = sent.headers.get("Location", "")
            if sent.status != _FOUND:
                return await sent.text()
        form = dict(parse_qsl(urlsplit(asked).query)) | {"who": who, "choice": "allow"}
        async with browser.post(asked.partition("?")[0], data=form) as back:
            return await back.text()
