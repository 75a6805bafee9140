"""The control: bare Bolt, one listener that acks, its own ASGI adapter, uvicorn at its fastest."""

import sys
from typing import Any

import uvicorn
from slack_bolt.adapter.asgi.async_handler import AsyncSlackRequestHandler
from slack_bolt.app.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult


async def authorize(**_: Any) -> AuthorizeResult:
    """Nobody is asked."""
    return AuthorizeResult(enterprise_id=None, team_id="T0BENCH", bot_token="xoxb-test")


def main(port: int, secret: str) -> None:
    """Serves until it is ended."""
    app = AsyncApp(signing_secret=secret, authorize=authorize)

    @app.command("/toingg-call")
    async def call(ack: Any) -> None:
        await ack()

    handler = AsyncSlackRequestHandler(app, path="/slack/events")
    uvicorn.run(handler, port=port, loop="uvloop", http="httptools", log_level="warning")


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2])
