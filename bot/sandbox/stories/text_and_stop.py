"""One text: measured while it is typed, sent, delivered; then its receiver says STOP."""

from bot.sandbox.stories.orders import JOHN
from bot.sandbox.stories.telling import Telling

CARD = JOHN.card.replace("Call", "Text")
MODAL = "Text Somebody"
TYPED = "It\N{RIGHT SINGLE QUOTATION MARK}s on \N{EN DASH} see you at ten\N{HORIZONTAL ELLIPSIS}"
PLAIN = "It's on - see you at ten..."
BODY = {"name": JOHN.name, "phoneNumber": JOHN.phone, "message": PLAIN}


async def play(telling: Telling) -> None:
    """Typed, made cheaper, sent, delivered, stopped; nothing reaches the number after that."""
    hands = telling.hands
    telling.step("1. Carl types a command, and a modal opens")
    await hands.command("/toingg-sms")
    await telling.modal(MODAL)

    telling.step("2. While he types, the meter says how long the text is, and why")
    await hands.fill({"Name": JOHN.name, "Phone number": JOHN.written, "Message": TYPED})
    await telling.modal_says("UCS-2")
    await telling.modal_says("because of")

    telling.step("3. One click replaces what makes it long")
    await hands.press("Use Plain Characters")
    await telling.modal_says("GSM-7")

    telling.step("4. He sends it; Toingg takes it, and reports that it arrived")
    await hands.submit("Send")
    await telling.no_modal()
    await telling.whispered("Texting John Doe")
    await telling.texted(BODY, 200)
    await telling.card(CARD, "Delivered", has=("Send Another", "Opt Out"))
    await telling.told(CARD, "Delivered")

    telling.step("5. John answers STOP")
    await hands.reply(JOHN.phone, "STOP")
    await telling.told(CARD, "They answered STOP")

    telling.step("6. Nobody can text him any more")
    await hands.command("/toingg-sms", f"{JOHN.written} | {JOHN.name} | One more thing")
    await telling.whispered("asked not to be contacted")
    texts = len(telling.texts(JOHN.phone))
    await telling.expect(f"1 text to {JOHN.phone}, not {texts}", holds=texts == 1)
