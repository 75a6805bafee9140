"""Whose a webhook's path is, and what opens it."""

from typing import cast

from bot.hooks import STRIPE, Hooks, Locks
from bot.in_force import InForce
from bot.twilio import Secrets
from storage.settings import Secret, Stored

HOME, OTHER, BARE, NOBODY = "home", "other", "bare", "nobody"
ENVIRONMENT = Locks(Secrets(token="env-token", twilio="env-twilio"), ("whsec_env",))
SET = {
    HOME: Stored(1, secrets={Secret.STATUS: "home-token"}),
    OTHER: Stored(1, secrets={Secret.STRIPE: "whsec_a whsec_b", Secret.STATUS: "other-token"}),
}


class Kept:
    """What workspaces have set."""

    def stored(self, workspace_id: str) -> Stored:
        """Of one of them."""
        return SET.get(workspace_id, Stored())


def hooks(home: str | None = HOME, public_url: str = "https://bot.example.com/") -> Hooks:
    """The paths of three workspaces."""
    kept = cast("InForce", Kept())
    return Hooks(
        kept,
        ENVIRONMENT,
        home=home,
        installed=lambda: {HOME, OTHER, BARE},
        public_url=public_url,
    )


def test_the_plain_paths_are_the_homes() -> None:
    """With the environment's secrets, whatever home has set; without a home they are nobody's."""
    door = hooks().plain()
    assert door is not None
    assert (door.workspace_id, door.locks) == (HOME, ENVIRONMENT)
    assert hooks(home=None).plain() is None


def test_a_workspaces_own_open_its_own_paths() -> None:
    """One by one, and at home the environment's stand in for what isn't set; nowhere else."""
    built = hooks()
    assert built.of(HOME).locks == Locks(
        Secrets(token="home-token", twilio="env-twilio"), ("whsec_env",)
    )
    assert built.of(OTHER).locks == Locks(
        Secrets(token="other-token", twilio=""), ("whsec_a", "whsec_b")
    )
    without = hooks(home=None)
    assert not without.takes_callbacks(BARE)
    assert not without.hears_stripe(HOME)
    assert without.takes_callbacks(OTHER)


def test_nothing_set_and_nobody_there_are_one_and_the_same() -> None:
    """Both have locks, so that they cost the same work, and nobody has the key of those."""
    built = hooks()
    bare, nobody = built.of(BARE).locks, built.of(NOBODY).locks
    assert bare == nobody
    assert bare.callbacks.token not in ("", "env-token")
    assert bare.stripe != hooks().of(NOBODY).locks.stripe
    assert repr(bare) == "Locks(…)"


def test_addresses() -> None:
    """Where peers post to; without a host where nobody said which."""
    assert hooks().address(STRIPE, OTHER) == "https://bot.example.com/stripe/webhook/other"
    assert hooks(public_url="").address(STRIPE, OTHER) == "/stripe/webhook/other"
