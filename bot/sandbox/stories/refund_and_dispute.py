"""A payment is refunded in part, then disputed: all of it in one message and its thread."""

from bot.sandbox.stories.telling import Telling

WHO = "olivia"
_CARD = "Top up Toingg"
_FACT = "TEST"


async def play(telling: Telling) -> None:
    """Paid, refunded in part, disputed, won."""
    hands, stripe = telling.hands, telling.stripe
    telling.step("1. Olivia wants #sales to be told of payments, refunds and disputes")
    await hands.command("/toingg-notify", "payments refunds disputes")
    await telling.whispered("refunds")

    telling.step("2. She asks for a link, and pays")
    await hands.command("/toingg-checkout")
    await telling.card(_CARD, "Pay on Stripe's own page")
    await hands.pay(_CARD)
    await telling.card(_CARD, "Paid 20.00 USD by")
    await telling.card(_FACT, "Paid")
    session_id = stripe.sessions[-1].id

    telling.step("3. Five dollars are given back: the same message says so")
    stripe.refund(session_id, 500)
    await telling.card(_FACT, "Partly refunded")

    telling.step("4. The payer disputes the rest: the evidence's due date is told")
    stripe.dispute(session_id)
    await telling.card(_FACT, "Disputed")
    await telling.told(_FACT, "evidence is due")

    telling.step("5. The dispute is won")
    stripe.close_dispute(session_id, won=True)
    await telling.told(_FACT, "The dispute is won")
    await telling.all_taken()
