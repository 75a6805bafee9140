"""A checkout session as others see it."""

from bot.sandbox.stripe.book import Book, CheckoutSession, Thing


def seen(book: Book, session: Thing) -> CheckoutSession:
    """A session as it stands now; under the book's lock."""
    details = session["customer_details"] or {}
    intent = book.things.get(session["payment_intent"] or "", {})
    charge = book.things.get(intent.get("latest_charge") or "", {})
    disputes = [it for it in book.all("dispute") if it["charge"] == charge.get("id")]
    return CheckoutSession(
        id=session["id"],
        url=book.page_of(session["id"]),
        amount_total=session["amount_total"],
        currency=session["currency"],
        status=session["status"],
        payment_status=session["payment_status"],
        payment_intent=session["payment_intent"],
        customer_email=details.get("email") or session["customer_email"],
        customer_name=details.get("name"),
        metadata=dict(session["metadata"]),
        client_reference_id=session["client_reference_id"],
        created=session["created"],
        expires_at=session["expires_at"],
        amount_refunded=charge.get("amount_refunded", 0),
        dispute_status=disputes[-1]["status"] if disputes else None,
    )
