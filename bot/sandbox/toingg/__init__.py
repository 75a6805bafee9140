"""A local Toingg: both generations of its API on one port, calls that live by themselves, and every
fault that a network or a server can have.

`ToinggSandbox` is the door; `faults` makes what can go wrong, `Replies` how undeclared answers are
worded, `Life` how long a call takes.
"""

from bot.sandbox.toingg import faults
from bot.sandbox.toingg.book import Checkout, SandboxCall, SandboxText, State, WireRequest
from bot.sandbox.toingg.cashier import Cashier
from bot.sandbox.toingg.exchange import Life, Outcome
from bot.sandbox.toingg.replies import Replies
from bot.sandbox.toingg.sandbox import ToinggSandbox

__all__ = [
    "Cashier",
    "Checkout",
    "Life",
    "Outcome",
    "Replies",
    "SandboxCall",
    "SandboxText",
    "State",
    "ToinggSandbox",
    "WireRequest",
    "faults",
]
