"""From the modal to a campaign that runs, through the real doors."""

import pytest

from storage.campaigns import Stage
from tests.campaigning import OPEN_PACE, THREE, ask, card, list_of, until
from tests.stage import Stage as Play

ON_SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


async def test_pasted_numbers_become_calls(stage: Play) -> None:
    """Numbers pasted into the modal are read; Start on the card calls each of them once."""
    async with stage.bot(**OPEN_PACE) as bot:
        answer = await ask(stage, {"numbers": THREE})
        assert answer.ok
        assert answer.body is None
        campaign = await until(bot, Stage.READY)
        assert (campaign.title, campaign.campaign, campaign.total) == ("Spring Sale",) * 2 + (3,)
        rows = await list_of(bot)
        assert [row["phone"][-2:] for row in rows] == ["32", "33", "34"]
        assert {row["zone"] for row in rows} == {"America/Los_Angeles"}
        assert stage.dials() == []
        shown = await card(bot, stage, "start")
        await stage.slack.click("carl", shown, "campaign.start")
        await until(bot, lambda it: it.state is not Stage.READY)
        await stage.until(lambda: len(stage.dials()) == 3)
    assert {each["name"] for each in stage.dials()} == {"John Doe", "Ann Roe", "Jim Poe"}
