"""Block Kit and mrkdwn as HTML, the way Slack's client draws them for one reader."""

from bot.sandbox.page.drawing.blocks import draw_blocks
from bot.sandbox.page.drawing.mrkdwn import draw_mrkdwn
from bot.sandbox.page.drawing.reader import CantDraw, Reader
from bot.sandbox.page.drawing.text import draw_plain

__all__ = ["CantDraw", "Reader", "draw_blocks", "draw_mrkdwn", "draw_plain"]
