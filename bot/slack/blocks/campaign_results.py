"""How a campaign ended, for its thread: counts as text, and a chart of them."""

from collections.abc import Sequence

from bot.slack.blocks.campaign_live import OUTCOMES
from bot.slack.blocks.campaign_parts import Standing, duration, joined, people, title_of, words_of
from bot.slack.blocks.parts import Block, Message, context, person, section
from bot.slack.text import clip
from storage.campaigns import Campaign
from storage.rows import Kind
from storage.tally import Tally

CHART_TITLE = "How the calls ended"
_TITLES = {Kind.CALL: CHART_TITLE, Kind.TEXT: "What became of the texts"}
_LABEL = 20
"""Characters of a label in a chart. Source: Slack, data_visualization block."""


def title_for(campaign: Campaign) -> str:
    """What is written above the chart."""
    return _TITLES[campaign.kind]


def bars(tally: Tally, campaign: Campaign) -> list[tuple[str, int]]:
    """What is counted, and how many people: where there are any, and in a fixed order."""
    named = [(words, tally.placed.get(outcome, 0)) for outcome, words in OUTCOMES.items()]
    named += [
        ("uncertain", tally.uncertain + tally.left),
        ("refused", tally.rejected),
        (f"not {words_of(campaign).done}", tally.cancelled + tally.pending),
    ]
    return [(clip(words, _LABEL).capitalize(), count) for words, count in named if count]


def results(standing: Standing, *, with_chart: bool, heads: Sequence[str] = ()) -> Message:
    """The message: the figures as text, the chart where Slack takes one."""
    text = f"Results of {title_of(standing.campaign)}: {summary(standing)}"
    blocks: list[Block] = [
        *(context(head) for head in heads),
        section(text),
        context(f"`results.csv` is in the direct messages of {person(standing.campaign.owner)}."),
    ]
    if with_chart and bars(standing.tally, standing.campaign):
        blocks.append(chart(standing.tally, standing.campaign))
    return {"text": text, "blocks": blocks}


def summary(standing: Standing) -> str:
    """The same figures as the chart's, in one line."""
    tally, campaign = standing.tally, standing.campaign
    parts = [f"{count:,} {label.lower()}" for label, count in bars(tally, campaign)]
    took = ""
    if campaign.started_at is not None and campaign.ended_at is not None:
        took = f" in {duration(campaign.ended_at - campaign.started_at)}"
    return f"{people(tally.called)} {words_of(campaign).done}{took}. {joined(parts)}"


def chart(tally: Tally, campaign: Campaign) -> Block:
    """A native chart. Source: docs.slack.dev/reference/block-kit/blocks/data-visualization-block"""
    counted = bars(tally, campaign)
    return {
        "type": "data_visualization",
        "title": title_for(campaign),
        "chart": {
            "type": "bar",
            "series": [
                {
                    "name": "People",
                    "data": [{"label": label, "value": count} for label, count in counted],
                }
            ],
            "axis_config": {"categories": [label for label, _ in counted], "y_label": "People"},
        },
    }
