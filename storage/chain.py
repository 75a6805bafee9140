"""The audit log's chain: what an entry's hash is of. Pure, and for ever as it is.

Each hash covers all of its entry and the hash before it, so that one of them vouches for all that
came before. It takes no key: the process that writes the log would have to hold it, in every
transaction, and on SQLite it would lie beside the file. What a forger who may write the database
can't reach are the heads that were published: `bot.audit_log` seals one every few minutes and logs
it, `toingg-bot audit verify` prints it, and a file that Slack is sent says it.
"""

import hashlib
import json
from dataclasses import dataclass
from datetime import UTC, datetime

GENESIS = "0" * 64
"""What comes before the first entry."""


@dataclass(frozen=True, slots=True)
class Link:
    """An entry as it is stored, to the letter; `at` as `written` has it, `detail` as JSON."""

    workspace_id: str
    seq: int
    at: str
    actor: str
    deed: str
    subject: str
    detail: str
    previous: str

    def digest(self) -> str:
        """SHA-256 (hex) of all of it. JSON keeps the fields apart, and escapes what isn't ASCII."""
        fields = [
            *(self.workspace_id, self.seq, self.at, self.actor),
            *(self.deed, self.subject, self.detail, self.previous),
        ]
        return hashlib.sha256(json.dumps(fields).encode()).hexdigest()


def written(at: datetime) -> str:
    """The moment in UTC, to the microsecond, as SQLite has it."""
    return at.astimezone(UTC).replace(tzinfo=None).isoformat(" ", "microseconds")
