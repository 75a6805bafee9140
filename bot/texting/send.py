"""One row → one text: the only way to send.

That it is sent at most once is the ledger's doing, as with calls: the intent is committed before,
and what nobody answered is uncertain until a person decides.
"""

from dataclasses import dataclass

from bot.toingg.client import Sent, ToinggAccount


@dataclass(frozen=True)
class Text:
    """What Toingg is asked to send; `phone` in E.164, `message` with nothing left to fill in."""

    name: str
    phone: str
    message: str


async def send(account: ToinggAccount, what: Text) -> Sent:
    """Sends it. Raises ToinggError."""
    return await account.send_sms(name=what.name, phone=what.phone, message=what.message)
