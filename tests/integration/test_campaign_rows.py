"""Rows by the numbers that people's editors show, wherever they are named; lists as one list."""

import csv
import io
from functools import partial

import pytest

from bot.app import Bot
from bot.campaigns.source import ListSource
from bot.recipients.intake import limits, reading
from bot.slack.routes import FileRef
from storage import campaigns
from storage.campaigns import NewCampaign, Stage
from storage.rows import Kind
from tests.campaigning import OPEN_PACE, card, list_of, one, until
from tests.logged import Logged
from tests.stage import Stage as Play
from tests.stage import text_of
from tests.witness import opt_out

ON_SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
MAY = (
    b"name,phone,city\n"
    b"John Doe,+14155550132,Oslo\n"
    b"Al Roe,911,Bonn\n"
    b"Ann Roe,+14155550133,Rome\n"
    b"Jim Poe,+14155550134,Bern\n"
)


async def rejected(play: Play) -> list[list[str]]:
    """The cells of `rejected.csv`, once it has come."""

    def found() -> bytes | None:
        files = [each for message in play.slack.messages("@carl") for each in message.files]
        names = [each for each in files if each["title"] == "rejected.csv"]
        return play.slack.file(names[-1]["id"]).content if names else None

    return list(csv.reader(io.StringIO((await play.until(found)).decode("utf-8-sig"))))


async def reads(bot: Bot, play: Play, *files: bytes, numbers: str = "") -> None:
    """A campaign over these files and this text, as a message with several makes it."""
    shared = [play.slack.share("carl", f"{at}.csv", data) for at, data in enumerate(files)]
    refs = tuple(FileRef(str(each["id"]), f"{at}.csv", 10) for at, each in enumerate(shared))
    new = NewCampaign(
        workspace_id=bot.home.id,
        click_key="click",
        kind=Kind.CALL,
        title="Sale",
        campaign="Sale",
        requested_by=play.slack.directory.person("carl").id,
        asked_in=play.slack.channel("sales").id,
        source=ListSource(numbers, refs).stored(),
    )
    run, now = bot.campaigns.calling.run, bot.campaigns.calling.clock()
    made = await bot.database.write(partial(campaigns.create, new=new, run=run, now=now))
    assert made is not None
    bot.campaigns.preflight.begin(made)


async def test_a_row_has_the_same_number_everywhere(play: Play, log: Logged) -> None:
    """That of the file, its header counted: on the card, in the preview, in both files."""
    async with play.bot(**OPEN_PACE) as bot:
        await opt_out(bot, "+14155550133")
        await reads(bot, play, MAY)
        await until(bot, Stage.READY)
        shown = await card(bot, play, "start")
        assert "opted out: row 4" in text_of(shown).replace("*", "")
        assert "row 3" in text_of(shown)
        assert [(row["seq"], row["row"]) for row in await list_of(bot)] == [(0, 2), (2, 4), (3, 5)]
        assert await rejected(play) == [
            ["Row", "Why", "How to mend it", "name", "phone", "city"],
            ["3", "Emergency", *(await rejected(play))[1][2:3], "Al Roe", "911", "Bonn"],
            [
                "4",
                "This number has opted out",
                "Nobody here can call this number: take the row off your list",
                "Ann Roe",
                "+14155550133",
                "Rome",
            ],
        ]
        await bot.campaigns.results.send(await one(bot), play.slack.directory.person("oscar").id)
        (message, *_) = play.slack.messages("@oscar")
        data = play.slack.file(message.files[0]["id"]).content or b""
        rows = list(csv.reader(io.StringIO(data.decode("utf-8-sig"))))
        assert [row[0] for row in rows[1:]] == ["2", "4", "5"]
        await play.slack.click("carl", shown, "campaign.preview")
        assert "with row 2's values" in str((await play.modal("carl", "Preview")).content)


async def test_rejected_rows_of_several_files_are_one_list(play: Play, log: Logged) -> None:
    """Each says which list it is of; the columns that are the same thing are one."""
    async with play.bot(**OPEN_PACE) as bot:
        await opt_out(bot, "+14155550143")
        june = b"Mobile;City\n112;Kiel\n+14155550143;Lyon\n"
        await reads(bot, play, MAY, june, numbers="Pat Moe, 999")
        rows = [[*row[:2], *row[4:]] for row in await rejected(play)]
        assert rows == [
            ["From", "Row", "Name", "Phone", "city"],
            ["Pasted numbers", "1", "Pat Moe", "999", ""],
            ["0.csv", "3", "Al Roe", "911", "Bonn"],
            ["1.csv", "2", "", "112", "Kiel"],
            ["1.csv", "3", "", "+14155550143", "Lyon"],
        ]


@ON_SQLITE
async def test_one_file_is_held_at_a_time(
    play: Play, log: Logged, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The next is fetched once all rows of the one before are stored; together they have a cap."""
    monkeypatch.setattr(reading, "MOST_ROWS", 5)
    async with play.bot(**OPEN_PACE) as bot:
        api, stored = bot.campaigns.preflight._directory.api(bot.home.id), []
        download = api.download

        async def watched(*args: object, **more: object) -> object:
            stored.append(len(await list_of(bot)))
            return await download(*args, **more)  # type: ignore[arg-type]

        monkeypatch.setattr(api, "download", watched)
        june = b"Mobile\n+14155550142\n+14155550143\n"
        await reads(bot, play, MAY, june)
        unread = await until(bot, Stage.CANCELLED)
        assert stored[-2:] == [0, 3]
        assert "rows together, which is the most of one campaign" in (unread.said or "")
        assert f"{limits.MOST_ROWS:,}" in (unread.said or "")


@pytest.fixture
def play(stage: Play) -> Play:
    """The stage."""
    return stage
