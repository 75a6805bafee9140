"""Files' bytes, to and from Slack's file hosts. The token goes to those, and nowhere else."""

import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import aiohttp

from bot.errors import (
    FileClosed,
    FileElsewhere,
    FileGone,
    FileTooLarge,
    SlackError,
)

_HOST = re.compile(r"(?:[a-z0-9-]+\.)*(?:slack\.com|slack-gov\.com)")
"""Files are at files.slack.com; an organisation's may be at a name of its own below slack.com."""
_PATIENCE = aiohttp.ClientTimeout(total=60, sock_connect=5, sock_read=15)
_OK, _SIGN_IN, _GONE = 200, {301, 302, 303, 307, 308, 401, 403}, {404, 410}
_NOT_HANDED = "Slack didn't hand over the file. Send it again in a moment."
_NOT_TAKEN = "Slack didn't take the file. Try again in a moment."

# What files.info says of a file that can't be had. Sources: Slack's references of files.info and
# of the file object (`mode`, `file_access`).
_GONE_CODES = frozenset({"file_not_found", "file_deleted", "access_denied", "no_permission"})
_GONE_MODES = frozenset({"tombstone", "hidden_by_limit"})


@dataclass(frozen=True)
class Downloaded:
    """A file as it was given; `name` is what its owner called it."""

    name: str
    data: bytes


@dataclass(frozen=True)
class Stored:
    """A file that Slack holds, and where."""

    name: str
    url: str
    mimetype: str


def origin(url: str) -> tuple[str, str]:
    """Scheme, and host with its port. Raises ValueError where it's no URL."""
    parts = urlsplit(url)
    return parts.scheme, parts.netloc


def refused(error: SlackError) -> Exception:
    """Why `files.info` doesn't know the file, as what to do about it: pure."""
    if error.code == "missing_scope":
        return FileClosed(detail=error.code)
    return FileGone(detail=error.code) if error.code in _GONE_CODES else error


def read_file(file: Any, most: int) -> Stored:
    """Slack's file object as what can be fetched, of at most so many bytes: pure.

    Raises FileError for what can't be.
    """
    if not isinstance(file, dict) or file.get("mode") in _GONE_MODES:
        raise FileGone(detail="mode")
    if file.get("is_external") or file.get("file_access") == "check_file_info":
        raise FileElsewhere(detail="access")
    if file.get("file_access") in _GONE_CODES:
        raise FileGone(detail="access")
    size = file.get("size")
    if isinstance(size, int) and size > most:
        raise FileTooLarge(most)
    url = file.get("url_private_download") or file.get("url_private")
    if not isinstance(url, str):
        raise FileGone(detail="address")
    return Stored(str(file.get("name") or "file"), url, str(file.get("mimetype") or ""))


class FileHosts:
    """Where Slack keeps files; in the sandbox's place of Slack, the sandbox itself."""

    def __init__(self, token: str, base_url: str, session: aiohttp.ClientSession) -> None:
        self._token = token
        self._own = origin(base_url)
        self._session = session

    async def fetch(self, file: Stored, most: int) -> bytes:
        """The bytes. Raises FileError, and SlackError where Slack doesn't answer.

        Without `files:read` Slack redirects to its sign-in page, or shows it with a 200.
        """
        self._check_host(file.url)
        headers = {"Authorization": f"Bearer {self._token}", "Accept-Encoding": "identity"}
        try:
            async with self._session.get(
                file.url, headers=headers, allow_redirects=False, timeout=_PATIENCE
            ) as response:
                _check_answer(response, file)
                return await _capped(response.content, most)
        except (aiohttp.ClientError, TimeoutError, ValueError) as error:
            raise SlackError(type(error).__name__, message=_NOT_HANDED) from None

    async def send(self, url: str, data: bytes) -> None:
        """Puts the bytes where `files.getUploadURLExternal` said. Raises SlackError.

        The address is a secret itself: no token goes with it. Nobody sees the file before
        `files.completeUploadExternal`, so a failure is certain. Source: Slack, "Working with
        files", on uploading.
        """
        self._check_host(url)
        try:
            async with self._session.post(
                url, data=data, allow_redirects=False, timeout=_PATIENCE
            ) as response:
                if response.status != _OK:
                    raise SlackError(f"upload_answered_{response.status}", message=_NOT_TAKEN)
        except (aiohttp.ClientError, TimeoutError, ValueError) as error:
            raise SlackError(type(error).__name__, message=_NOT_TAKEN) from None

    def _check_host(self, url: str) -> None:
        """Slack's, over TLS, with neither a user nor a port; or where the Web API itself is."""
        try:
            scheme, host = origin(url)
        except ValueError:
            raise FileElsewhere(detail="address") from None
        is_slacks = scheme == "https" and _HOST.fullmatch(host.lower())
        if not is_slacks and (scheme, host) != self._own:
            raise FileElsewhere(detail="host")


def _check_answer(response: aiohttp.ClientResponse, file: Stored) -> None:
    is_page = response.content_type == "text/html" and file.mimetype != "text/html"
    if response.status in _SIGN_IN or is_page:
        raise FileClosed(detail=f"signed out, {response.status}")
    if response.status in _GONE:
        raise FileGone(detail=str(response.status))
    if response.status != _OK:
        raise SlackError(f"file_answered_{response.status}", message=_NOT_HANDED)


async def _capped(stream: aiohttp.StreamReader, most: int) -> bytes:
    parts = bytearray()
    async for part in stream.iter_any():
        parts += part
        if len(parts) > most:
            raise FileTooLarge(most)
    return bytes(parts)
