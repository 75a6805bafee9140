"""A Slack of one's own: the Web API, commands, clicks, modals, events and Socket Mode, locally."""

from bot.sandbox.slack.calls import cut, rate_limited, server_error, slow
from bot.sandbox.slack.failures import Failure
from bot.sandbox.slack.feed import Change, ChangesCut
from bot.sandbox.slack.files import File
from bot.sandbox.slack.inputs import FingerError
from bot.sandbox.slack.manifest import AppManifest, Command, ManifestError, Shortcut
from bot.sandbox.slack.messages import Message
from bot.sandbox.slack.place import Place
from bot.sandbox.slack.rates import Rate, RateLimits
from bot.sandbox.slack.sandbox import SlackSandbox
from bot.sandbox.slack.views import View
from bot.sandbox.slack.wire import Acked

__all__ = [
    "Acked",
    "AppManifest",
    "Change",
    "ChangesCut",
    "Command",
    "Failure",
    "File",
    "FingerError",
    "ManifestError",
    "Message",
    "Place",
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
