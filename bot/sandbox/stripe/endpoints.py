"""The API's endpoints (docs.stripe.com/api): each gives an object in the newest shape."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

from bot.sandbox.stripe import lists
from bot.sandbox.stripe.book import Book, Thing
from bot.sandbox.stripe.form import Params
from bot.sandbox.stripe.payments import Payments
from bot.sandbox.stripe.refusals import Refused, missing, no_such
from bot.sandbox.stripe.reversals import Reversals
from bot.sandbox.stripe.shapes.checkout import DAY, Order

RETENTION = 30 * DAY
"""The Events API keeps 30 days (docs.stripe.com/api/events)."""
ACCOUNT_ID = "acct_1SandboxToingg00"
HALF_AN_HOUR = 1800
_REASONS = ("duplicate", "fraudulent", "requested_by_customer")
_HOSTED = ("hosted", "hosted_page")


@dataclass(frozen=True)
class Ask:
    """One request: the ids in its path, and its parameters."""

    ids: tuple[str, ...]
    params: Params


Endpoint = Callable[[Ask], Thing]


class Endpoints:
    """Raise Refused. `customer` ids are taken as they are: the sandbox keeps no customers."""

    def __init__(self, book: Book, payments: Payments, reversals: Reversals) -> None:
        self._book = book
        self._payments = payments
        self._reversals = reversals

    def table(self) -> list[tuple[str, str, Endpoint]]:
        """Method, path and endpoint; `*` stands for an id."""
        return [
            ("POST", "/v1/checkout/sessions", self.open_session),
            ("GET", "/v1/checkout/sessions", self.sessions),
            ("GET", "/v1/checkout/sessions/*", self.session),
            ("POST", "/v1/checkout/sessions/*/expire", self.expire_session),
            ("GET", "/v1/events", self.events),
            ("GET", "/v1/events/*", self.event),
            ("GET", "/v1/payment_intents/*", self.payment_intent),
            ("GET", "/v1/charges/*", self.charge),
            ("POST", "/v1/refunds", self.refund),
            ("GET", "/v1/account", self.account),
            ("GET", "/v1/balance", self.balance),
        ]

    def open_session(self, ask: Ask) -> Thing:
        """Payment mode on the hosted page; what else Stripe can do is an unknown parameter here."""
        params = ask.params
        if (mode := params.one_of("mode", ("payment", "setup", "subscription"))) is None:
            raise missing("mode")
        if mode != "payment":
            raise Refused(f"The sandbox has no mode `{mode}`", param="mode")
        if params.one_of(
            "ui_mode", (*_HOSTED, "custom", "elements", "embedded", "embedded_page")
        ) not in (None, *_HOSTED):
            raise Refused("The sandbox has the hosted page only", param="ui_mode")
        intent = params.within("payment_intent_data")
        order = self._priced(params)(
            success_url=params.address("success_url"),
            cancel_url=params.address("cancel_url"),
            customer=params.text("customer"),
            customer_email=params.text("customer_email"),
            client_reference_id=params.text("client_reference_id"),
            metadata=params.metadata(),
            intent_metadata=intent.metadata(),
            description=intent.text("description"),
            expires_at=self._expiry(params.integer("expires_at")),
            locale=params.text("locale"),
            submit_type=params.one_of(
                "submit_type", ("auto", "book", "donate", "pay", "subscribe")
            ),
        )
        if params.words("payment_method_types") not in ([], ["card"]):
            raise Refused("The sandbox takes cards only", param="payment_method_types[0]")
        intent.done()
        params.done()
        return self._payments.open(order)

    def _priced(self, params: Params) -> Callable[..., Order]:
        rows = params.rows("line_items")
        if not rows:
            raise missing("line_items")
        if len(rows) > 1:
            raise Refused("The sandbox sells one line item at a time", param="line_items[1]")
        (row,) = rows
        if (price := row.text("price")) is not None:
            raise no_such("price", price, "line_items[0][price]", status=400)
        data = row.within("price_data")
        product = data.within("product_data")
        currency, name = data.currency("currency"), product.needed("name")
        amount, quantity = data.integer("unit_amount"), row.integer("quantity", 1)
        if amount is None:
            raise missing("line_items[0][price_data][unit_amount]")
        if quantity is None:
            raise missing("line_items[0][quantity]")
        for part in (product, data, row):
            part.done()

        def order(**more: object) -> Order:
            return Order(amount, currency, name, quantity, **more)  # type: ignore[arg-type]

        return order

    def _expiry(self, given: int | None) -> int | None:
        if given is None:
            return None
        ahead = given - self._book.now()
        if not HALF_AN_HOUR <= ahead <= DAY:
            words = "The `expires_at` timestamp must be from 30 minutes to 24 hours ahead."
            raise Refused(words, param="expires_at")
        return given

    def sessions(self, ask: Ask) -> Thing:
        """Newest first, by `status`, `payment_intent`, `customer`, `created`."""
        params = ask.params
        made = lists.created(params)
        filters = {name: params.text(name) for name in ("status", "payment_intent", "customer")}
        asked = {name: value for name, value in filters.items() if value is not None}

        def wanted(thing: Thing) -> bool:
            return made(thing) and all(thing[name] == value for name, value in asked.items())

        things = self._book.all("checkout.session")
        listed = lists.page(params, things, wanted, "/v1/checkout/sessions", "checkout.session")
        params.done()
        return listed

    def session(self, ask: Ask) -> Thing:
        """One session."""
        ask.params.done()
        return self._book.get("checkout.session", ask.ids[0], "session")

    def expire_session(self, ask: Ask) -> Thing:
        """Ends an open session."""
        ask.params.done()
        return self._payments.expire(ask.ids[0])

    def events(self, ask: Ask) -> Thing:
        """Newest first, of the last 30 days, by `type`, `types`, `created`, `delivery_success`.

        `delivery_success=false` lists what is still pending or has failed all tries; what was to be
        told to nobody counts as delivered.
        """
        params = ask.params
        made = lists.created(params)
        types = self._types(params)
        delivered = params.flag("delivery_success")
        oldest = self._book.now() - RETENTION
        known = list(self._book.announced.values())
        things = [it.content() for it in known if it.created >= oldest]
        failing = {it.id for it in known if it.state in ("pending", "missed")}

        def wanted(event: Thing) -> bool:
            return (
                made(event)
                and (types is None or any(_named(event["type"], name) for name in types))
                and (delivered is None or delivered is (event["id"] not in failing))
            )

        listed = lists.page(params, things, wanted, "/v1/events", "event")
        params.done()
        return listed

    def _types(self, params: Params) -> list[str] | None:
        one, many = params.text("type"), params.words("types")
        if one is not None and many:
            raise Refused("You may pass either `type` or `types`, but not both", param="type")
        if len(many) > 20:
            raise Refused("At most 20 types may be given", param="types")
        return [one] if one is not None else many or None

    def event(self, ask: Ask) -> Thing:
        """One event of the last 30 days."""
        ask.params.done()
        announced = self._book.announced.get(ask.ids[0])
        if announced is None or announced.created < self._book.now() - RETENTION:
            raise no_such("event", ask.ids[0])
        return announced.content()

    def payment_intent(self, ask: Ask) -> Thing:
        """One payment intent."""
        ask.params.done()
        return self._book.get("payment_intent", ask.ids[0], "intent")

    def charge(self, ask: Ask) -> Thing:
        """One charge."""
        ask.params.done()
        return self._book.get("charge", ask.ids[0])

    def refund(self, ask: Ask) -> Thing:
        """Pays back a charge, or a payment intent's, all of it or `amount`."""
        params = ask.params
        charge, intent = params.text("charge"), params.text("payment_intent")
        if (charge is None) == (intent is None):
            words = "One of the following params should be provided for this request: "
            raise Refused(words + "payment_intent or charge.")
        amount, metadata = params.integer("amount", 1), params.metadata()
        reason = params.one_of("reason", _REASONS)
        params.done()
        if charge is not None:
            self._book.get("charge", charge, "charge", status=404)
        if intent is not None:
            self._book.get("payment_intent", intent, "payment_intent", status=404)
        given = charge or intent or ""
        return self._reversals.refund(given, amount, reason=reason, metadata=metadata)

    def account(self, ask: Ask) -> Thing:
        """The account that the key belongs to."""
        ask.params.done()
        return {
            "id": ACCOUNT_ID,
            "object": "account",
            "business_profile": {"name": "Toingg (sandbox)", "url": None},
            "business_type": "company",
            "capabilities": {"card_payments": "active", "transfers": "active"},
            "charges_enabled": True,
            "country": "US",
            "default_currency": "usd",
            "details_submitted": True,
            "email": "payments@example.com",
            "metadata": {},
            "payouts_enabled": True,
            "settings": {
                "dashboard": {"display_name": "Toingg (sandbox)", "timezone": "Etc/UTC"},
            },
            "type": "standard",
        }

    def balance(self, ask: Ask) -> Thing:
        """What was paid, less refunds, lost or open disputes and payouts; available at once."""
        ask.params.done()
        total: Counter[str] = Counter(usd=0)
        for charge in self._book.all("charge"):
            if charge["paid"]:
                total[charge["currency"]] += charge["amount"] - charge["amount_refunded"]
        for dispute in self._book.all("dispute"):
            for moved in dispute["balance_transactions"]:
                total[moved["currency"]] += moved["amount"]
        for payout in self._book.all("payout"):
            if payout["status"] == "paid":
                total[payout["currency"]] -= payout["amount"]
        available = [
            {"amount": amount, "currency": currency, "source_types": {"card": amount}}
            for currency, amount in total.items()
        ]
        pending = [entry | {"amount": 0, "source_types": {"card": 0}} for entry in available]
        return {
            "object": "balance",
            "available": available,
            "livemode": False,
            "pending": pending,
        }


def _named(kind: str, name: str) -> bool:
    """Whether a type is the one that is named; `charge.*` names all that begin so."""
    return kind.startswith(name[:-1]) if name.endswith(".*") else kind == name
