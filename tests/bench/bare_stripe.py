"""The control of the webhook's benchmark: a bare Starlette handler that calls `construct_event`."""

import sys

import stripe
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

SECRET = sys.argv[2]


async def webhook(request: Request) -> Response:
    """Checks an event, and does nothing with it."""
    raw = await request.body()
    try:
        stripe.Webhook.construct_event(raw, request.headers["stripe-signature"], SECRET)
    except (KeyError, ValueError, stripe.SignatureVerificationError):
        return Response(status_code=400)
    return Response(status_code=200)


if __name__ == "__main__":
    app = Starlette(routes=[Route("/stripe/webhook", webhook, methods=["POST"])])
    uvicorn.run(app, host="127.0.0.1", port=int(sys.argv[1]), log_level="error", access_log=False)
