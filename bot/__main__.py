"""The command line."""

import asyncio
import contextlib
import gc
import signal
import sys
from collections.abc import Callable, Coroutine, Iterator
from pathlib import Path
from typing import Annotated, Any

import typer
import uvicorn
from cryptography.fernet import Fernet

from bot import audit as audit_
from bot import doctor as doctor_
from bot import replay as replay_
from bot import rotate_keys as rotate_keys_
from bot.app import open_database, running
from bot.errors import SettingsError
from bot.logs import set_up
from bot.settings import Settings, read_settings

cli = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    help="Toingg for Slack: phone and text people from Slack.",
)


audit = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help="The audit log.")
cli.add_typer(audit, name="audit")

_SWITCH = 0.0005
"""Seconds after which the database's thread lets the loop go on; Python's own are 0.005."""


_ALONE = (
    "DATABASE_URL is empty: a worker shares the work of others, and SQLite is one process's. Set"
    " the PostgreSQL that `serve` has."
)


class _Server(uvicorn.Server):
    """uvicorn's server without its own handling of signals, which ends the process itself."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """SIGTERM and SIGINT end the serving; what has to be done after that still is."""
        loop = asyncio.get_running_loop()
        for each in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(each, self._stop)
        yield

    def _stop(self) -> None:
        self.should_exit = True


async def _serve(settings: Settings) -> None:
    async with running(settings) as bot:
        gc.collect()
        gc.freeze()  # what is there now stays: looking through it again would hold answers up
        config = uvicorn.Config(
            bot.asgi,
            host=settings.host,
            port=settings.port,
            lifespan="off",
            log_config=None,
            access_log=False,
            server_header=False,
            timeout_graceful_shutdown=5,
        )
        await _Server(config).serve()


def _run(settings: Settings, program: Callable[[Settings], Coroutine[Any, Any, None]]) -> None:
    """The program on the quickest loop there is."""
    set_up(settings.log_level)
    sys.setswitchinterval(_SWITCH)
    loop_factory = uvicorn.Config(app="", log_config=None).get_loop_factory()
    with asyncio.Runner(loop_factory=loop_factory) as runner:
        runner.run(program(settings))


@contextlib.contextmanager
def _faults_told() -> Iterator[None]:
    """Every fault of the settings, a line each, and exit status 2."""
    try:
        yield
    except SettingsError as error:
        for fault in error.faults:
            typer.echo(fault, err=True)
        sys.exit(2)


@cli.command()
def serve() -> None:
    """Answers Slack and does the work behind it, in one process."""
    with _faults_told():
        _run(read_settings(), _serve)


async def _work(settings: Settings) -> None:
    ended = asyncio.Event()
    loop = asyncio.get_running_loop()
    for each in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(each, ended.set)
    async with running(settings, listens=False):
        await ended.wait()


@cli.command()
def worker() -> None:
    """Does the work alone, beside a `serve`: dials, follows, posts. Wants PostgreSQL."""
    with _faults_told():
        settings = read_settings()
        if settings.is_sqlite:
            raise SettingsError([_ALONE])
        _run(settings, _work)


@cli.command()
def migrate() -> None:
    """Brings the database to this release's tables."""
    with _faults_told():
        settings = read_settings()
        open_database(settings, migrates=True).close()
        typer.echo("The database is up to date.")


@cli.command()
def doctor() -> None:
    """Checks every setting and everybody the bot talks to; says what to do."""
    with _faults_told():
        sys.exit(asyncio.run(doctor_.examine(read_settings())))


@cli.command()
def replay(
    event_ids: Annotated[list[str] | None, typer.Argument(help="Stored events (evt_…).")] = None,
    *,
    missed: Annotated[
        bool, typer.Option(help="What no webhook took in the last 30 days, asked of Stripe.")
    ] = False,
    file: Annotated[
        typer.FileText | None, typer.Option(help="Events out of a file, as JSON.")
    ] = None,
    workspace: Annotated[
        str, typer.Option(help="Whose they are, where there are several: T…, or its id.")
    ] = "",
) -> None:
    """Processes Stripe's events once more; what was told already isn't told again."""
    with _faults_told():
        settings = read_settings()
        text = file.read() if file else None
        program = replay_.run(settings, event_ids or [], is_missed=missed, file=text, of=workspace)
        sys.exit(asyncio.run(program))


_Workspace = Annotated[
    str | None, typer.Option(help="Only this one: its team's id (T…). Unset: every one.")
]


@audit.command()
def verify(
    *,
    workspace: _Workspace = None,
    expect: Annotated[
        str | None, typer.Option(help="A head that was printed before: it must still be there.")
    ] = None,
) -> None:
    """Finds whether an entry was changed, removed or moved; prints each log's count and head."""
    with _faults_told():
        sys.exit(audit_.verify(read_settings(), workspace, expect))


@audit.command()
def export(
    *,
    workspace: _Workspace = None,
    csv: Annotated[bool, typer.Option("--csv", help="CSV; else JSON Lines.")] = False,
    output: Annotated[Path | None, typer.Option(help="A file; else standard output.")] = None,
) -> None:
    """Writes every entry out, the oldest first, times in UTC."""
    with _faults_told():
        sys.exit(audit_.export(read_settings(), workspace, as_csv=csv, to=output))


@cli.command()
def rotate_keys() -> None:
    """Encrypts what is secret under the first of ENCRYPTION_KEYS; says when others may go."""
    with _faults_told():
        sys.exit(asyncio.run(rotate_keys_.run(read_settings())))


@cli.command()
def make_key() -> None:
    """Prints a new key for ENCRYPTION_KEYS."""
    typer.echo(Fernet.generate_key().decode())


@cli.command()
def demo(
    *,
    story: Annotated[str, typer.Option(help="Which, or all; --list names them.")] = "hung-up-call",
    list_: Annotated[bool, typer.Option("--list", help="Name the stories, and end.")] = False,
    once: Annotated[bool, typer.Option(help="End after the story, with its exit status.")] = False,
    port: Annotated[
        int | None, typer.Option(help="The page's port; unset: 8400, or any where that is taken.")
    ] = None,
) -> None:
    """Everything local, without an account: plays a story, and leaves the bot running."""
    from bot.sandbox import demo  # noqa: PLC0415 - what only the sandbox wants loads here

    if list_:
        typer.echo(demo.listed())
        return
    sys.exit(demo.play(story, once=once, port=port))


def main() -> None:
    """The entry point of `toingg-bot`."""
    cli()


if __name__ == "__main__":
    main()
