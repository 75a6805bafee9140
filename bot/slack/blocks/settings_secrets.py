"""The modals of Toingg's keys and of the webhooks. What is kept in them is never shown."""

from collections.abc import Mapping
from dataclasses import dataclass

from bot.slack.blocks.parts import (
    Block,
    actions,
    button,
    checks_input,
    choice_input,
    confirm,
    context,
    modal,
    section,
    text_input,
)
from bot.slack.text import escape
from storage.settings import Secret

KEYS = {Secret.TOINGG_V1: "Toingg key", Secret.TOINGG_V3: "Toingg key of the v3 API"}
HOOKS = {
    Secret.STRIPE: "Stripe's signing secrets",
    Secret.STATUS: "Token of callbacks",
    Secret.TWILIO: "Twilio's auth token",
}
GENERATIONS = {"v1": "v1", "v3": "v3: follows calls, by a campaign's id"}
GENERATION, REMOVE = "toingg_api", "remove"
_LONGEST = {Secret.STRIPE: 1000}
_KEPT = "What is kept here is encrypted, and never shown again. A field left empty stays as it is."


@dataclass(frozen=True)
class Kept:
    """Which secrets there are: the workspace's `own`, and those the bot was set up with for it."""

    own: frozenset[str] = frozenset()
    given: frozenset[str] = frozenset()

    def said(self, name: str) -> str:
        """Of one of them."""
        if name in self.own:
            return "set here"
        return "as the bot was set up" if name in self.given else "not set"


@dataclass(frozen=True)
class Addresses:
    """Where peers post to for this workspace; without a host where `has_host` is False."""

    stripe: str
    status: str
    inbound: str
    has_host: bool


def keys_summary(generation: str, kept: Kept) -> str:
    """Toingg's part of the overview."""
    return "\n".join(["*Toingg*", f"API that places calls: {generation}", *_said(KEYS, kept)])


def hooks_summary(kept: Kept) -> str:
    """The webhooks' part of it."""
    return "\n".join(["*Webhooks*", *_said(HOOKS, kept)])


def _said(names: Mapping[Secret, str], kept: Kept) -> list[str]:
    return [f"{label}: {kept.said(name)}" for name, label in names.items()]


def keys_form(chosen: str, default: str, kept: Kept, *, metadata: str) -> Block:
    """Toingg's keys, and which of its APIs places calls; `chosen` is "" where it is `default`."""
    return modal(
        "Toingg",
        [
            section(f"{_KEPT} Which API places calls is {default} unless it is chosen here."),
            choice_input(
                GENERATION, "API that places calls", GENERATIONS, value=chosen, optional=True
            ),
            _secret(
                Secret.TOINGG_V1,
                KEYS,
                kept,
                "It is tried by hanging up a call that can't exist. Toingg may not say more than"
                " that a key is wrong: the next call shows whether it is right.",
            ),
            _secret(Secret.TOINGG_V3, KEYS, kept, "tg_…; it is tried before it is kept."),
            *_removes(KEYS, kept),
        ],
        callback_id="settings.keys",
        metadata=metadata,
        submit="Save",
        close="Back",
    )


def hooks_form(at: Addresses, kept: Kept, *, metadata: str, token: str = "") -> Block:
    """The workspace's own addresses, what is to be pasted where, and the secrets that open them.

    `token` is one that was just made: it is shown this once.
    """
    host = "" if at.has_host else " Put the address at which the bot is reached before them."
    return modal(
        "Webhooks",
        [
            section(f"These addresses are this workspace's alone.{host} {_KEPT}"),
            section(
                "*Payments*: in Stripe's Dashboard, Developers → Webhooks → Add destination,"
                f" payload style snapshot, paste\n{_code(at.stripe)}\nand its signing secret here."
            ),
            _secret(
                Secret.STRIPE,
                HOOKS,
                kept,
                "whsec_…; several with spaces between, which take the place of all that are kept.",
            ),
            section(
                "*What becomes of calls and texts*: whoever relays it posts to\n"
                f"{_code(at.status)}\n*Texts that people send*:\n{_code(at.inbound)}\n"
                "with the token in the header `X-Toingg-Token`."
            ),
            _secret(Secret.STATUS, HOOKS, kept, "16 characters at least; or let one be made."),
            *_made(token, kept),
            _secret(
                Secret.TWILIO,
                HOOKS,
                kept,
                "Where Twilio itself posts there: Account → API keys & tokens → Auth token.",
            ),
            *_removes(HOOKS, kept),
        ],
        callback_id="settings.hooks",
        metadata=metadata,
        submit="Save",
        close="Back",
    )


def _code(address: str) -> str:
    return f"`{escape(address).replace('`', '')}`"


def _secret(name: Secret, labels: Mapping[Secret, str], kept: Kept, hint: str) -> Block:
    said = kept.said(name)
    return text_input(
        name,
        labels[name],
        hint=f"{said[:1].upper()}{said[1:]}. {hint}",
        optional=True,
        limits=(1, _LONGEST.get(name, 300)),
    )


def _made(token: str, kept: Kept) -> list[Block]:
    """The way to a token of the bot's making, or the token."""
    if token:
        return [
            section(f"*The new token*: {_code(token)}"),
            context("Copy it now: it is kept, and not shown again."),
        ]
    question = confirm(
        "Make a new token?",
        "It holds at once. One that was kept here doesn't open anything any more.",
        "Make It",
        "Not Yet",
    )
    asks = question if Secret.STATUS in kept.own else None
    make = button("Make a Token", "settings.token", "make", confirm=asks)
    return [actions(make, block_id="token")]


def _removes(labels: Mapping[Secret, str], kept: Kept) -> list[Block]:
    """A way to take away what is set here."""
    own = {name.value: label for name, label in labels.items() if name in kept.own}
    hint = "What the bot was set up with, if anything, holds from then on."
    return [checks_input(REMOVE, "Take away", own, hint=hint)] if own else []
