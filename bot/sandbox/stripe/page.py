"""The checkout page on this machine: where a session's address leads."""

from importlib.resources import files
from urllib.parse import urlsplit

import jinja2
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, RedirectResponse, Response

from bot.sandbox.stripe.book import Book, Thing
from bot.sandbox.stripe.money import digits
from bot.sandbox.stripe.payments import Payments
from bot.sandbox.stripe.refusals import Refused
from bot.sandbox.stripe.shapes.payment import Payer

DECLINE = "generic_decline"
_HEADERS = {
    "Cache-Control": "no-store",
    # Nothing is fetched, framed or sent anywhere but to this page; its style is its own.
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; img-src data:; form-action 'self'; "
        "base-uri 'none'; frame-ancestors 'none'"
    ),
    "Cross-Origin-Opener-Policy": "same-origin",
    # With `no-referrer` a browser's own POST would say `Origin: null`; links carry `noreferrer`.
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
}
_PARTS = files(__package__)
_TEMPLATE = jinja2.Environment(
    autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True
).from_string(_PARTS.joinpath("checkout.html").read_text())
_STYLE = _PARTS.joinpath("checkout.css").read_text()


class CheckoutPage:
    """`GET /c/pay/{id}` shows a session; its buttons post `choice` to the same address.

    Only from this page itself: a POST with another site's `Origin` is refused.
    """

    def __init__(self, book: Book, payments: Payments) -> None:
        self._book = book
        self._payments = payments

    async def show(self, request: Request) -> Response:
        """The page as the session stands; 404 for an unknown session."""
        return self._page(request, went_back=request.query_params.get("back") == "1")

    async def choose(self, request: Request) -> Response:
        """Pay, Decline or Back; then the page again, by a GET."""
        if not _own(request):
            return PlainTextResponse("Not from this page", 403)
        session_id = request.path_params["session_id"]
        choice = (await request.form()).get("choice")
        try:
            match choice:
                case "pay":
                    self._payments.pay(session_id, Payer())
                case "decline":
                    self._payments.fail(session_id, DECLINE, Payer())
                case "back":
                    return RedirectResponse(f"{request.url.path}?back=1", 303)
                case _:
                    return PlainTextResponse("Unknown choice", 400)
        except Refused as refused:
            # Already paid or expired, in another tab: the page says so.
            return self._page(request, status=refused.status)
        return RedirectResponse(request.url.path, 303)

    async def style(self, _: Request) -> Response:
        """The page's style sheet."""
        return Response(_STYLE, headers=_HEADERS, media_type="text/css")

    def _page(self, request: Request, *, went_back: bool = False, status: int = 200) -> Response:
        with self._book.changed:
            session = self._book.things.get(request.path_params["session_id"])
            if session is None or session["object"] != "checkout.session":
                return PlainTextResponse("No such checkout session", 404)
            content = _TEMPLATE.render(self._told(session), went_back=went_back)
        return HTMLResponse(content, status, _HEADERS)

    def _told(self, session: Thing) -> Thing:
        intent = self._book.things.get(session["payment_intent"] or "", {})
        error = intent.get("last_payment_error") or {}
        success = (session["success_url"] or "").replace("{CHECKOUT_SESSION_ID}", session["id"])
        return {
            "amount": digits(session["amount_total"], session["currency"]),
            "cancel_url": session["cancel_url"],
            "currency": session["currency"].upper(),
            "decline": error.get("message"),
            "email": session["customer_email"],
            "name": session["_order"].name,
            "payment_status": session["payment_status"],
            "quantity": session["_order"].quantity,
            "session_id": session["id"],
            "status": session["status"],
            "success_url": success,
        }


def _own(request: Request) -> bool:
    """Whether a browser says that the request comes from this origin, or says nothing of it."""
    origin = request.headers.get("origin")
    return origin is None or urlsplit(origin).netloc == request.headers.get("host")
