"""The control: stock Bolt as its documentation sets it up for many workspaces.

Its installations are in SQLAlchemy's store, its listeners ack: one answers, one writes a row before
that, one writes a row, then phones and posts as the bot does after its ack.
"""

import asyncio
import contextlib
import sys
from datetime import UTC, datetime
from typing import Any

import aiohttp
import uvicorn
from slack_bolt.adapter.asgi.async_handler import AsyncSlackRequestHandler
from slack_bolt.app.async_app import AsyncApp
from slack_bolt.oauth.async_oauth_settings import AsyncOAuthSettings
from slack_sdk.oauth.installation_store import Installation
from slack_sdk.oauth.installation_store.sqlalchemy import AsyncSQLAlchemyInstallationStore
from slack_sdk.oauth.state_store.sqlalchemy import AsyncSQLAlchemyOAuthStateStore
from slack_sdk.web.async_client import AsyncWebClient
from sqlalchemy import Column, MetaData, String, Table, event, insert
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

CLIENT = "1234.5678"
ROWS = Table(
    "rows",
    MetaData(),
    *(Column("trigger_id", String, primary_key=True), Column("team", String)),
    *(Column("user", String), Column("text", String)),
)


def open_engine(path: str) -> AsyncEngine:
    """SQLite as the bot has it: a row that was acked is on the disk."""
    engine = create_async_engine(f"sqlite+aiosqlite:///{path}")

    def durable(connection: Any, _record: Any) -> None:
        for pragma in ("journal_mode=WAL", "synchronous=FULL"):
            connection.execute(f"PRAGMA {pragma}").close()

    event.listen(engine.sync_engine, "connect", durable)
    return engine


async def install(store: AsyncSQLAlchemyInstallationStore, teams: list[str]) -> None:
    """The bot alone in each team, as after an installation without user scopes."""
    for team in teams:
        await store.async_save(
            Installation(
                app_id="A0BENCH",
                team_id=team,
                user_id="U0BENCH",
                bot_token=f"xoxb-{team}",
                bot_id="B0BOT",
                bot_user_id="U0BOT",
                bot_scopes="commands,chat:write",
                installed_at=datetime.now(UTC).timestamp(),
            )
        )


def build(
    peer: str, secret: str, engine: AsyncEngine, store: AsyncSQLAlchemyInstallationStore
) -> AsyncApp:
    """The app."""
    app = AsyncApp(
        signing_secret=secret,
        client=AsyncWebClient(base_url=f"{peer}/api/"),
        oauth_settings=AsyncOAuthSettings(
            client_id=CLIENT,
            client_secret="client-test-secret",
            scopes=["commands", "chat:write"],
            installation_store=store,
            state_store=AsyncSQLAlchemyOAuthStateStore(600, engine),
        ),
    )
    session: list[aiohttp.ClientSession] = []

    async def write(body: dict[str, Any]) -> None:
        async with engine.begin() as connection:
            row = {"team": body["team_id"], "user": body["user_id"], "text": body["text"]}
            await connection.execute(insert(ROWS).values(trigger_id=body["trigger_id"], **row))

    @app.command("/toingg-optout")
    async def kept(ack: Any, body: dict[str, Any]) -> None:
        await write(body)
        await ack("Written down")

    @app.command("/toingg-call")
    async def call(ack: Any, body: dict[str, Any], client: AsyncWebClient) -> None:
        if body["text"] == "help":
            await ack("What Toingg can do here")
            return
        await write(body)
        await ack("Calling")
        if not session:
            session.append(aiohttp.ClientSession())
        phone = body["text"].partition(" |")[0]
        async with session[0].post(
            f"{peer}/toingg/make_toingg/", json={"phoneNumber": phone}
        ) as reply:
            await reply.read()
        await client.chat_postMessage(channel=body["channel_id"], text="Call")

    return app


def main(port: int, secret: str, peer: str, path: str, teams: int) -> None:
    """Serves until it is ended."""
    engine = open_engine(path)
    store = AsyncSQLAlchemyInstallationStore(CLIENT, engine)
    app = build(peer, secret, engine, store)

    async def ready() -> None:
        async with engine.begin() as connection:
            await connection.run_sync(store.metadata.create_all)
            await connection.run_sync(ROWS.metadata.create_all)
            states = AsyncSQLAlchemyOAuthStateStore(600, engine)
            await connection.run_sync(states.metadata.create_all)
        await install(store, [f"T{team:04d}" for team in range(teams)])
        await engine.dispose()

    asyncio.run(ready())
    handler = AsyncSlackRequestHandler(app, path="/slack/events")
    with contextlib.suppress(KeyboardInterrupt):
        uvicorn.run(handler, port=port, loop="uvloop", http="httptools", log_level="warning")


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2], sys.argv[3], sys.argv[4], int(sys.argv[5]))
