"""What a browser does with the sandbox's page, over HTTP and without drawing anything."""

import asyncio
import html
import json
import re
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import aiohttp

Json = dict[str, Any]


class Browser:
    """One person's page: it asks as the page's script does, and hears what the server pushes."""

    def __init__(self, session: aiohttp.ClientSession, url: str, at: str = "/carl/sales") -> None:
        self.session = session
        self.url = url
        self.at = at
        self.ops: list[Json] = []
        self.last_id = ""

    async def get(self, path: str = "", **headers: str) -> tuple[int, str]:
        """The status and the text of a page; of this one's where no path is given."""
        async with self.session.get(f"{self.url}{path or self.at}", headers=headers) as answer:
            return answer.status, await answer.text()

    async def post(self, path: str, body: Json, **headers: str) -> tuple[int, Json]:
        """The status and the JSON of something done; with the headers of the page itself."""
        sent = {"Origin": self.url, "Sec-Fetch-Site": "same-origin", **headers}
        async with self.session.post(f"{self.url}{path}", json=body, headers=sent) as answer:
            is_json = answer.content_type == "application/json"
            return answer.status, await answer.json() if is_json else {}

    async def act(self, deed: str, **body: Any) -> Json:
        """Does something as the person, which the page has to take."""
        status, answer = await self.post(f"{self.at}/act/{deed}", body)
        assert (status, answer.get("refused")) == (200, None)
        return answer

    async def refused(self, deed: str, **body: Any) -> str:
        """Does something that can't be done; the words for it."""
        status, answer = await self.post(f"{self.at}/act/{deed}", body)
        assert (status, "refused" in answer) == (200, True)
        return str(answer["refused"])

    async def other_end(self, panel: str, deed: str, **body: Any) -> None:
        """Does something at the other end."""
        status, answer = await self.post(f"/other-end/{panel}/{deed}", body)
        assert (status, answer.get("refused")) == (200, None)

    @asynccontextmanager
    async def listening(self, since: str = "") -> AsyncIterator[None]:
        """Hears what is pushed meanwhile, into `ops`."""
        headers = {"Last-Event-ID": since} if since else {}
        async with self.session.get(f"{self.url}{self.at}/events", headers=headers) as stream:
            reading = asyncio.create_task(self._read(stream))
            try:
                yield
            finally:
                reading.cancel()
                await asyncio.gather(reading, return_exceptions=True)

    async def _read(self, stream: aiohttp.ClientResponse) -> None:
        async for line in stream.content:
            name, _, value = line.decode().strip().partition(": ")
            if name == "id":
                self.last_id = value
            elif name == "data":
                self.ops += json.loads(value)

    async def hear(self, fits: Callable[[Json], bool]) -> Json:
        """Waits for something that fits to be pushed, and gives it. Raises TimeoutError."""
        async with asyncio.timeout(5):
            while True:
                for op in self.ops:
                    if fits(op):
                        return op
                await asyncio.sleep(0.005)

    async def hear_html(self, words: str) -> str:
        """Waits for a fragment with these words, and gives it."""
        op = await self.hear(lambda op: words in str(op.get("html", "")))
        return str(op["html"])

    async def hear_windows(self, fits: Callable[[list[str]], bool]) -> list[str]:
        """Waits for a stack of modals that fits, and gives it: the HTML of each, the top last."""

        def windows(op: Json) -> list[str]:
            return [each["html"] for each in op.get("windows", [])]

        return windows(await self.hear(lambda op: op["op"] == "modals" and fits(windows(op))))


class Line:
    """A bot's requests to Toingg, without a bot."""

    def __init__(self, session: aiohttp.ClientSession, url: str, key: str) -> None:
        self._session = session
        self._url = url
        self._key = key

    async def dial(self) -> int:
        """Calls John; the status."""
        body = {"campaign": "Spring", "name": "John", "phoneNumber": "+14155550132"}
        return await self._post("make_toingg", body)

    async def text(self) -> int:
        """Texts John; the status."""
        body = {"name": "John", "phoneNumber": "+14155550132", "message": "See you at ten"}
        return await self._post("send_sms", body)

    async def _post(self, what: str, body: Json) -> int:
        url = f"{self._url}/api/{what}/"
        async with self._session.post(url, params={"apiKey": self._key}, json=body) as answer:
            return answer.status


def text_of(fragment: str) -> str:
    """What is read of a piece of HTML."""
    return html.unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", fragment))).strip()
