"""/toingg settings: Toingg's keys and the webhooks' secrets, which are kept and never shown."""

import asyncio
import re
import secrets
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import partial

from bot.access import Deed
from bot.errors import InputError, KeyRejected, ToinggError
from bot.in_force import read_chosen
from bot.slack.blocks.settings_secrets import GENERATION, HOOKS, KEYS, REMOVE
from bot.slack.routes import Answer, Ask, Kind, Routes
from commands.settings import SettingsFlow, metadata_of
from storage.settings import Change, Secret

_IN_TIME = 1.8
"""Seconds for Toingg to say whether it knows a key: Slack's answer waits for it."""
_GENERATIONS = {Secret.TOINGG_V1: "v1", Secret.TOINGG_V3: "v3"}
_SHAPES = {
    Secret.STRIPE: (
        re.compile(r"whsec_[\w+/=-]{8,200}( whsec_[\w+/=-]{8,200}){0,9}", re.ASCII),
        "A signing secret begins with whsec_. Copy it from the endpoint in Stripe's Dashboard.",
    ),
    Secret.STATUS: (
        re.compile(r"[!-~]{16,200}"),
        "Give 16 characters or more without spaces, or let one be made.",
    ),
    Secret.TWILIO: (
        re.compile(r"[!-~]{16,200}"),
        "That isn't Twilio's auth token. Copy it again from Twilio's console.",
    ),
}
_NO_HOST = (
    "Twilio signs the address that it posts to, and this bot doesn't know its own: whoever runs it"
    " sets PUBLIC_URL."
)
_BOTH = "It is typed here, and ticked below to be taken away: which of the two?"
_NO_KEY = "The v3 API wants a key of its own, tg_…: give it below."

TriesKey = Callable[[str, str], Awaitable[None]]
"""Asks Toingg something harmless with a generation's key. Raises ToinggError."""


@dataclass(frozen=True)
class SecretsFlow:
    """The modals in which secrets are typed."""

    settings: SettingsFlow
    tries_key: TriesKey

    async def keys_saved(self, ask: Ask) -> Answer:
        """Save, of Toingg's keys: one that Toingg refuses isn't kept."""
        changed = read_secrets(ask.typed, KEYS)
        in_force, workspace_id = self.settings.in_force, ask.workspace.id
        before = in_force.stored(workspace_id)
        typed = {GENERATION: ask.typed.get(GENERATION, "")}
        chosen = read_chosen(in_force.environment, before.chosen, typed)
        generation = chosen[GENERATION] or in_force.environment.toingg_api
        own = changed.get(Secret.TOINGG_V3, before.secrets.get(Secret.TOINGG_V3))
        if generation == "v3" and not (own or ask.workspace.toingg_keys.get("v3")):
            raise InputError({GENERATION: _NO_KEY})
        await asyncio.gather(*(self._try(name, key) for name, key in changed.items() if key))
        if not changed and chosen[GENERATION] == before.chosen.get(GENERATION):
            return Answer()
        return await self._change(ask, changed, chosen)

    async def _try(self, name: Secret, key: str) -> None:
        try:
            async with asyncio.timeout(_IN_TIME):
                await self.tries_key(_GENERATIONS[name], key)
        except KeyRejected:
            fault = "Toingg doesn't know this key. Copy it again from Toingg's console."
            raise InputError({name: fault}) from None
        except (TimeoutError, ToinggError):
            fault = "Toingg didn't say whether it knows this key. Try again in a minute."
            raise InputError({name: fault}) from None

    async def hooks_saved(self, ask: Ask) -> Answer:
        """Save, of the webhooks' secrets."""
        changed = read_secrets(ask.typed, HOOKS)
        faults: dict[str, str] = {
            name: fault
            for name, (shape, fault) in _SHAPES.items()
            if changed.get(name) and not shape.fullmatch(changed[name] or "")
        }
        if changed.get(Secret.TWILIO) and not self.settings.hooks.public_url:
            faults[Secret.TWILIO] = _NO_HOST
        if faults:
            raise InputError(faults)
        return await self._change(ask, changed, {}) if changed else Answer()

    async def _change(
        self, ask: Ask, changed: Mapping[Secret, str | None], chosen: Mapping[str, object]
    ) -> Answer:
        _, seen, parent = metadata_of(ask)
        actor = ask.actor.user_id
        change = Change(actor=actor, seen=seen, chosen=chosen, secrets=changed)
        return await self.settings.change(ask, parent, change)

    async def token_made(self, ask: Ask) -> Answer:
        """Make a Token: kept, and shown this once, to who asked for it."""
        key, seen, parent = metadata_of(ask)
        token = secrets.token_urlsafe(32)
        kept = {Secret.STATUS: token}
        change = Change(actor=ask.actor.user_id, seen=seen, secrets=kept)
        redrawn = await self.settings.change(ask, parent, change)
        view = self.settings.hooks_form(ask.workspace, key, parent, token=token)
        api = self.settings.directory.api(ask.workspace.id)
        shows = partial(api.call, "views.update", view_id=ask.view_id, view=view)

        async def then() -> None:
            await shows()
            if redrawn.then is not None:
                await redrawn.then()

        return Answer(then=then)


def read_secrets(typed: Mapping[str, str], names: Iterable[Secret]) -> dict[Secret, str | None]:
    """What of these is to be kept, and as None what is to be taken away: pure.

    Nothing typed leaves one as it is. Raises InputError for one that is both.
    """
    away = set(typed.get(REMOVE, "").split())
    given = {name: " ".join(typed.get(name, "").split()) for name in names}
    faults: dict[str, str] = {name: _BOTH for name in given if given[name] and name in away}
    if faults:
        raise InputError(faults)
    return {name: text or None for name, text in given.items() if text or name in away}


def register(routes: Routes, flow: SecretsFlow) -> None:
    """Their modals."""
    routes.add(Kind.SUBMISSION, "settings.keys", Deed.CHANGE_SETTINGS, flow.keys_saved)
    routes.add(Kind.SUBMISSION, "settings.hooks", Deed.CHANGE_SETTINGS, flow.hooks_saved)
    routes.add(Kind.CLICK, "settings.token", Deed.CHANGE_SETTINGS, flow.token_made)
