"""The stand-ins with a bot between them, and the terminal in which it is all shown."""

from dataclasses import dataclass

from bot.sandbox.slack.sandbox import SlackSandbox
from bot.sandbox.stripe import StripeSandbox
from bot.sandbox.terminal import Screen
from bot.sandbox.toingg import ToinggSandbox

WHO, WHERE = "carl", "sales"
"""Who asks for the calls, and in which channel."""


@dataclass(frozen=True)
class Scene:
    """What the demo has on its table."""

    slack: SlackSandbox
    toingg: ToinggSandbox
    stripe: StripeSandbox
    screen: Screen
    page_url: str
    """Where a browser sees it all, without a slash at the end."""
