"""The modal over a campaign's uncertain calls: what a person knows of each, a page at a time."""

from collections.abc import Sequence

from bot.slack.blocks.campaign_parts import words_of
from bot.slack.blocks.parts import Block, actions, button, confirm, modal, section
from bot.slack.text import inline, pretty
from storage.campaigns import Campaign, Stage
from storage.lists import ListRow
from storage.rows import Kind

PAGE = 10


def review(campaign: Campaign, rows: Sequence[ListRow], total: int, after: int) -> Block:
    """A page of at most ten, of `total`, those after the `after`th row of the list.

    In a modal of one person who may see numbers: they stand there in full.
    """
    if not rows:
        again = after >= 0 and total > 0
        text = "Nobody else here." if again else "Nothing is uncertain any more."
        first = [actions(_turn("Back to the First", -1))] if again else []
        return _modal(campaign, after, [section(text), *first])
    blocks: list[Block] = [
        section(
            f"{total:,} uncertain. Toingg didn't say whether {_DOUBT[campaign.kind]}: ask, or"
            " look it up in Toingg, then decide."
        )
    ]
    for row in rows:
        blocks += [section(_line(row)), _choices(campaign, row)]
    turns = [_turn("Back to the First", -1)] if after >= 0 else []
    if len(rows) == PAGE and total > PAGE:
        turns.append(_turn("Next", rows[-1].seq))
    return _modal(campaign, after, [*blocks, *([actions(*turns)] if turns else [])])


_DOUBT = {Kind.CALL: "the phone rang", Kind.TEXT: "the text was sent"}
_KNOWN = {Kind.CALL: "It Rang", Kind.TEXT: "It Arrived"}


def _modal(campaign: Campaign, after: int, blocks: list[Block]) -> Block:
    metadata = f"{campaign.id}.{campaign.version}.{after}"
    title = f"Uncertain {words_of(campaign).one}s".title()
    return modal(title, blocks, metadata=metadata)


def _line(row: ListRow) -> str:
    who = f"*{inline(row.name, 80)}* " if row.name else ""
    return f"{who}{pretty(row.phone)} · row {row.row:,}"


def _choices(campaign: Campaign, row: ListRow) -> Block:
    value = f"{row.id}.{row.attempt}"
    said = words_of(campaign)
    buttons = [button(_KNOWN[campaign.kind], "campaign.it_rang", value)]
    if campaign.state is not Stage.CANCELLED:
        question = confirm(
            f"{said.do} again?",
            f"Whom it reached already is {said.done} a second time.",
            f"{said.do} Again",
            "Not Yet",
        )
        buttons.append(button(f"{said.do} Again", "campaign.call_again", value, confirm=question))
    return actions(*buttons, block_id=f"row.{row.id}")


def _turn(label: str, after: int) -> Block:
    action = "campaign.next_page" if after >= 0 else "campaign.first_page"
    return button(label, action, str(after))
