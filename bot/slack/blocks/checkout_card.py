"""The card of a checkout: a link to Stripe's page that turns into what was paid there.

It stands in a channel: who paid is shown as they called themselves at Stripe, without an address.
Its buttons' action ids are `checkout.open .again .anew .vouch`.
"""

from collections.abc import Callable, Sequence

from bot.slack.blocks.elsewhere import heads_of
from bot.slack.blocks.parts import (
    Block,
    Message,
    actions,
    button,
    context,
    link_button,
    minute,
    modal,
    moment,
    person,
    section,
    text_input,
)
from bot.slack.text import inline
from storage.checkouts import Checkout, State

POSSIBLY_REPEATED = "_Possibly repeated: the bot was restarted while it posted this._"
TITLE = "Top up Toingg"
I_PAID = "I Paid: Resume"
VOUCH_FORM = "checkout.vouch_form"

Written = Callable[[int, str], str]
"""Money in words: so many of the currency's smallest unit, and its three letters."""

_FAULTS = {
    "mode": "one is a test and the other real money",
    "currency": "it is in another currency",
    "amount": "it is another amount than the link asked for",
    "counted": "somebody had said that it was paid, and named another amount",
}
"""Why a payment doesn't fit, by the words that are stored."""


def card(
    checkout: Checkout, written: Written, *, takes_word: bool, heads: tuple[str, ...] = ()
) -> Message:
    """The message. `takes_word`: there is a balance that a person's word may fill."""
    line = headline(checkout, written)
    blocks: list[Block] = [
        *(context(head) for head in heads),
        section(f"*{TITLE}*{_amount(checkout, written)}\n{line}"),
    ]
    if checkout.fault is not None:
        blocks.append(section(f":warning: {_misfit(checkout)}"))
    buttons = _buttons(checkout, written, takes_word=takes_word)
    if buttons:
        blocks.append(actions(*buttons, block_id=f"checkout.{checkout.id}"))
    asked = f"Asked for by {person(checkout.asked_by)} · {moment(checkout.asked_at)}"
    if checkout.campaign_id is not None:
        asked = f"This campaign ran out of money · {moment(checkout.asked_at)}"
    blocks.append(context(asked, *_foresight(checkout, takes_word=takes_word)))
    return {"text": f"{TITLE}: {line}", "blocks": blocks}


def headline(checkout: Checkout, written: Written) -> str:
    """Where it stands, in markup."""
    match checkout.state:
        case State.ASKING:
            return "Asking Toingg for a link…"
        case State.OPEN:
            return _open(checkout)
        case State.UNCERTAIN:
            said = inline(checkout.said or "Toingg didn't answer.", 300)
            return f"{said} Asking again is harmless."
        case State.REFUSED:
            return f"No link: {inline(checkout.said or 'Toingg made none.', 300)}"
        case State.COMPLETING:
            return "Checked out. The bank's payment is on its way; nothing is paid yet."
        case State.PAID:
            return _paid(checkout, written)
        case State.FAILED:
            return "The bank didn't pay. Nothing was charged."
        case State.EXPIRED:
            return "This link has expired. Nothing was paid by it."


def _open(checkout: Checkout) -> str:
    until = f" until {minute(checkout.expires_at)}" if checkout.expires_at else ""
    if checkout.url is not None:
        return f"Pay on Stripe's own page. The link is open{until}."
    if checkout.session_id is None:
        return (
            "Toingg's link doesn't lead to Stripe's page, so there is no button for it. Top up in"
            " Toingg's own console."
        )
    session = inline(checkout.session_id, 120).replace("`", "")
    return (
        f"Toingg made a session, `{session}`, and gave no address of Stripe's page for it. Open it"
        " in Toingg's own console; where the Stripe account is yours, whoever runs the bot can set"
        " STRIPE_API_KEY, and the next link has its button."
    )


def _amount(checkout: Checkout, written: Written) -> str:
    if checkout.amount is None or checkout.currency is None:
        return ""
    return f" · {inline(written(checkout.amount, checkout.currency), 60)}"


def paid_amount(checkout: Checkout, written: Written) -> str:
    """What was paid, in markup."""
    return inline(written(checkout.paid or 0, checkout.paid_currency or ""), 60)


def _paid(checkout: Checkout, written: Written) -> str:
    amount = paid_amount(checkout, written)
    if checkout.confirmed_by is not None:
        line = f"*Paid {amount}*, says {person(checkout.confirmed_by)}."
    else:
        by = f" by {inline(checkout.paid_by, 80)}" if checkout.paid_by else ""
        line = f"*Paid {amount}{by}*."
    if checkout.credited:
        line += " The balance has it, and campaigns that waited for money go on."
    return line


def _misfit(checkout: Checkout) -> str:
    why = _FAULTS.get(checkout.fault or "", "it doesn't fit the link")
    return f"A payment came for this link that doesn't fit: {why}. Nothing was credited for it."


def _foresight(checkout: Checkout, *, takes_word: bool) -> list[str]:
    """What will be seen of the payment."""
    if checkout.state not in (State.OPEN, State.COMPLETING):
        return []
    if checkout.watched:
        return ["This card says so once it is paid."]
    unseen = "Stripe doesn't tell this bot of payments here, so this card won't see it."
    if takes_word:
        unseen += f" Once paid, an owner or finance clicks {I_PAID}."
    return [unseen]


def _buttons(checkout: Checkout, written: Written, *, takes_word: bool) -> list[Block]:
    value = value_of(checkout)
    match checkout.state:
        case State.UNCERTAIN | State.REFUSED:
            return [button("Ask Again", "checkout.again", value, style="primary")]
        case State.FAILED | State.EXPIRED:
            return [button("New Link", "checkout.anew", value, style="primary")]
        case State.OPEN:
            buttons = []
            if checkout.url is not None:
                buttons.append(_link(checkout, checkout.url, written))
            if takes_word and not checkout.watched:
                buttons.append(button(I_PAID, "checkout.vouch", value))
            return buttons
        case _:
            return []


def _link(checkout: Checkout, url: str, written: Written) -> Block:
    known = checkout.amount is not None and checkout.currency is not None
    what = f"Pay {written(checkout.amount or 0, checkout.currency or '')}" if known else "Pay"
    return link_button(what, url, "checkout.open") | {"style": "primary"}


def value_of(checkout: Checkout) -> str:
    """What a button says of its checkout: which one, and as of which move."""
    return f"{checkout.id}.{checkout.version}"


def heads(checkout: Checkout, *, repeated: bool) -> tuple[str, ...]:
    """What stays above a card that stands already, however often it is redrawn."""
    return (POSSIBLY_REPEATED,) * repeated + heads_of(checkout.elsewhere)


# For one person's eyes


def asking() -> Message:
    """The answer to the command."""
    line = "Asking Toingg for a checkout link. Its card comes here in a moment."
    return {"response_type": "ephemeral", "text": line, "blocks": [section(line)]}


def open_already(checkout: Checkout, written: Written, *, card_url: str | None) -> Message:
    """The link that who asks has open; `card_url` is where its card stands."""
    if checkout.state is State.ASKING or checkout.url is None:
        line = "Toingg is asked for your link already. Its card comes in a moment."
        return {"response_type": "ephemeral", "text": line, "blocks": [section(line)]}
    where = f" <{card_url}|Its card> says so once it is paid." if card_url else ""
    until = f" until {minute(checkout.expires_at)}" if checkout.expires_at else ""
    line = f"Your checkout link is still open{until}.{where}"
    return {
        "response_type": "ephemeral",
        "text": line,
        "blocks": [section(line), actions(_link(checkout, checkout.url, written))],
    }


def listed(shown: Sequence[tuple[Checkout, str | None]], written: Written) -> Message:
    """The newest checkouts, each with where its card stands: who asked, when, what became of it."""
    lines = [
        f"• {moment(each.asked_at)} · {person(each.asked_by)} · {headline(each, written)}"
        + (f" <{url}|Card>" if url else "")
        for each, url in shown
    ] or ["Nobody has asked for a checkout link yet: `/toingg checkout` does."]
    blocks = [section(line) for line in lines]
    return {"response_type": "ephemeral", "text": "The last checkout links", "blocks": blocks}


def warning(checkout: Checkout, written: Written, *, heads: tuple[str, ...] = ()) -> Message:
    """What owners are told of a payment that doesn't fit."""
    session = inline(checkout.session_id or "", 120).replace("`", "")
    asked = _amount(checkout, written).removeprefix(" · ")
    over = f", over {asked}" if asked else ""
    link = (
        f"The link was asked for by {person(checkout.asked_by)}{over}: `{session}`. Look at it in"
        " Stripe's Dashboard; what is right can be given back there, or added to BUDGET."
    )
    text = "\n".join([*heads, f":warning: {_misfit(checkout)}", link])
    return {"text": text, "blocks": [section(text)]}


def vouch_form(currency: str, amount: str, *, metadata: str) -> Block:
    """How much somebody says was paid; `amount` is what the link asked for, "" where unknown."""
    return modal(
        "I Paid",
        [
            section(
                "The balance gets this amount on your word, and campaigns that wait for money go"
                " on. It is written down under your name."
            ),
            text_input(
                "amount",
                f"Amount in {currency}",
                value=amount,
                placeholder="25.00",
                limits=(1, 20),
            ),
        ],
        callback_id=VOUCH_FORM,
        metadata=metadata,
        submit="Resume",
        close="Cancel",
    )
