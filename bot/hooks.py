"""Whose a webhook's path is, and what opens it.

The plain paths belong to `SLACK_BOT_TOKEN`'s workspace, with the environment's secrets. Beside them
each workspace has paths of its own, with its id, which its own secrets open.
"""

import secrets
from collections.abc import Callable, Collection
from dataclasses import dataclass

from bot.in_force import InForce
from bot.twilio import Secrets
from storage.settings import Secret

STATUS, INBOUND, STRIPE = "/toingg/status", "/toingg/inbound", "/stripe/webhook"


@dataclass(frozen=True)
class Locks:
    """What opens a path: callbacks' secrets, and the signing secrets of Stripe's endpoints."""

    callbacks: Secrets
    stripe: tuple[str, ...]

    def __repr__(self) -> str:
        return "Locks(…)"


@dataclass(frozen=True)
class Door:
    """One path: whose rows it moves, and its locks."""

    workspace_id: str
    locks: Locks


_NOTHING = Locks(Secrets(token="", twilio=""), ())


class Hooks:
    """Every workspace's paths."""

    def __init__(
        self,
        in_force: InForce,
        environment: Locks,
        *,
        home: str | None,
        installed: Callable[[], Collection[str]],
        public_url: str,
    ) -> None:
        """`home`: whose the plain paths and the environment's secrets are; None: nobody's.

        `installed`: the ids of the workspaces that are answered.
        """
        self._in_force = in_force
        self._environment = environment
        self._home = home
        self._installed = installed
        self.public_url = public_url.rstrip("/")
        none = Secrets(token=secrets.token_hex(), twilio=secrets.token_hex())
        self._shut = Locks(none, (secrets.token_hex(),))

    def is_home(self, workspace_id: str) -> bool:
        """Whether the environment's secrets are this one's."""
        return workspace_id == self._home

    def plain(self) -> Door | None:
        """The paths without an id; None where they are nobody's."""
        return None if self._home is None else Door(self._home, self._environment)

    def of(self, workspace_id: str) -> Door:
        """The paths with this id.

        Where nothing is set, or nobody has the id, they have locks that nobody has the key of: so
        they are answered as with a wrong secret, and after the same work.
        """
        locks = _NOTHING
        if workspace_id in self._installed():
            locks = self.locks(workspace_id)
        callbacks = locks.callbacks if locks.callbacks.are_set else self._shut.callbacks
        return Door(workspace_id, Locks(callbacks, locks.stripe or self._shut.stripe))

    def locks(self, workspace_id: str) -> Locks:
        """What is set for a workspace: its own, else at home the environment's, one by one."""
        own = self._in_force.stored(workspace_id).secrets
        less = self._environment if self.is_home(workspace_id) else _NOTHING
        return Locks(
            Secrets(
                token=own.get(Secret.STATUS, less.callbacks.token),
                twilio=own.get(Secret.TWILIO, less.callbacks.twilio),
            ),
            tuple(own[Secret.STRIPE].split()) if Secret.STRIPE in own else less.stripe,
        )

    def takes_callbacks(self, workspace_id: str) -> bool:
        """Whether somebody may post the states of its calls."""
        return self.locks(workspace_id).callbacks.are_set

    def hears_stripe(self, workspace_id: str) -> bool:
        """Whether it is told of payments."""
        return bool(self.locks(workspace_id).stripe)

    def address(self, path: str, workspace_id: str) -> str:
        """Where a peer posts to for this workspace; without the host where nobody said which."""
        return f"{self.public_url}{path}/{workspace_id}"
