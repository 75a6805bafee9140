"""The page: the local Slack, Toingg and Stripe to see and to use in a browser."""

from bot.sandbox.page.site import Page

__all__ = ["Page"]
