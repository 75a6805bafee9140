"""Files: what the bot uploads in three steps, and what people share."""

import mimetypes
from dataclasses import dataclass, replace
from urllib.parse import quote

from bot.sandbox.slack.feed import Feed
from bot.sandbox.slack.refusals import Json, breach

_PRETTY = {
    "csv": "CSV",
    "png": "PNG",
    "jpg": "JPEG",
    "gif": "GIF",
    "pdf": "PDF",
    "txt": "Plain Text",
    "tsv": "TSV",
    "xlsx": "Excel Spreadsheet",
}
_SHARED = {"C": "channels", "G": "groups", "D": "ims"}
"""Where a file object lists the places that it is in, by how their ids begin."""


@dataclass(frozen=True)
class File:
    """A file as it stands: `content` is None until uploaded, `complete` once shared or kept.

    `team` is its owner's; `deleted` once they took it back.
    """

    id: str
    name: str
    user: str
    size: int
    team: str = ""
    title: str = ""
    content: bytes | None = None
    channels: tuple[str, ...] = ()
    complete: bool = False
    deleted: bool = False
    created: int = 0

    @property
    def mimetype(self) -> str:
        """Its kind, by its name."""
        return mimetypes.guess_type(self.name)[0] or "application/octet-stream"

    @property
    def filetype(self) -> str:
        """Slack's word for its kind."""
        return self.name.rpartition(".")[2].lower() if "." in self.name else "binary"

    def as_slack(self, base_url: str) -> Json:
        """The file object, with addresses that want the bot's token."""
        url, name = f"{base_url}/files-pri/{self.team}-{self.id}", quote(self.name)
        places: dict[str, list[str]] = {name: [] for name in _SHARED.values()}
        for channel in self.channels:
            places[_SHARED[channel[0]]].append(channel)
        return {
            "id": self.id,
            "created": self.created,
            "timestamp": self.created,
            "name": self.name,
            "title": self.title or self.name,
            "mimetype": self.mimetype,
            "filetype": self.filetype,
            "pretty_type": _PRETTY.get(self.filetype, "Binary"),
            "user": self.user,
            "user_team": self.team,
            "editable": False,
            "size": self.size,
            "mode": "hosted",
            "is_external": False,
            "external_type": "",
            "is_public": bool(places["channels"]),
            "public_url_shared": False,
            "display_as_bot": False,
            "username": "",
            "url_private": f"{url}/{name}",
            "url_private_download": f"{url}/download/{name}",
            "media_display_type": "unknown",
            "permalink": f"https://sandbox.slack.com/files/{self.user}/{self.id}/{name}",
            "comments_count": 0,
            "is_starred": False,
            "has_more_shares": False,
            "has_rich_preview": False,
            "file_access": "visible",
            **places,
        }

    def elsewhere(self) -> Json:
        """What stands of another organisation's file in a message: `files.info` tells the rest."""
        return {
            "id": self.id,
            "mode": "file_access",
            "file_access": "check_file_info",
            "created": 0,
            "timestamp": 0,
            "user": "",
        }

    def tombstone(self) -> Json:
        """What is left in a message of a file that was deleted."""
        return {"id": self.id, "mode": "tombstone"}


class Files:
    """All files, by id."""

    def __init__(self, feed: Feed) -> None:
        self._feed = feed
        self._files: dict[str, File] = {}

    def announce(self, name: str, size: int, user: str, team: str) -> File:
        """Step one: an id and a place for what is to come."""
        with self._feed.lock:
            created = int(self._feed.now().timestamp())
            file = File(self._feed.new_id("F"), name, user, size, team, created=created)
            self._files[file.id] = file
            return file

    def receive(self, file_id: str, content: bytes) -> File:
        """Step two: the bytes."""
        with self._feed.lock:
            file = self.get(file_id)
            if len(content) != file.size:
                raise breach("a file of another size")
            self._files[file_id] = replace(file, content=content)
            return self._files[file_id]

    def complete(self, file_id: str, title: str, channels: tuple[str, ...]) -> File:
        """Step three: shared, or kept by its owner."""
        with self._feed.lock:
            file = self.get(file_id)
            if file.content is None:
                raise breach("a file without its bytes")
            done = replace(file, title=title, channels=channels, complete=True)
            self._files[file_id] = done
            self._feed.tell("file_shared", file=done)
            return done

    def put_into(self, file_id: str, channel: str) -> File | None:
        """A file that somebody posts in a channel; None for one that isn't ours."""
        with self._feed.lock:
            known = self._files.get(file_id)
            if known is None:
                return None
            places = tuple(dict.fromkeys((*known.channels, channel)))
            self._files[known.id] = replace(known, channels=places)
            return self._files[known.id]

    def delete(self, file_id: str) -> File:
        """Its owner takes it back: the bytes are gone, and the messages keep a tombstone."""
        with self._feed.lock:
            gone = replace(self.get(file_id), content=None, deleted=True)
            self._files[file_id] = gone
            return gone

    def find(self, file_id: str) -> File | None:
        """The file, complete or not; None where there is none."""
        with self._feed.lock:
            return self._files.get(file_id)

    def get(self, file_id: str) -> File:
        """The file; raises `file_not_found`."""
        with self._feed.lock:
            if file_id not in self._files:
                raise breach("an unknown file")
            return self._files[file_id]

    def all(self) -> list[File]:
        """Every complete file, oldest first."""
        with self._feed.lock:
            return [file for file in self._files.values() if file.complete and not file.deleted]
