"""STOP while a list is being texted: from its commit on, nothing more is meant for that number."""

import asyncio
from datetime import UTC, datetime

from sqlalchemy import select

from bot.app import Bot
from storage import Connection
from storage.campaigns import Stage as At
from storage.optouts import OPT_OUTS
from tests.campaigning import OPEN_PACE, card, list_of, until
from tests.integration.test_inbound import post
from tests.integration.test_text_campaigns import ask
from tests.stage import Stage

PEOPLE = 120
"""More than are sent while the STOPs come in, at 60 a second."""


def number(place: int) -> str:
    """A made-up number that only the local Toingg gets."""
    return f"+1415{2_000_000 + place}"


async def _opted_out(bot: Bot) -> dict[str, datetime]:
    """When each number opted out."""

    def look(connection: Connection) -> dict[str, datetime]:
        return {row.phone: row.at for row in connection.execute(select(OPT_OUTS))}

    return await bot.database.read(look)


async def test_stop_during_a_campaign(stage: Stage) -> None:
    """No intent is committed after an opt-out's commit; what was in flight then is counted."""
    numbers = "\n".join(number(place) for place in range(PEOPLE))
    pace = OPEN_PACE | {"default_calls_per_minute": 3600}
    answered: dict[str, datetime] = {}

    async def stop(bot: Bot, place: int) -> None:
        phone = number(place)
        assert (await post(stage, "STOP", sid=f"SM{place}", phone=phone))[0] == 200
        answered[phone] = datetime.now(UTC)

    async with stage.bot(**pace) as bot:
        await ask(stage, {"message": "Ten o'clock?", "numbers": numbers})
        await until(bot, At.READY)
        await stage.slack.click("carl", await card(bot, stage, "start"), "campaign.start")
        await stage.until(lambda: len(stage.sent()) > 5)
        for first in range(0, PEOPLE, 6):
            await asyncio.gather(*(stop(bot, place) for place in range(first, PEOPLE, 20)[:6]))
            if len(stage.sent()) > PEOPLE * 3 // 4:
                break
        await until(bot, At.DONE, seconds=30)
        rows = {row["phone"]: row for row in await list_of(bot)}
        out = await _opted_out(bot)
    posted = {each.body["phoneNumber"]: each.at for each in stage.toingg.posts("/api/send_sms/")}
    assert len(posted) == len(stage.sent())  # nobody got two
    never = [phone for phone in out if rows[phone]["state"] == "cancelled"]
    sent = [phone for phone in out if phone in posted]
    in_flight = [phone for phone in sent if posted[phone] > out[phone]]
    print(  # noqa: T201 - the figures
        f"\n{len(out)} STOPs: {len(never)} never meant, {len(sent) - len(in_flight)} sent before,"
        f" {len(in_flight)} in flight at the opt-out"
    )
    assert never
    assert not set(never) & posted.keys()
    for phone in sent:
        assert rows[phone]["intent_at"] <= answered[phone]
