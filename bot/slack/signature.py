"""Slack's signature of a request, over its raw bytes: pure."""

import hashlib
import hmac
import re
from datetime import datetime

_OLDEST = 300
"""Seconds either way, as Slack advises ("Verifying requests from Slack")."""


def is_signed(secret: str, raw: bytes, timestamp: str, signature: str, now: datetime) -> bool:
    """Whether Slack signed these bytes with the secret, at most five minutes from `now`."""
    if not (secret and re.fullmatch(r"\d{1,12}", timestamp, re.ASCII)):
        return False
    if abs(int(now.timestamp()) - int(timestamp)) > _OLDEST:
        return False
    signed = b"v0:" + timestamp.encode() + b":" + raw
    expected = "v0=" + hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()
    return hmac.compare_digest(expected.encode(), signature.encode())
