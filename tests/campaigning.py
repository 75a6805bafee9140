"""A campaign on the stage: asked for through the modal, its card, its row."""

import asyncio
from collections.abc import Callable
from functools import partial
from typing import Any

from sqlalchemy import Connection, select

from bot.app import Bot
from bot.sandbox.slack.fingers import Values
from bot.sandbox.slack.messages import Message
from bot.sandbox.slack.wire import Acked
from storage import campaigns
from storage.campaigns import CAMPAIGNS, Campaign, Stage
from storage.rows import CALLS
from tests.stage import Stage as Play
from tests.stage import text_of

FORM = "Call a List"
THREE = "John Doe, +1 415 555 0132\nAnn Roe, +1 415 555 0133\nJim Poe, +1 415 555 0134"
OPEN_PACE: dict[str, Any] = {
    "default_calls_per_minute": 0,
    "max_live_calls": 0,
    "default_role": "operator",
}


async def ask(
    play: Play, values: Values, *, user: str = "carl", text: str = "Spring Sale"
) -> Acked:
    """Types the command, fills the modal in and submits it."""
    await play.slack.command(user, "sales", "/toingg-campaign", text)
    return await play.slack.submit(user, await play.modal(user, FORM), values)


async def every(bot: Bot) -> list[Campaign]:
    """All campaigns, the oldest first."""
    look = partial(campaigns.find, limit=100, order=(CAMPAIGNS.c.created_at,))
    return await bot.database.read(look)


async def one(bot: Bot) -> Campaign:
    """The only campaign."""
    (campaign,) = await every(bot)
    return campaign


async def until(
    bot: Bot, check: Callable[[Campaign], bool] | Stage, *, seconds: float = 15
) -> Campaign:
    """The only campaign, once it is so."""
    wanted = check
    deadline = asyncio.get_running_loop().time() + seconds
    while True:
        found = await every(bot)
        if found and (found[0].state is wanted if isinstance(wanted, Stage) else wanted(found[0])):
            return found[0]
        assert asyncio.get_running_loop().time() < deadline, found
        await asyncio.sleep(0.02)


async def list_of(bot: Bot) -> list[dict[str, Any]]:
    """The only campaign's rows in the list's order."""

    def look(connection: Connection) -> list[dict[str, Any]]:
        query = select(CALLS).where(CALLS.c.campaign_id.is_not(None)).order_by(CALLS.c.seq)
        return [dict(row) for row in connection.execute(query).mappings()]

    return await bot.database.read(look)


async def card(bot: Bot, play: Play, *words: str, says: str = "") -> Message:
    """The only campaign's card, once it shows the present state, these clicks and this text."""

    def look(campaign: Campaign) -> Message | None:
        value = f"{campaign.id}.{campaign.version}"
        for each in play.slack.messages(campaign.channel) if campaign.channel else ():
            clicks = {(one["action_id"], one.get("value", "")) for _, one in each.elements()}
            shown = all((f"campaign.{word}", value) in clicks for word in words)
            if each.ts == campaign.card_ts and shown and says in text_of(each):
                return each
        return None

    deadline = asyncio.get_running_loop().time() + 30
    while True:
        campaign = await one(bot)
        found = look(campaign)
        if found is not None:
            return found
        assert asyncio.get_running_loop().time() < deadline, (
            campaign,
            play.slack.messages("sales"),
        )
        await asyncio.sleep(0.05)
