"""Caps and opt-outs: what the policy decides and what a claim's SQL decides are the same."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import product

import pytest
from cryptography.fernet import Fernet
from sqlalchemy import Connection, literal, select, update

from bot.recipients import policy
from bot.recipients.policy import Facts, Limits
from storage import optouts, reach, rows, runs, workspaces
from storage.optouts import Source
from storage.rows import CALLS, Call, Kind, NewCall, State
from storage.secrets import Vault
from storage.workspaces import Installation

ZONE = "America/New_York"
NOW = datetime(2026, 11, 23, 17, 0, tzinfo=UTC)
MIDNIGHT = datetime(2026, 11, 23, 5, 0, tzinfo=UTC)
"""In New York; yesterday ended there, though not in UTC."""
PHONE = "+14155550132"


@dataclass(frozen=True)
class Was:
    """A call that there was before: of the number in question or another one, and when."""

    state: State
    at: datetime | None = NOW - timedelta(hours=1)
    number: str = "asked"
    campaign: str | None = None
    team: str = "T1"


YESTERDAY = MIDNIGHT - timedelta(seconds=1)

TABLE: dict[str, tuple[list[Was], int, int]] = {
    "nothing yet": ([], 0, 0),
    "placed": ([Was(State.PLACED)], 1, 1),
    "being dialled": ([Was(State.DIALLING)], 1, 1),
    "may have rung": ([Was(State.UNCERTAIN)], 1, 1),
    "at midnight": ([Was(State.PLACED, MIDNIGHT)], 1, 1),
    "yesterday": ([Was(State.PLACED, YESTERDAY)], 0, 0),
    "yesterday, and waiting again": ([Was(State.OFFERED, YESTERDAY)], 0, 0),
    "refused by Toingg": ([Was(State.REJECTED)], 0, 0),
    "not called": ([Was(State.OFFERED)], 0, 0),
    "cancelled": ([Was(State.CANCELLED, None)], 0, 0),
    "skipped": ([Was(State.SKIPPED, None, campaign="spring")], 0, 0),
    "about to be dialled": ([Was(State.PENDING, None)], 1, 1),
    "queued in a campaign": ([Was(State.PENDING, None, campaign="spring")], 0, 0),
    "by a campaign": ([Was(State.PLACED, campaign="spring")], 1, 1),
    "somebody else": ([Was(State.PLACED, number="other")], 0, 1),
    "another workspace": ([Was(State.PLACED, team="T2")], 0, 0),
    "several": (
        [Was(State.PLACED), Was(State.UNCERTAIN), Was(State.PLACED, number="other")],
        2,
        3,
    ),
}
CAPS = [None, 1, 2, 3]


def _enter(connection: Connection, was: Was, click: str) -> Call:
    vault = Vault([Fernet.generate_key().decode()])
    at = Installation("", was.team, "Team", "https://t.slack.com/", "UB", "B1", "commands")
    found = connection.execute(
        select(workspaces.WORKSPACES.c.id).where(workspaces.WORKSPACES.c.team_id == was.team)
    ).scalar()
    workspace = found or workspaces.adopt(connection, vault, at, {}, now=NOW).id
    run = runs.begin(connection, alone=False, now=NOW)
    new = NewCall(workspace, click, PHONE, was.number, "John Doe", "Spring Sale", "U1", "C1")
    call = rows.enter(connection, new, run=run, now=NOW)
    assert call is not None
    changes = {"state": was.state, "intent_at": was.at, "campaign_id": was.campaign}
    connection.execute(update(CALLS).where(CALLS.c.id == call.id).values(**changes))
    return call


@pytest.mark.parametrize("opted_out", [False, True])
@pytest.mark.parametrize("name", TABLE)
def test_the_policy_and_the_claim_say_the_same(
    connection: Connection, name: str, *, opted_out: bool
) -> None:
    """Over every history and every pair of caps, a queued row is claimed where `decide` allows."""
    before, of_number, of_day = TABLE[name]
    queued = _enter(connection, Was(State.PENDING, None, campaign="claimed"), "queued")
    if opted_out:
        _opt_out_unseen(connection, queued)
    for number, was in enumerate(before):
        _enter(connection, was, f"before-{number}")
    day_start = policy.day_start(ZONE, NOW)
    seen = reach.reached(
        connection, queued.workspace_id, "asked", Kind.CALL, NOW, day_start=day_start
    )
    today = reach.reached_today(connection, queued.workspace_id, Kind.CALL, day_start=day_start)
    assert (seen.number_today, today, seen.opted_out) == (of_number, of_day, opted_out)
    facts = Facts(seen.opted_out, seen.number_today, today, None, None)
    for number_cap, day_cap in product(CAPS, CAPS):
        limits = Limits("always", number_cap, day_cap, ZONE)
        allowed = policy.decide((ZONE,), facts, limits, NOW).reason is None
        claimed = _claimed(connection, queued, day_start, limits)
        assert claimed is allowed, (number_cap, day_cap)


def _opt_out_unseen(connection: Connection, call: Call) -> None:
    """An opt-out whose row waits all the same: as one that is entered at that instant."""
    optouts.add(
        connection,
        call.workspace_id,
        PHONE,
        "asked",
        source=Source.PERSON,
        by="U1",
        now=NOW,
    )
    waits = update(CALLS).where(CALLS.c.id == call.id).values(state=State.PENDING)
    connection.execute(waits)


def _claimed(connection: Connection, call: Call, day_start: datetime, limits: Limits) -> bool:
    since = literal(day_start, CALLS.c.created_at.type)
    may = reach.may_be_reached(since, number_cap=limits.number_cap_per_day, day_cap=limits.day_cap)
    claim = (
        update(CALLS)
        .where(CALLS.c.id == call.id, CALLS.c.state == State.PENDING, may)
        .values(version=CALLS.c.version + 1)
        .returning(CALLS.c.id)
    )
    return connection.execute(claim).first() is not None


@pytest.mark.parametrize(
    ("zone", "now", "start"),
    [
        ("America/New_York", "2026-11-23 17:00", "2026-11-23 05:00"),
        ("America/New_York", "2026-11-23 04:59", "2026-11-22 05:00"),
        ("UTC", "2026-11-23 00:00", "2026-11-23 00:00"),
        ("Asia/Kolkata", "2026-11-22 18:30", "2026-11-22 18:30"),
        ("Pacific/Kiritimati", "2026-11-22 10:00", "2026-11-22 10:00"),
        # The day on which a clock is set still begins at its own midnight.
        ("America/New_York", "2026-03-08 20:00", "2026-03-08 05:00"),
        ("America/New_York", "2026-11-01 20:00", "2026-11-01 04:00"),
        # Midnight doesn't exist: it goes from 23:59 to 01:00.
        ("Africa/Cairo", "2026-04-24 10:00", "2026-04-23 22:00"),
        # Midnight comes twice: at 01:00 it is 00:00 again.
        ("America/Havana", "2026-11-01 20:00", "2026-11-01 04:00"),
    ],
)
def test_a_day_begins_at_the_workspaces_midnight(zone: str, now: str, start: str) -> None:
    """What counts as today is the workspace's own day, whatever its clock does."""
    moments = [datetime.fromisoformat(each).replace(tzinfo=UTC) for each in (now, start)]
    assert policy.day_start(zone, moments[0]) == moments[1]
