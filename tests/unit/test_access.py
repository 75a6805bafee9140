"""Who may do what."""

import pytest

from bot.access import RULES, Actor, Deed, Role, may
from tests.unit.test_manifest import table


def test_every_deed_has_a_rule() -> None:
    """A deed without a rule could never be allowed or refused."""
    assert set(RULES) == set(Deed)


@pytest.mark.parametrize("deed", list(Deed))
def test_nobody_may_only_read_the_help(deed: Deed) -> None:
    """Guests, bots and other organisations' people get no further than the help."""
    nobody = Actor("W1", "U1", Role.NOBODY)
    assert may(nobody, deed, "W1") is (deed is Deed.READ_HELP)


ALLOWED = {
    Deed.OPT_OUT: {Role.OWNER, Role.OPERATOR, Role.CALLER},
    Deed.ALLOW_AGAIN: {Role.OWNER, Role.OPERATOR},
    Deed.EXCHANGE_OPT_OUTS: {Role.OWNER, Role.OPERATOR},
}


@pytest.mark.parametrize("role", list(Role))
@pytest.mark.parametrize("deed", ALLOWED)
def test_a_caller_opts_out_and_no_more(deed: Deed, role: Role) -> None:
    """A person's wish is written down by anybody who calls, and undone by operators and owners."""
    assert may(Actor("W1", "U1", role), deed, "W1") is (role in ALLOWED[deed])


@pytest.mark.parametrize("role", list(Role))
def test_who_reads_of_money_chooses_where_it_is_told(role: Role) -> None:
    """Owners and finance."""
    chooses = role in (Role.OWNER, Role.FINANCE)
    assert may(Actor("W1", "U1", role), Deed.SUBSCRIBE, "W1") is chooses


def test_the_readme_says_who_may_do_what() -> None:
    """Its table has every deed, and for each role what the rules say."""
    roles = list(Role)
    rows = {deed: cells for deed, *cells in table("Who may do what")}
    assert rows == {deed.value: [_may(deed, role) for role in roles] for deed in Deed}


def _may(deed: Deed, role: Role) -> str:
    if role in RULES[deed].anywhere:
        return "yes"
    return "own" if role in RULES[deed].own else "\N{EN DASH}"


@pytest.mark.parametrize("role", list(Role))
def test_another_workspace_is_never_ones_own(role: Role) -> None:
    """Whoever somebody is at home, they are nobody elsewhere."""
    assert not any(may(Actor("W1", "U1", role), deed, "W2") for deed in Deed)


@pytest.mark.parametrize(
    ("role", "asked_by", "allowed"),
    [
        (Role.OWNER, "U2", True),
        (Role.OPERATOR, "U2", True),
        (Role.CALLER, "U1", True),
        (Role.CALLER, None, True),
        (Role.CALLER, "U2", False),
        (Role.FINANCE, "U1", False),
        (Role.VIEWER, "U1", False),
    ],
)
@pytest.mark.parametrize("deed", [Deed.HANG_UP, Deed.SEE_TRAIL])
def test_a_callers_own_calls_only(
    deed: Deed, role: Role, asked_by: str | None, *, allowed: bool
) -> None:
    """Operators end anybody's call and see what became of it, callers their own."""
    assert may(Actor("W1", "U1", role), deed, "W1", asked_by=asked_by) is allowed


@pytest.mark.parametrize(
    ("role", "deed", "owner", "allowed"),
    [
        (Role.OPERATOR, Deed.RUN_CAMPAIGN, "U2", True),
        (Role.CALLER, Deed.RUN_CAMPAIGN, "U1", False),
        (Role.CALLER, Deed.CONTROL_CAMPAIGN, "U1", True),
        (Role.CALLER, Deed.CONTROL_CAMPAIGN, "U2", False),
        (Role.CALLER, Deed.READ_RESULTS, "U1", True),
        (Role.VIEWER, Deed.CONTROL_CAMPAIGN, "U1", False),
        (Role.FINANCE, Deed.READ_RESULTS, "U1", False),
        (Role.OPERATOR, Deed.STOP_ALL, "U2", True),
        (Role.CALLER, Deed.STOP_ALL, "U1", False),
    ],
)
def test_campaigns_are_run_by_operators(
    role: Role, deed: Deed, owner: str, *, allowed: bool
) -> None:
    """Whoever answers for one may halt it and see its results, and no more than their role runs."""
    assert may(Actor("W1", "U1", role), deed, "W1", asked_by=owner) is allowed
