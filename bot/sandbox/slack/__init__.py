"""A Slack of one's own: the Web API, commands, clicks, modals, events and Socket Mode, locally."""

from bot.sandbox.slack.calls import cut, rate_limited, server_error, slow
from bot.sandbox.slack.inputs import FingerError
from bot.sandbox.slack.manifest import AppManifest, Command, ManifestError, Shortcut
from bot.sandbox.slack.messages import Message
from bot.sandbox.slack.rates import Rate, RateLimits
from bot.sandbox.slack.sandbox import SlackSandbox
from bot.sandbox.slack.views import View
from bot.sandbox.slack.wire import Acked

__all__ = [
    "Acked",
    "AppManifest",
    "Command",
    "FingerError",
    "ManifestError",
    "Message",
    "Rate",
    "RateLimits",
    "Shortcut",
    "SlackSandbox",
    "View",
    "cut",
    "rate_limited",
    "server_error",
    "slow",
]
