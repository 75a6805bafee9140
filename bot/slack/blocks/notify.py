"""Which payments a channel is told of: its state, the list of all channels, the modal."""

from collections.abc import Mapping, Sequence
from decimal import Decimal

from bot.slack.blocks.parts import (
    Block,
    Message,
    actions,
    button,
    channel_input,
    checks_input,
    choice_input,
    modal,
    section,
    text_input,
)
from bot.slack.text import escape
from storage.subscriptions import Subscription

MODES = {"live": "Live payments", "test": "Test payments", "both": "Live and test payments"}
_MOST_LISTED = 20
_UNIT = 1_000_000
NO_WEBHOOK = (
    "Nothing arrives yet: whoever runs the bot sets `STRIPE_WEBHOOK_SECRETS`; the README's"
    " section “Stripe” says how."
)


def subscribed(subscription: Subscription, *, hears: bool) -> Message:
    """What a channel is told from now on. `hears`: whether a webhook is set up."""
    text = (
        f"{_channel(subscription)} is told of {_told(subscription)}. Where I'm not a member, type"
        " `/invite` there, or it goes to you."
    )
    blocks: list[Block] = [section(text)]
    if not hears:
        blocks.append(section(NO_WEBHOOK))
    blocks.append(_buttons(subscription))
    return {"response_type": "ephemeral", "text": text, "blocks": blocks}


def unsubscribed(channel: str, *, was_told: bool) -> Message:
    """That a channel is told nothing any more, or was told nothing."""
    now = "isn't told of payments any more" if was_told else "wasn't told of any payments"
    text = f"<#{escape(channel)}> {now}."
    return {"response_type": "ephemeral", "text": text, "blocks": [section(text)]}


def subscription_list(found: Sequence[Subscription], *, hears: bool) -> Message:
    """Every channel that is told something."""
    title = "*Who is told of payments*"
    blocks: list[Block] = [section(title)]
    if not found:
        blocks.append(
            section("No channel is. `/toingg-notify payments disputes` in a channel begins it.")
        )
    for each in found[:_MOST_LISTED]:
        blocks += [section(f"{_channel(each)}: {_told(each)}"), _buttons(each)]
    if len(found) > _MOST_LISTED:
        blocks.append(section(f"… and {len(found) - _MOST_LISTED:,} more channels."))
    if not hears:
        blocks.append(section(NO_WEBHOOK))
    return {"response_type": "ephemeral", "text": title, "blocks": blocks}


def _channel(subscription: Subscription) -> str:
    return f"<#{escape(subscription.channel)}>"


def _told(subscription: Subscription) -> str:
    told = [f"*{', '.join(sorted(subscription.groups))}*"]
    if subscription.minimum:
        told.append(f"from {amount_text(subscription.minimum)} up")
    if subscription.currency:
        told.append(f"in {escape(subscription.currency)}")
    return ", ".join(told) + f" ({MODES[subscription.mode].lower()})"


def amount_text(minimum: int) -> str:
    """Millionths as an amount to read and to type: `12.5`."""
    return f"{(Decimal(minimum) / _UNIT).normalize():f}"


def _buttons(subscription: Subscription) -> Block:
    channel = subscription.channel
    return actions(
        button("Change", "notify.change", channel),
        button("Stop", "notify.off", channel),
        block_id=f"notify.{channel}",
    )


def notify_form(groups: Mapping[str, str], subscription: Subscription, *, shared: bool) -> Block:
    """The modal, filled with what the channel is told. `groups`: each word with its meaning.

    `shared`: whether channels that other organisations share may be chosen.
    """
    minimum = amount_text(subscription.minimum) if subscription.minimum else ""
    return modal(
        "Payments in a Channel",
        [
            channel_input(
                "channel",
                "Channel",
                value=subscription.channel,
                hint="What is chosen here takes the place of what the channel is told now.",
                without_shared=not shared,
            ),
            checks_input("groups", "Tell it of", groups, chosen=subscription.groups),
            text_input(
                "minimum",
                "From this amount up",
                value=minimum,
                hint="In the payment's currency. Leave it empty for any amount.",
                optional=True,
                limits=(1, 20),
            ),
            text_input(
                "currency",
                "Only this currency",
                value=subscription.currency or "",
                hint="Three letters, as USD. Leave it empty for any currency.",
                optional=True,
                limits=(3, 3),
            ),
            choice_input("mode", "Which payments", MODES, value=subscription.mode, optional=False),
        ],
        callback_id="notify.form",
        submit="Save",
        close="Cancel",
    )
