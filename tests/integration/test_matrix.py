"""Everything that can be asked of the bot, by everybody: refused or not as the policy says."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

import pytest

from bot.app import Bot
from bot.sandbox.slack.people import Person
from bot.sandbox.slack.sandbox import SlackSandbox
from bot.sandbox.slack.views import View
from bot.sandbox.slack.wire import Acked
from bot.slack.routes import Kind
from tests.forging import Forger, Request, told_in
from tests.judging import Verdict, effects, idle, verdict, whispers
from tests.logged import Logged, told
from tests.policy import POLICY, Row, home_rows
from tests.residents import (
    RESIDENTS,
    SOMEBODY,
    Shown,
    properties,
    settle_in,
    something_runs,
)
from tests.second import Place, second
from tests.stage import Stage

ON_SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
HELP = "Ask <@{}>"
"""How every refusal for want of a role ends: it says who can help."""
SAMPLE = {"carl": "caller"}
"""Who asks on PostgreSQL: the one role to which it matters whose a row is."""
PLACEHOLDERS = {"number", "name", "campaign", "script", "text", "call", "id", "command", "or"}
"""Words of a command's usage that stand for others."""
WORDS = {
    "number": "+1 415 555 0147",
    "message": "Call +1 415 555 0148",
    "words": "hello",
    "list": "Paula Poe, +1 415 555 0149",
}


def test_nothing_is_twice_in_the_policy() -> None:
    """Each thing has one row."""
    keys = [(row.kind, row.name, row.words) for row in POLICY]
    assert len(set(keys)) == len(keys)


def words_in(usage: str) -> set[str]:
    """What may be typed behind a command, but for what stands for something else."""
    return set(re.findall("[a-z]+", usage)) - PLACEHOLDERS


@dataclass(frozen=True)
class Matrix:
    """The cells, asked at the real door: in which workspace, and whom a refusal names there."""

    bot: Bot
    stage: Stage
    log: Logged
    forger: Forger
    owned: dict[tuple[str, str], str]
    owner: str = "U0OLIVIA01"

    @property
    def slack(self) -> SlackSandbox:
        """The workspace's."""
        return self.forger.slack

    async def ask(self, who: Person, request: Request) -> tuple[Verdict, Acked]:
        """The verdict, and the answer itself."""
        since = len(self.log.text)
        acked = await self.forger.send(who, request)
        assert acked.status == 200, (request, acked)
        return await verdict(self.log, since), acked

    def requests(self, row: Row, owner: str) -> Iterator[Request]:
        """What a row asks for, of this person's row: stale, or of nothing, so that it is harmless.

        Whether a role covers it is looked at before that.
        """
        row_id = self.owned.get((row.of, owner))
        value = f"{row_id}.{0 if row.of == 'campaign' else 99}" if row_id else ""
        text = WORDS.get(row.of, "")
        if row.kind is Kind.COMMAND:
            text = f"{row.words} {text}".strip()
            yield Request(row.kind, row.name, text=text)
            yield Request(row.kind, row.name, text=text, umbrella=True)
        else:
            yield Request(row.kind, row.name, text=text, value=value, metadata=value)

    def cells(self, role: str, who: Person, *, refused: bool) -> Iterator[tuple[Row, Request]]:
        """All that this person is refused, or isn't: with their own rows and somebody else's."""
        for row in POLICY:
            cell = row.cells[role]
            owners = (who.id, SOMEBODY) if (row.of, who.id) in self.owned else (SOMEBODY,)
            for owner in owners:
                allowed = cell == "yes" or (cell == "own" and owner == who.id)
                if allowed is not refused:
                    for request in self.requests(row, owner):
                        yield row, request

    async def refuses(self, name: str, role: str) -> int:
        """Every cell that says so: it is told who can help, and nothing else happens."""
        who, helps = self.slack.directory.person(name), HELP.format(self.owner)
        before, heard = await self._effects(), len(whispers(self.slack, who.id))
        asked = aside = 0
        for row, request in self.cells(role, who, refused=True):
            found, acked = await self.ask(who, request)
            assert found.is_refusal, (name, row, found)
            asked += 1
            if row.kind in (Kind.COMMAND, Kind.SUBMISSION):
                assert helps in told_in(acked), (name, row, acked.body)
            else:
                aside += 1

        def all_told() -> bool:
            new = whispers(self.slack, who.id)[heard:]
            return len([each for each in new if helps in each]) == aside == len(new)

        await self.stage.until(all_told)
        assert await self._effects() == before
        return asked

    async def allows(self, name: str, role: str) -> int:
        """Every cell that says so, and an answer offers nothing to click that would be refused;
        what comes of it is the flows' own tests'.
        """
        who, helps = self.slack.directory.person(name), HELP.format(self.owner)
        asked = 0
        for row, request in self.cells(role, who, refused=False):
            found, acked = await self.ask(who, request)
            assert not found.is_refusal, (name, row, found)
            assert helps not in told_in(acked), (name, row, acked.body)
            for action in actions_in(acked):
                assert CLICKS[action].cells[role] != "-", (name, row, action)
            asked += 1
        return asked

    async def _effects(self) -> object:
        return await effects(self.bot, self.slack, self.stage.toingg)


CLICKS = {row.name: row for row in POLICY if row.kind is Kind.CLICK}


def actions_in(acked: Acked) -> set[str]:
    """What can be clicked in the answer to a command."""
    blocks = acked.body.get("blocks", []) if isinstance(acked.body, dict) else []
    found = [
        each
        for block in blocks
        for each in [*block.get("elements", []), block.get("accessory", {})]
    ]
    return {each["action_id"] for each in found if "action_id" in each}


WITH_ROLES = [name for name, role in RESIDENTS.items() if role != "nobody"]


async def away(matrix: Matrix, there: Place) -> Matrix:
    """The same people in another workspace, where Slack knows them as another organisation's."""
    for name in WITH_ROLES:
        at_home = matrix.slack.directory.person(name)
        there.slack.directory.add_person(replace(at_home, is_stranger=True))
    forger = Forger(there.slack, there.channel)
    elsewhere = replace(matrix, forger=forger, owned={}, owner=there.person.id)
    await elsewhere.ask(there.person, Request(Kind.COMMAND, "help"))  # she is known from then on
    return elsewhere


@pytest.mark.timeout(240)
async def test_everybody_may_what_the_policy_says(stage: Stage, log: Logged) -> None:
    """Every route of the registry and every word of a command, by somebody of each role, a guest, a
    bot and people of other organisations, with their own rows and other people's. In another
    workspace of the same bot whoever is something here is nobody.
    """
    async with second() as other, stage.bot() as bot:
        assert {(each.kind, each.name) for each in bot.routes} == {
            (row.kind, row.name) for row in POLICY
        }
        for flow in bot.routes.flows.values():
            mine = [
                row.words for row in POLICY if (row.kind, row.name) == (Kind.COMMAND, flow.word)
            ]
            assert words_in(flow.usage) == set(mine) - {""}, flow
        await settle_in(stage)
        people = [stage.slack.directory.person(each).id for each in RESIDENTS]
        owned = await properties(bot, [*people, SOMEBODY])
        matrix = Matrix(bot, stage, log, Forger(stage.slack, "sales"), owned)
        on_sqlite = stage.settings().is_sqlite
        asking = RESIDENTS if on_sqlite else SAMPLE
        refused = [await matrix.refuses(*each) for each in asking.items()]
        elsewhere = await away(matrix, await other.install(stage, bot))
        away_too = [each for each in WITH_ROLES if each in asking]
        refused += [await elsewhere.refuses(each, "nobody") for each in away_too]
        allowed = [await matrix.allows(*each) for each in asking.items()]
    assert [*stage.dials(), *stage.hang_ups(), *stage.sent()] == []
    told(f"{len(POLICY)} rows: {sum(refused)} cells refused, {sum(allowed)} allowed")


# Home


def elements_of(view: View) -> set[tuple[str, str]]:
    """What can be clicked in a Home: the action, and the id in its value ("" for what has none)."""
    found = [
        each
        for block in view.content["blocks"]
        for each in [*block.get("elements", []), block.get("accessory", {})]
        if "action_id" in each
    ]
    return {(each["action_id"], each["value"].partition(".")[0]) for each in found}


def offered(role: str, person: str, shown: Shown) -> tuple[set[tuple[str, str]], ...]:
    """What the policy has Home offer this person, and what it doesn't."""
    yes, no = set[tuple[str, str]](), set[tuple[str, str]]()
    for element, of, cells in home_rows():
        for row_id, owner in shown.of[of] if of else [("", person)]:
            allowed = cells[role] == "yes" or (cells[role] == "own" and owner == person)
            (yes if allowed else no).add((element, row_id))
    return yes, no


async def drawn(stage: Stage, name: str, wanted: set[tuple[str, str]], ids: set[str]) -> View:
    """Their Home, once it offers exactly this: what runs may move while it is drawn."""
    found: set[tuple[str, str]] = set()

    def look() -> View | None:
        view = stage.slack.home(name)
        if view is not None:
            found.clear()
            found.update((each, of if of in ids else "") for each, of in elements_of(view))
        return view if view is not None and found == wanted else None

    try:
        return await stage.until(look)
    except AssertionError:
        raise AssertionError(
            f"{name}: {found - wanted} too much, {wanted - found} missing"
        ) from None


@ON_SQLITE
async def test_home_offers_what_may_be_clicked(stage: Stage, log: Logged) -> None:
    """For each role its own: what is shown isn't refused when clicked; what isn't is, when forged.

    What is of nothing has a word of its own as its value.
    """
    async with stage.bot() as bot:
        await settle_in(stage)
        forger = Forger(stage.slack, "sales")
        for name, role in RESIDENTS.items():
            who = stage.slack.directory.person(name)
            shown = await something_runs(bot, who.id)
            await forger.send(who, Request(Kind.EVENT, "app_home_opened"))
            yes, no = offered(role, who.id, shown)
            ids = {row_id for pairs in shown.of.values() for row_id, _ in pairs}
            view = await drawn(stage, name, yes, ids)
            matrix = Matrix(bot, stage, log, forger, {})
            before = await effects(bot, stage.slack, stage.toingg, ids)
            for element, row_id in sorted(no):
                request = Request(Kind.CLICK, element, value=f"{row_id}.1")
                found, _ = await matrix.ask(who, request)
                assert found.is_refusal, (name, element)
            assert await effects(bot, stage.slack, stage.toingg, ids) == before
            for element, row_id in sorted(yes):
                since = len(log.text)
                value = next(it for it in values_of(view, element) if it.startswith(row_id))
                await stage.slack.click(
                    name, view, element, forged={"type": "button", "value": value}
                )
                assert not (await verdict(log, since)).is_refusal, (name, element)
            await idle(bot)


def values_of(view: View, element: str) -> list[str]:
    """The values of all elements of this action."""
    return [
        str(each["value"])
        for block in view.content["blocks"]
        for each in [*block.get("elements", []), block.get("accessory", {})]
        if each.get("action_id") == element
    ]
