"""A local Stripe: its API, a checkout page on this machine, and really signed events.

`StripeSandbox` is the door; `Refused` is what it raises where Stripe would refuse, `signature` what
signs an event, for a test that makes its own.
"""

from bot.sandbox.stripe.book import ApiRequest, CheckoutSession, Delivery, StripeEvent
from bot.sandbox.stripe.deliveries import signature
from bot.sandbox.stripe.refusals import Refused
from bot.sandbox.stripe.sandbox import StripeSandbox
from bot.sandbox.stripe.shapes.payment import Payer
from bot.sandbox.stripe.versions import VERSIONS

__all__ = [
    "VERSIONS",
    "ApiRequest",
    "CheckoutSession",
    "Delivery",
    "Payer",
    "Refused",
    "StripeEvent",
    "StripeSandbox",
    "signature",
]
