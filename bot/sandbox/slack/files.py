"""Files: what the bot uploads in three steps, and what people share."""

import mimetypes
from dataclasses import dataclass, replace

from bot.sandbox.slack.feed import Feed
from bot.sandbox.slack.refusals import Json, breach


@dataclass(frozen=True)
class File:
    """A file as it stands: `content` is None until uploaded, `complete` once shared or kept."""

    id: str
    name: str
    user: str
    size: int
    title: str = ""
    content: bytes | None = None
    channels: tuple[str, ...] = ()
    complete: bool = False
    created: int = 0

    @property
    def mimetype(self) -> str:
        """Its kind, by its name."""
        return mimetypes.guess_type(self.name)[0] or "application/octet-stream"

    def as_slack(self, base_url: str) -> Json:
        """The file object, with addresses that want the bot's token."""
        url = f"{base_url}/files-pri/{self.id}/{self.name}"
        return {
            "id": self.id,
            "created": self.created,
            "timestamp": self.created,
            "name": self.name,
            "title": self.title or self.name,
            "mimetype": self.mimetype,
            "filetype": self.name.rpartition(".")[2] or "binary",
            "user": self.user,
            "size": self.size,
            "mode": "hosted",
            "is_external": False,
            "is_public": False,
            "url_private": url,
            "url_private_download": url,
            "permalink": url,
            "channels": list(self.channels),
            "groups": [],
            "ims": [],
        }


class Files:
    """All files, by id."""

    def __init__(self, feed: Feed) -> None:
        self._feed = feed
        self._files: dict[str, File] = {}

    def announce(self, name: str, size: int, user: str) -> File:
        """Step one: an id and a place for what is to come."""
        with self._feed.lock:
            created = int(self._feed.now().timestamp())
            file = File(self._feed.new_id("F"), name, user, size, created=created)
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

    def put_into(self, file: Json, channel: str, base_url: str) -> Json:
        """The file object of a file that somebody posts; one that isn't ours stays as it is."""
        with self._feed.lock:
            known = self._files.get(str(file.get("id")))
            if known is None:
                return file
            places = tuple(dict.fromkeys((*known.channels, channel)))
            self._files[known.id] = replace(known, channels=places)
            return self._files[known.id].as_slack(base_url)

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
            return [file for file in self._files.values() if file.complete]
