"""Every nasty file goes through the modal, and ends in the card that is expected of it.

`python -m tests.integration.test_campaign_corpus` writes the cards down anew, to be read in the
diff: each file of `tests/golden/intake` has its own beside it, as `*.card.txt`.
"""

import asyncio
import re
import tempfile
from collections.abc import AsyncIterator, Iterable
from pathlib import Path

import pytest

from bot.app import Bot
from storage.campaigns import Campaign, Stage
from tests.campaigning import OPEN_PACE, ask, every
from tests.golden.intake.make import CORPUS, FOLDER, REGIONS, WORKBOOKS
from tests.stage import Stage as Play
from tests.stage import buttons_of, staged, text_of

_PATIENCE = 10.0
_AT_ONCE = 30
_TAKEN = {".csv", ".xlsx", ".tsv", ".txt"}
"""What the modal lets somebody choose; anything may be called so."""
_WHEN = re.compile(r"<!date\^[^>]*>")


async def cards(files: Iterable[str], folder: Path, region: str) -> AsyncIterator[tuple[str, str]]:
    """Each file's card, once its list is read: what it says, and its buttons."""
    with staged(folder, "") as play:
        async with play.bot(**OPEN_PACE, default_region=region) as bot:
            for count, name in enumerate(files, start=1):
                given = name if Path(name).suffix in _TAKEN else f"{Path(name).stem}.csv"
                shared = play.slack.share("carl", given, (FOLDER / name).read_bytes())
                await ask(play, {"file": [shared]})
                yield name, await card(bot, play, count)


async def card(bot: Bot, play: Play, count: int) -> str:
    """The newest campaign's card, as it stands once there is nothing more to read."""
    deadline = asyncio.get_running_loop().time() + _PATIENCE
    while True:
        found = await every(bot)
        if len(found) == count and (shown := _shown(play, found[-1])):
            return shown
        if asyncio.get_running_loop().time() > deadline:
            raise AssertionError(f"no card within {_PATIENCE:.0f} s: {found[-1:]}")
        await asyncio.sleep(0.01)


def _shown(play: Play, campaign: Campaign) -> str | None:
    if campaign.state is Stage.DRAFT or campaign.channel is None:
        return None
    for each in play.slack.messages(campaign.channel):
        if each.ts == campaign.card_ts and "Edit" in buttons_of(each):
            buttons = " ".join(f"[{label}]" for label in buttons_of(each))
            return f"{_WHEN.sub('(time)', text_of(each))}\n{buttons}\n"
    return None


def parts() -> list[tuple[str, tuple[str, ...]]]:
    """The corpus by the region of its numbers, some files at a time."""
    found: dict[str, list[str]] = {}
    for name in (*CORPUS, *WORKBOOKS):
        found.setdefault(REGIONS.get(Path(name).stem, "US"), []).append(name)
    return [(region, some) for region, names in sorted(found.items()) for some in batched(names)]


def batched(names: list[str]) -> list[tuple[str, ...]]:
    """As many as a bot's updates of a minute allow."""
    return [tuple(names[at : at + _AT_ONCE]) for at in range(0, len(names), _AT_ONCE)]


@pytest.mark.timeout(600)
@pytest.mark.parametrize(("region", "names"), parts())
async def test_every_file_has_its_card(tmp_path: Path, region: str, names: tuple[str, ...]) -> None:
    """Counts by reason and examples, or what is wrong with the file and the way back: no crash."""
    wrong = {}
    async for name, shown in cards(names, tmp_path, region):
        expected = (FOLDER / f"{name}.card.txt").read_text(encoding="utf-8")
        if shown != expected:
            wrong[name] = shown
    assert wrong == {}


async def write() -> None:
    """Writes every card down."""
    for region, names in parts():
        with tempfile.TemporaryDirectory() as folder:
            async for name, shown in cards(names, Path(folder), region):
                (FOLDER / f"{name}.card.txt").write_text(shown, encoding="utf-8")


if __name__ == "__main__":
    asyncio.run(write())
