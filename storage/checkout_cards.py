"""What Slack shows of checkouts: where each card stands, and which of them are behind."""

from collections.abc import Collection

from sqlalchemy import Connection, case, or_, text, update

from storage.checkouts import CHECKOUTS, Checkout, State, change, find
from storage.models import UNSHOWN
from storage.rows import Elsewhere


def behind(connection: Connection, workspaces: Collection[str], *, limit: int) -> list[Checkout]:
    """Checkouts whose card shows an older version, or isn't posted yet; what was paid first."""
    first = case((CHECKOUTS.c.state == State.PAID, 0), else_=1)
    where = (text(UNSHOWN), CHECKOUTS.c.workspace_id.in_(list(workspaces)))
    return find(connection, *where, order=first, limit=limit)


def posted(
    connection: Connection,
    checkout: Checkout,
    *,
    channel: str,
    ts: str,
    elsewhere: Elsewhere | None,
    version: int,
) -> None:
    """Its card stands there, and shows this version; 0 where nobody knows which."""
    connection.execute(
        update(CHECKOUTS)
        .where(CHECKOUTS.c.id == checkout.id)
        .values(channel=channel, card_ts=ts, elsewhere=elsewhere, drawn=version)
    )


def drawn(connection: Connection, checkout: Checkout) -> None:
    """The card shows this version, or there is none to show it."""
    connection.execute(
        update(CHECKOUTS)
        .where(CHECKOUTS.c.id == checkout.id, CHECKOUTS.c.drawn < checkout.version)
        .values(drawn=checkout.version)
    )


def lost(connection: Connection, checkout: Checkout) -> Checkout | None:
    """Its card can't stand where it was to: it goes to who asked. None: it went there before."""
    moved = or_(CHECKOUTS.c.elsewhere.is_(None), CHECKOUTS.c.elsewhere != Elsewhere.MOVED)
    return change(
        connection, checkout, moved, channel=None, card_ts=None, elsewhere=Elsewhere.MOVED, drawn=0
    )
