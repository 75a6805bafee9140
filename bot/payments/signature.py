"""Stripe's signature of an event, over its raw bytes: pure.

Not by Stripe's library: that refuses what is old by its own clock, and nothing that is of the
future, and takes twice as long. A test holds the two to each other.
"""

import hmac
import re
from collections.abc import Iterable
from datetime import datetime

TOLERANCE = 300
"""Seconds either way that a signature may be off, as Stripe's library has it for old ones."""

_LONGEST = 12
_PART = re.compile(r"(?:^|,)(t|v1)=([^,]*)")


def is_signed(secrets: Iterable[str], raw: bytes, header: str, now: datetime) -> bool:
    """Whether one of the secrets signed these bytes, at most five minutes from `now`.

    Source: docs.stripe.com/webhooks#verify-manually. A secret that is being replaced signs beside
    the new one, so that there may be several `v1`.
    """
    parts = _PART.findall(header)
    timestamp = next((value for name, value in parts if name == "t"), "")
    if not (timestamp.isascii() and timestamp.isdecimal() and len(timestamp) <= _LONGEST):
        return False
    if abs(now.timestamp() - int(timestamp)) > TOLERANCE:
        return False
    signed = b"%b.%b" % (timestamp.encode(), raw)
    given = [value.encode() for name, value in parts if name == "v1"]
    return any(_proves(secret, signed, given) for secret in secrets if secret)


def _proves(secret: str, signed: bytes, given: Iterable[bytes]) -> bool:
    expected = hmac.digest(secret.encode(), signed, "sha256").hex().encode()
    return any(hmac.compare_digest(expected, each) for each in given)
