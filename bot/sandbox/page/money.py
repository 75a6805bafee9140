"""The other end's money: what is bought and paid at the local Stripe."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Protocol

Json = dict[str, Any]


class Money(Protocol):
    """A panel over a stand-in of Stripe."""

    @property
    def deeds(self) -> Mapping[str, Callable[[Json], Awaitable[None]]]:
        """What its buttons do, by name."""
        ...

    def html(self, render: Callable[..., str]) -> str:
        """The panel's content; `render` takes a template's name and what it shows."""
        ...
