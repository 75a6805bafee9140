"""Who may do what."""

import pytest

from bot.access import RULES, Actor, Deed, Role, may


def test_every_deed_has_a_rule() -> None:
    """A deed without a rule could never be allowed or refused."""
    assert set(RULES) == set(Deed)


@pytest.mark.parametrize("deed", list(Deed))
def test_nobody_may_only_read_the_help(deed: Deed) -> None:
    """Guests, bots and other organisations' people get no further than the help."""
    nobody = Actor("W1", "U1", Role.NOBODY)
    assert may(nobody, deed, "W1") is (deed is Deed.READ_HELP)


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
def test_a_caller_hangs_up_their_own_calls_only(
    role: Role, asked_by: str | None, *, allowed: bool
) -> None:
    """Operators end anybody's call, callers their own."""
    assert may(Actor("W1", "U1", role), Deed.HANG_UP, "W1", asked_by=asked_by) is allowed
