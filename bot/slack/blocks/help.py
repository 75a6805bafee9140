"""The help: every flow with its examples, or one of them."""

from collections.abc import Mapping, Sequence

from bot.slack.blocks.parts import Block, Message, actions, button, context, section
from bot.slack.routes import Flow
from bot.slack.text import inline


def help_message(
    flows: Mapping[str, Flow], word: str, *, live: int | None, under_way: Sequence[Block] = ()
) -> Message:
    """One flow's help where `word` is one, else all of them, the unknown word said.

    `under_way`: the list of what runs, which comes first; `live`: calls, where that was looked at.
    """
    chosen = [flows[word]] if word in flows and word != "help" else list(flows.values())
    blocks: list[Block] = [*under_way]
    if word and word not in flows:
        blocks.append(section(f"There is no “{inline(word, 40)}”. This is what there is:"))
    blocks += [section(_entry(flow)) for flow in chosen if flow.word != "help"]
    running = "" if live is None else f"{live} live now. " if live else "No call is live. "
    blocks.append(
        actions(
            button("Call Somebody", "calls.new", "new", style="primary"),
            button("Text Somebody", "sms.new", "new"),
            block_id="help.actions",
        )
    )
    blocks.append(context(f"{running}`help` after any command explains it."))
    return {"response_type": "ephemeral", "text": "What Toingg can do here", "blocks": blocks}


def _entry(flow: Flow) -> str:
    examples = "\n".join(f"`{example}`" for example in flow.examples)
    return f"*{flow.summary}*: `/toingg {flow.word} {flow.usage}`\n{examples}"
