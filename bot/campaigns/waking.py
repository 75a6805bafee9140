"""Who is told that a campaign has moved."""

from typing import Protocol

from storage.campaigns import Campaign


class WakesCampaign(Protocol):
    """Whoever redraws, or dials, a campaign when it has moved."""

    def wake(self, campaign: Campaign) -> None:
        """Something has changed."""
