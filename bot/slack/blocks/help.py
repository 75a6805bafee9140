"""The help: every flow with its examples, or one of them."""

from collections.abc import Collection, Mapping, Sequence

from bot.slack.blocks.parts import Block, Message, actions, button, context, section
from bot.slack.routes import Flow
from bot.slack.text import inline

_ACTIONS = {
    "call": button("Call Somebody", "calls.new", "new", style="primary"),
    "sms": button("Text Somebody", "sms.new", "new"),
}


def help_message(
    flows: Mapping[str, Flow],
    word: str,
    *,
    may: Collection[str],
    live: int | None,
    under_way: Sequence[Block] = (),
) -> Message:
    """One flow's help where `word` is one, else all of them, the unknown word said.

    `may`: the words of the flows that who asks may use; of these there are buttons. `live`: how
    many calls are up, None where that isn't told. `under_way`: the list of what runs, which comes
    first.
    """
    chosen = [flows[word]] if word in flows and word != "help" else list(flows.values())
    blocks: list[Block] = [*under_way]
    if word and word not in flows:
        blocks.append(section(f"There is no “{inline(word, 40)}”. This is what there is:"))
    blocks += [section(_entry(flow)) for flow in chosen if flow.word != "help"]
    buttons = [each for flow, each in _ACTIONS.items() if flow in may]
    if buttons:
        blocks.append(actions(*buttons, block_id="help.actions"))
    blocks.append(context(f"{_running(live)}`help` after any command explains it."))
    return {"response_type": "ephemeral", "text": "What Toingg can do here", "blocks": blocks}


def _running(live: int | None) -> str:
    if live is None:
        return ""
    return f"{live} live now. " if live else "No call is live. "


def _entry(flow: Flow) -> str:
    examples = "\n".join(f"`{example}`" for example in flow.examples)
    return f"*{flow.summary}*: `/toingg {flow.word} {flow.usage}`\n{examples}"
