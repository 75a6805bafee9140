"""The modal of Attach Call ID."""

from bot.slack.blocks.parts import Block, modal, text_input


def attach_form(metadata: str) -> Block:
    """Asks for the callSid that Toingg's reply didn't carry."""
    return modal(
        "Attach Call ID",
        [
            text_input(
                "call_sid",
                "Call ID",
                placeholder="CA0123456789abcdef0123456789abcdef",
                hint=(
                    "With it, the call can be followed and hung up. Where Toingg hasn't named the"
                    " id in this thread, an owner attaches it, from Toingg's console."
                ),
                limits=(1, 60),
            )
        ],
        callback_id="attach.form",
        metadata=metadata,
        submit="Attach",
        close="Cancel",
    )
