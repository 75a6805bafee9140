"""/toingg checkout: a link to Stripe's page, where Toingg's balance is topped up."""

from dataclasses import dataclass
from functools import partial

from bot.access import Deed
from bot.errors import OutOfDate
from bot.payments.money import amount_of
from bot.payments.till import Till
from bot.slack.blocks import checkout_card as blocks
from bot.slack.blocks.parts import Block, Message
from bot.slack.routes import Answer, Ask, Flow, Kind, Routes
from storage import checkouts
from storage.checkouts import Checkout, NewCheckout, State

FLOW = Flow(
    word="checkout",
    summary="Top up Toingg by a checkout link",
    usage="[list]",
    examples=("/toingg-checkout", "/toingg-checkout list"),
)


@dataclass(frozen=True)
class CheckoutFlow:
    """The command, and what its card's buttons do."""

    till: Till

    async def command(self, ask: Ask) -> Answer:
        """A link, whose card goes where it was asked for; an open one is given again."""
        if ask.text.strip().lower() == "list":
            return await self._list(ask)
        new = NewCheckout(ask.workspace.id, ask.key, ask.actor.user_id, ask.channel)
        asked = await self.till.checkouts.ask(new)
        if asked.checkout is None or asked.is_new:
            return Answer(blocks.asking())
        return Answer(self._open_already(ask, asked.checkout))

    async def _list(self, ask: Ask) -> Answer:
        find = partial(checkouts.recent, workspace_id=ask.workspace.id)
        recent = await self.till.lists.calling.database.read(find)
        shown = [(each, _card_url(ask, each)) for each in recent]
        return Answer(blocks.listed(shown, self.till.written(ask.workspace.id)))

    async def opened(self, _ask: Ask) -> Answer:
        """The link was clicked: Slack opens it, and only tells."""
        return Answer()

    async def again(self, ask: Ask) -> Answer:
        """Ask Again, where Toingg made no link; its double changes nothing."""
        checkout, is_current = await self._find(ask)
        if not is_current and checkout.state is State.ASKING:
            return Answer()
        await self.till.checkouts.again(self._current(checkout, is_current))
        return Answer()

    async def anew(self, ask: Ask) -> Answer:
        """New Link, where one expired or its payment bounced: a card of its own beside it."""
        old = self._current(*await self._find(ask))
        new = NewCheckout(
            ask.workspace.id,
            ask.key,
            ask.actor.user_id,
            old.asked_in,
            thread_ts=old.thread_ts,
            campaign_id=old.campaign_id,
        )
        asked = await self.till.checkouts.ask(new)
        if asked.checkout is None or asked.is_new:
            return Answer()
        message = self._open_already(ask, asked.checkout)
        return Answer(then=partial(self._whisper, ask, message))

    def _open_already(self, ask: Ask, checkout: Checkout) -> Message:
        written, card_url = self.till.written(ask.workspace.id), _card_url(ask, checkout)
        return blocks.open_already(checkout, written, card_url=card_url)

    async def vouch(self, ask: Ask) -> Answer:
        """I Paid: Resume: asks how much."""
        checkout = self._current(*await self._find(ask))
        if checkout.watched:
            raise OutOfDate
        currency = self.till.money(ask.workspace.id).currency
        known = checkout.amount is not None and checkout.currency == currency
        amount = str(amount_of(checkout.amount or 0, currency)) if known else ""
        view = blocks.vouch_form(currency, amount, metadata=blocks.value_of(checkout))
        return Answer(then=partial(self._show, ask, view))

    async def vouched(self, ask: Ask) -> Answer:
        """So much was paid, on this person's word; its double changes nothing."""
        checkout, is_current = await self._find(ask, on_card=False)
        if checkout.confirmed_by == ask.actor.user_id:
            return Answer()
        checkout = self._current(checkout, is_current)
        await self.till.crediting.vouch(checkout, ask.actor.user_id, ask.typed.get("amount", ""))
        self.till.cards.wake()
        return Answer()

    async def _show(self, ask: Ask, view: Block) -> None:
        api = self.till.lists.calling.directory.api(ask.workspace.id)
        await api.call("views.open", trigger_id=ask.trigger_id, view=view)

    async def _whisper(self, ask: Ask, message: Message) -> None:
        api = self.till.lists.calling.directory.api(ask.workspace.id)
        await api.respond(ask.response_url, message)

    async def _find(self, ask: Ask, *, on_card: bool = True) -> tuple[Checkout, bool]:
        """The checkout that a button's value or a modal's metadata names, in this workspace; and
        whether it still stands as it was drawn there. Raises OutOfDate.
        """
        checkout_id, _, version = (ask.metadata or ask.value).partition(".")
        find = partial(checkouts.get, workspace_id=ask.workspace.id, checkout_id=checkout_id)
        checkout = await self.till.lists.calling.database.read(find)
        here = checkout and (checkout.channel, checkout.card_ts)
        if checkout is None or (on_card and here != (ask.channel, ask.message_ts)):
            raise OutOfDate
        return checkout, version == str(checkout.version)

    def _current(self, checkout: Checkout, is_current: bool) -> Checkout:  # noqa: FBT001 - a pair
        if not is_current:
            self.till.cards.wake()
            raise OutOfDate
        return checkout


def _card_url(ask: Ask, checkout: Checkout) -> str | None:
    """Where its card stands; None where it stands nowhere yet."""
    if checkout.card_ts is None:
        return None
    place = f"{checkout.channel}/p{checkout.card_ts.replace('.', '')}"
    return f"{ask.workspace.at.url.rstrip('/')}/archives/{place}"


def register(routes: Routes, flow: CheckoutFlow) -> None:
    """The command, and its card's buttons."""
    routes.command(FLOW, Deed.CHECK_OUT, flow.command)
    routes.add(Kind.CLICK, "checkout.open", Deed.READ_HELP, flow.opened)  # Slack only tells of it
    routes.add(Kind.CLICK, "checkout.again", Deed.CHECK_OUT, flow.again)
    routes.add(Kind.CLICK, "checkout.anew", Deed.CHECK_OUT, flow.anew)
    routes.add(Kind.CLICK, "checkout.vouch", Deed.VOUCH, flow.vouch)
    routes.add(Kind.SUBMISSION, blocks.VOUCH_FORM, Deed.VOUCH, flow.vouched)
