"""What Slack knows of an app whatever the workspace: what its developer entered."""

from dataclasses import dataclass, field

from bot.sandbox.slack.manifest import AppManifest

CLIENT_ID = "1234567890.9876543210"
CLIENT_SECRET = "slack-test-client-secret"


@dataclass
class RegisteredApp:
    """The one app of this Slack.

    `redirect_urls` are those under "OAuth & Permissions", beside the manifest's; `install_url` is
    the address of its own where it is installed from ("Direct Install URL"), empty where there is
    none; `base_url` is where this Slack is served.
    """

    manifest: AppManifest
    app_token: str
    client_id: str = CLIENT_ID
    client_secret: str = CLIENT_SECRET
    redirect_urls: tuple[str, ...] = ()
    install_url: str = ""
    base_url: str = ""
    socket_tickets: set[str] = field(default_factory=set)

    def redirects(self) -> tuple[str, ...]:
        """Every address that Slack sends somebody back to."""
        return (*self.redirect_urls, *self.manifest.redirect_urls)
