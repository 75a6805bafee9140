"""What both generations do with a request before and around its effect."""

import hmac

from fastapi import HTTPException, Request

from bot.sandbox.toingg.book import SandboxCall, SandboxText, WireRequest
from bot.sandbox.toingg.exchange import Exchange, NoCredit, Order


def same(given: str, true: str) -> bool:
    """Whether a key is the true one."""
    return hmac.compare_digest(given.encode(), true.encode())


def _wire_request(request: Request) -> WireRequest:
    record: WireRequest = request.state.wire_request
    return record


def dial(exchange: Exchange, orders: list[Order], request: Request) -> list[SandboxCall]:
    """Makes these calls; 402 (our assumption) where the balance is too low, and then none."""
    try:
        return exchange.dial(orders, _wire_request(request))
    except NoCredit:
        raise HTTPException(402, "Insufficient balance") from None


def text(exchange: Exchange, phone: str, name: str, message: str, request: Request) -> SandboxText:
    """Sends a text; 402 (our assumption) where the balance is too low."""
    try:
        return exchange.text(phone, name, message, _wire_request(request))
    except NoCredit:
        raise HTTPException(402, "Insufficient balance") from None
