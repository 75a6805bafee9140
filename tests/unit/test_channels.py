"""What Slack's conversation object says of who reads there."""

from typing import Any

import pytest

from bot.slack.channels import read_channel
from storage.rows import Elsewhere


@pytest.mark.parametrize(
    ("channel", "why"),
    [
        ({"is_ext_shared": False, "is_pending_ext_shared": False}, None),
        ({"is_ext_shared": False, "is_shared": True, "is_org_shared": True}, None),
        ({"is_ext_shared": True}, Elsewhere.SHARED),
        ({"is_ext_shared": False, "is_pending_ext_shared": True}, Elsewhere.SHARED),
        ({"is_pending_ext_shared": False}, Elsewhere.UNSAID),
        ({}, Elsewhere.UNSAID),
        ("C0SALES001", Elsewhere.UNSAID),
        (None, Elsewhere.UNSAID),
    ],
)
def test_who_reads_there(channel: Any, why: Elsewhere | None) -> None:
    """Another organisation, perhaps soon, or nobody says: then no card stands there."""
    assert read_channel(channel) is why
