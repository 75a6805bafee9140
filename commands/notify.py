"""/toingg notify: which payments a channel is told of."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from functools import partial

from bot.access import Deed
from bot.errors import BotError, InputError
from bot.payments import Payments
from bot.payments.kinds import Group
from bot.payments.money import currency_of
from bot.slack.blocks import notify as blocks
from bot.slack.blocks.parts import Message
from bot.slack.routes import Answer, Ask, Flow, Kind, Routes
from bot.slack.text import unwrap
from commands.ordering import Ordering
from storage import Connection, audit, payments, subscriptions
from storage.subscriptions import Subscription

FLOW = Flow(
    word="notify",
    summary="Tell a channel of payments",
    usage="[payments disputes … | list | off]",
    examples=(
        "/toingg-notify payments disputes",
        "/toingg-notify payments refunds from 50 USD live",
        "/toingg-notify list",
        "/toingg-notify off",
    ),
)

GROUPS: dict[str, str] = {
    Group.PAYMENTS: "Payments: what is paid, or on its way",
    Group.FAILURES: "Failures: tries that were declined",
    Group.REFUNDS: "Refunds: what was given back, or couldn't be",
    Group.DISPUTES: "Disputes: with the day the evidence is due",
    Group.FRAUD: "Fraud: early warnings of card issuers",
    Group.INVOICES: "Invoices: paid, failed, overdue",
    Group.SUBSCRIPTIONS: "Subscriptions: begun, changed, ended",
    Group.PAYOUTS: "Payouts: to your bank account",
}
_FILLING = ("from", "over", "in", "and", "of")
_LARGEST = 10**9


@dataclass(frozen=True)
class NotifyFlow:
    """The command, its modal, its list."""

    money: Payments
    ordering: Ordering

    async def command(self, ask: Ask) -> Answer:
        """Groups subscribe this channel; nothing: the modal."""
        typed = unwrap(ask.text).lower()
        match typed:
            case "":
                return await self._form(ask, ask.channel)
            case "list":
                return Answer(await self._list(ask))
            case "off":
                return Answer(await self._off(ask, ask.channel))
        asked = read_quick(typed, ask.channel, ask.actor.user_id, self.money.mode)
        return Answer(await self._subscribe(ask, asked))

    async def _subscribe(self, ask: Ask, asked: Subscription) -> Message:
        now = self.ordering.clock()

        def write(connection: Connection) -> None:
            subscriptions.subscribe(connection, ask.workspace.id, asked, now=now)
            audit.append(
                connection,
                ask.workspace.id,
                ask.actor.user_id,
                "subscribe",
                asked.channel,
                now=now,
                groups=sorted(asked.groups),
                mode=asked.mode,
            )

        await self.ordering.database.write(write)
        return blocks.subscribed(asked, hears=self.money.hears(ask.workspace.id))

    async def _off(self, ask: Ask, channel: str) -> Message:
        now = self.ordering.clock()

        def write(connection: Connection) -> bool:
            was_told = subscriptions.unsubscribe(connection, ask.workspace.id, channel)
            payments.forget(connection, ask.workspace.id, channel)
            actor = ask.actor.user_id
            audit.append(connection, ask.workspace.id, actor, "unsubscribe", channel, now=now)
            return was_told

        was_told = await self.ordering.database.write(write)
        return blocks.unsubscribed(channel, was_told=was_told)

    async def _list(self, ask: Ask) -> Message:
        find = partial(subscriptions.of_workspace, workspace_id=ask.workspace.id)
        found = await self.ordering.database.read(find)
        return blocks.subscription_list(found, hears=self.money.hears(ask.workspace.id))

    async def _form(self, ask: Ask, channel: str) -> Answer:
        find = partial(subscriptions.of_channel, workspace_id=ask.workspace.id, channel=channel)
        known = await self.ordering.database.read(find)
        filled = known or Subscription(
            channel, ask.actor.user_id, frozenset({Group.PAYMENTS}), mode=self.money.mode
        )
        view = blocks.notify_form(GROUPS, filled, shared=self.ordering.offers_shared)
        return Answer(then=partial(self.ordering.show, ask, view))

    async def submitted(self, ask: Ask) -> Answer:
        """Save."""
        asked = read_typed(ask.typed, ask.actor.user_id)
        message = await self._subscribe(ask, asked)
        return Answer(then=partial(self.ordering.whisper, ask, message))

    async def change(self, ask: Ask) -> Answer:
        """Change, beside a channel."""
        return await self._form(ask, ask.value)

    async def off(self, ask: Ask) -> Answer:
        """Stop, beside a channel."""
        message = await self._off(ask, ask.value)
        return Answer(then=partial(self.ordering.whisper, ask, message))


def read_quick(typed: str, channel: str, by: str, mode: str) -> Subscription:
    """What is typed behind the command, in lower case: groups, then an amount, a currency, a mode.

    Pure. Raises BotError with what there is, for a word that is none of them.
    """
    groups: set[str] = set()
    minimum, currency = None, None
    for word in typed.replace(",", " ").split():
        if word in GROUPS:
            groups.add(word)
        elif word == "all":
            groups |= set(GROUPS)
        elif word in blocks.MODES:
            mode = word
        elif currency_of(word):
            currency = currency_of(word)
        elif (amount := _millionths(word)) is not None:
            minimum = amount
        elif word not in _FILLING:
            raise BotError(
                f"“{word[:40]}” is nothing that a channel can be told of. There are"
                f" {', '.join(GROUPS)}; besides an amount, a currency, and live, test or both."
            )
    if not groups:
        raise BotError(f"Say what the channel is told of: {', '.join(GROUPS)}.")
    return Subscription(channel, by, frozenset(groups), minimum, currency, mode)


def read_typed(typed: Mapping[str, str], by: str) -> Subscription:
    """What the modal holds; InputError carries every field's fault at once. Pure."""
    groups = frozenset(typed.get("groups", "").split()) & set(GROUPS)
    amount, code = typed.get("minimum", "").strip(), typed.get("currency", "").strip()
    mode, channel = typed.get("mode", ""), typed.get("channel", "")
    faults = {}
    if not channel:
        faults["channel"] = "Choose a channel."
    if not groups:
        faults["groups"] = "Choose at least one. `/toingg-notify off` ends it for a channel."
    if amount and _millionths(amount) is None:
        faults["minimum"] = "Enter an amount in figures, as 50 or 12.50."
    if code and not currency_of(code):
        faults["currency"] = "Enter a currency's three letters, as USD or EUR."
    if mode not in blocks.MODES:
        faults["mode"] = "Choose live, test or both."
    if faults:
        raise InputError(faults)
    minimum = _millionths(amount) if amount else None
    return Subscription(channel, by, groups, minimum or None, currency_of(code) or None, mode)


def _millionths(typed: str) -> int | None:
    """An amount in millionths; None for what is none."""
    if not typed.isascii():
        return None
    try:
        amount = Decimal(typed)
    except InvalidOperation:
        return None
    if not (amount.is_finite() and 0 <= amount <= _LARGEST):
        return None
    return int(amount * 1_000_000)


def register(routes: Routes, flow: NotifyFlow) -> None:
    """The command, its modal, and the buttons beside each channel."""
    routes.command(FLOW, Deed.SUBSCRIBE, flow.command)
    routes.add(Kind.SUBMISSION, "notify.form", Deed.SUBSCRIBE, flow.submitted)
    routes.add(Kind.CLICK, "notify.change", Deed.SUBSCRIBE, flow.change)
    routes.add(Kind.CLICK, "notify.off", Deed.SUBSCRIBE, flow.off)
