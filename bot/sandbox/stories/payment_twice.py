"""A checkout link is paid; Stripe tells it twice and out of order, and people are told once."""

from bot.sandbox.stories.telling import Telling

WHO = "olivia"
_CARD = "Top up Toingg"
_FACT = "TEST"


async def play(telling: Telling) -> None:
    """Subscribed, asked for, paid, told once."""
    hands, stripe = telling.hands, telling.stripe
    telling.step("1. Olivia wants #sales to be told of payments")
    await hands.command("/toingg-notify", "payments")
    await telling.whispered("payments")

    telling.step("2. She asks for a checkout link; its card leads to Stripe's page")
    await hands.command("/toingg-checkout")
    await telling.whispered("Asking Toingg for a checkout link")
    await telling.card(_CARD, "Pay on Stripe's own page")

    telling.step("3. She pays there; Stripe tells everything twice, and out of order")
    stripe.delivery(copies=2, out_of_order=True)
    await hands.pay(_CARD)

    telling.step("4. The card turns into what was paid, and the channel is told once")
    await telling.card(_CARD, "Paid 20.00 USD by")
    await telling.card(_FACT, "Paid")
    await telling.all_taken()
    stripe.delivery()
    await telling.once(_CARD)
    await telling.once(_FACT)
