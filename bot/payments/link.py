"""From Toingg's answer, and what Stripe knows of it, to a link that may be given out: pure."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from bot.payments.account import Session, Unseen
from bot.settings import is_loopback
from bot.toingg.client import CheckoutSession
from storage.checkouts import Link

_HOST = "checkout.stripe.com"
_LIFE = timedelta(hours=24)
"""How long a session is open where nobody says. Source: Stripe, "expires_at" of a session."""
_LIVE, _TEST = "cs_live_", "cs_test_"


@dataclass(frozen=True)
class LinkRules:
    """`watched`: a webhook of Stripe's is configured. `local`: peers on this machine are taken for
    Stripe, as in the sandbox.
    """

    watched: bool
    local: bool


def link_of(
    answer: CheckoutSession, seen: Session | Unseen, rules: LinkRules, now: datetime
) -> Link:
    """What is known of the session that Toingg made; what may not be opened has no address."""
    told = seen if isinstance(seen, Session) else None
    urls = [answer.url, told.url if told else None]
    return Link(
        session_id=answer.session_id,
        url=next((url for url in urls if url and may_open(url, local=rules.local)), None),
        watched=rules.watched and seen is not Unseen.NOT_OURS,
        livemode=told.livemode if told else _mode_of(answer.session_id or ""),
        amount=told.amount if told else None,
        currency=told.currency if told else None,
        expires_at=(told.expires_at if told else None) or now + _LIFE,
    )


def _mode_of(session_id: str) -> bool | None:
    if session_id.startswith(_LIVE):
        return True
    return False if session_id.startswith(_TEST) else None


def may_open(url: str, *, local: bool) -> bool:
    """Whether a button may lead there: Stripe's own page, or this machine in the sandbox."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return False
    if parts.username or parts.password:
        return False
    if parts.scheme == "https" and parts.hostname == _HOST and port in (None, 443):
        return True
    return local and is_loopback(url)
