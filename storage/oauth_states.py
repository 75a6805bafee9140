"""Installations under way: each has a random word that Slack gives back, good once, for a while.

Only the word's hash is kept: who reads the table can't end anybody's installation.
"""

import hashlib
from datetime import datetime, timedelta

from sqlalchemy import Connection, delete, insert

from storage.models import OAuthStateRow, table_of

OAUTH_STATES = table_of(OAuthStateRow)

LIFE = timedelta(minutes=10)


def issue(connection: Connection, state: str, *, now: datetime) -> None:
    """Waits for this word; what has waited for too long is dropped."""
    connection.execute(delete(OAUTH_STATES).where(OAUTH_STATES.c.created_at <= now - LIFE))
    connection.execute(insert(OAUTH_STATES).values(hash=_hash(state), created_at=now))


def consume(connection: Connection, state: str, *, now: datetime) -> bool:
    """Whether the word is one that is waited for; from now on it isn't any more."""
    found = connection.execute(
        delete(OAUTH_STATES)
        .where(OAUTH_STATES.c.hash == _hash(state), OAUTH_STATES.c.created_at > now - LIFE)
        .returning(OAUTH_STATES.c.hash)
    )
    return found.first() is not None


def _hash(state: str) -> str:
    return hashlib.sha256(state.encode()).hexdigest()
