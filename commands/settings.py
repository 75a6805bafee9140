"""/toingg settings: what holds in this workspace, and its owners' way to change it."""

import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import partial

from bot.access import Deed, Role
from bot.audit_log import AuditLog
from bot.errors import InputError, Lasting, OutOfDate
from bot.hooks import INBOUND, STATUS, STRIPE, Hooks
from bot.in_force import InForce, read_chosen
from bot.slack.blocks.audit import audit_page, export_comment, exported
from bot.slack.blocks.parts import Block
from bot.slack.blocks.settings_form import (
    SECTIONS,
    groups_form,
    overview,
    people_form,
    section_form,
)
from bot.slack.blocks.settings_secrets import (
    GENERATION,
    Addresses,
    Kept,
    hooks_form,
    keys_form,
)
from bot.slack.directory import Directory
from bot.slack.groups import listed
from bot.slack.people import People, is_group, keeps_an_owner
from bot.slack.routes import Answer, Ask, Flow, Kind, Routes
from storage.settings import Change, Secret
from storage.workspaces import Workspace

FLOW = Flow(
    word="settings",
    summary="See and change the settings of this workspace",
    usage="[calls | limits | money | workspace | people | groups | toingg | webhooks | audit]",
    examples=("/toingg-settings", "/toingg-settings people"),
)

_SUBJECT = re.compile("[UWS][A-Z0-9]{2,30}")
_TOINGG, _HOOKS, _PEOPLE, _GROUPS, _AUDIT = "toingg", "webhooks", "people", "groups", "audit"
_WORDS = (*SECTIONS, _TOINGG, _HOOKS, _PEOPLE, _GROUPS, _AUDIT)
_CHANGED = "Somebody has just changed the settings. Close this, look again, then decide."


@dataclass(frozen=True)
class SettingsFlow:
    """The overview, and a modal a section."""

    in_force: InForce
    people: People
    directory: Directory
    hooks: Hooks
    audit_log: AuditLog

    async def command(self, ask: Ask) -> Answer:
        """What holds, by sections; a section's word opens that one."""
        await self.in_force.refresh(ask.workspace.id)
        word = ask.text.strip().lower()
        if word in _WORDS:
            return Answer(then=partial(self._open_section, ask, "views.open", word))
        return Answer(then=partial(self._open, ask, "views.open", self._overview(ask.workspace)))

    def _overview(self, workspace: Workspace) -> Block:
        stored = self.in_force.stored(workspace.id)
        holds = self.in_force.of(workspace.id)
        return overview(holds, stored.chosen, stored.roles, self._kept(workspace))

    def _kept(self, workspace: Workspace) -> Kept:
        """Which secrets there are, its own and those from outside."""
        own = self.in_force.stored(workspace.id).secrets
        keys, locks = workspace.toingg_keys, self.hooks.locks(workspace.id)
        has = {
            Secret.TOINGG_V1: keys.get("v1"),
            Secret.TOINGG_V3: keys.get("v3"),
            Secret.STRIPE: locks.stripe,
            Secret.STATUS: locks.callbacks.token,
            Secret.TWILIO: locks.callbacks.twilio,
        }
        return Kept(frozenset(own), frozenset(name for name, found in has.items() if found))

    async def _open(self, ask: Ask, method: str, view: Block) -> None:
        api = self.directory.api(ask.workspace.id)
        await api.call(method, trigger_id=ask.trigger_id, view=view)

    async def edit(self, ask: Ask) -> Answer:
        """Edit, beside a section."""
        if ask.value not in _WORDS:
            raise OutOfDate(_CHANGED)
        return Answer(then=partial(self._open_section, ask, "views.push", ask.value))

    async def _open_section(self, ask: Ask, method: str, key: str) -> None:
        if key == _AUDIT:
            newest = await self.audit_log.newest(ask.workspace.id)
            await self._open(ask, method, audit_page(newest))
            return
        groups = {}
        if key == _GROUPS:
            groups = await listed(self.directory.api(ask.workspace.id))
        await self._open(ask, method, self._form(ask, key, groups))

    def _form(self, ask: Ask, key: str, groups: Mapping[str, str]) -> Block:
        stored = self.in_force.stored(ask.workspace.id)
        metadata = f"{key}.{stored.version}.{ask.view_id}"
        if key == _TOINGG:
            chosen, default = stored.chosen, self.in_force.environment.toingg_api
            kept = self._kept(ask.workspace)
            return keys_form(chosen.get(GENERATION, ""), default, kept, metadata=metadata)
        if key == _HOOKS:
            return self.hooks_form(ask.workspace, key, ask.view_id)
        if key == _PEOPLE:
            return people_form(stored.roles, metadata=metadata)
        if key == _GROUPS:
            return groups_form(stored.roles, groups, metadata=metadata)
        return section_form(key, stored.chosen, self.in_force.environment, metadata=metadata)

    def hooks_form(self, workspace: Workspace, key: str, parent: str, *, token: str = "") -> Block:
        """The webhooks' modal over the view `parent`; `token` is shown in it."""
        of, version = workspace.id, self.in_force.stored(workspace.id).version
        at = Addresses(
            stripe=self.hooks.address(STRIPE, of),
            status=self.hooks.address(STATUS, of),
            inbound=self.hooks.address(INBOUND, of),
            has_host=bool(self.hooks.public_url),
        )
        metadata = f"{key}.{version}.{parent}"
        return hooks_form(at, self._kept(workspace), metadata=metadata, token=token)

    async def export(self, ask: Ask) -> Answer:
        """Export, of the audit log: a file by direct message to who asks."""
        api = self.directory.api(ask.workspace.id)

        async def then() -> None:
            await api.call("views.update", view_id=ask.view_id, view=exported())
            export = await self.audit_log.export(ask.workspace.id, by=ask.actor.user_id)
            await api.upload(
                await api.dm(ask.actor.user_id),
                name="audit.csv",
                data=export.data,
                title="Audit log",
                comment=export_comment(export.count, export.head),
            )

        return Answer(then=then)

    async def saved(self, ask: Ask) -> Answer:
        """Save, in a section: what is wrong is said in its field."""
        key, seen, parent = metadata_of(ask)
        part = SECTIONS.get(key)
        if part is None:
            raise OutOfDate(_CHANGED)
        typed = {name: ask.typed.get(name, "") for name in part.fields}
        before = self.in_force.stored(ask.workspace.id).chosen
        chosen = read_chosen(self.in_force.environment, before, typed)
        return await self.change(
            ask, parent, Change(actor=ask.actor.user_id, seen=seen, chosen=chosen)
        )

    async def roles_saved(self, ask: Ask) -> Answer:
        """Save, of people's or groups' roles; those of the other kind stay as they are."""
        key, seen, parent = metadata_of(ask)
        if key not in (_PEOPLE, _GROUPS):
            raise OutOfDate(_CHANGED)
        had = self.in_force.roles(ask.workspace.id)
        given = read_roles(ask.typed, groups=key == _GROUPS)
        dropped = [each for each in had if is_group(each) == (key == _GROUPS) and each not in given]
        api = self.directory.api(ask.workspace.id)
        me = await self.people.member(ask.workspace, api, ask.actor.user_id)
        others = {each: role for each, role in had.items() if each not in dropped}
        installed_by = ask.workspace.installed_by
        after = {**others, **given}
        if not keeps_an_owner(self.people.rules, after, me, installed_by=installed_by):
            fault = "Then nobody could change this any more. Leave yourself or somebody else here."
            raise InputError({Role.OWNER: fault})
        roles = {**dict.fromkeys(dropped), **given}
        return await self.change(
            ask, parent, Change(actor=ask.actor.user_id, seen=seen, roles=roles)
        )

    async def change(self, ask: Ask, parent: str, change: Change) -> Answer:
        """Makes it, and shows it in the overview, the view `parent`, where one is open.

        Raises OutOfDate where somebody else was first.
        """
        try:
            await self.in_force.change(ask.workspace.id, change)
        except OutOfDate:
            raise OutOfDate(_CHANGED) from None
        if not parent:  # the section was opened by its word
            return Answer()
        view = self._overview(ask.workspace)
        api = self.directory.api(ask.workspace.id)

        async def redraw() -> None:
            with suppress(Lasting):  # who asked has closed it meanwhile
                await api.call("views.update", view_id=parent, view=view)

        return Answer(then=redraw)


def metadata_of(ask: Ask) -> tuple[str, int, str]:
    """The section, the version that was looked at, and the view below."""
    key, seen, parent = [*ask.metadata.split(".", 2), "", ""][:3]
    if not (seen.isascii() and seen.isdigit() and len(seen) < 10):  # noqa: PLR2004 - an int32
        raise OutOfDate(_CHANGED)
    return key, int(seen), parent


def read_roles(typed: Mapping[str, str], *, groups: bool) -> dict[str, Role]:
    """The roles that were chosen, by id: pure. Raises InputError where somebody has two."""
    given: dict[str, Role] = {}
    faults: dict[str, str] = {}
    for role in Role:
        for subject in typed.get(role, "").split():
            if subject in given:
                faults[role] = f"Somebody is chosen here and as {given[subject]}: once is enough."
            if _SUBJECT.fullmatch(subject) and is_group(subject) == groups:
                given[subject] = role
    if faults:
        raise InputError(faults)
    return given


def register(routes: Routes, flow: SettingsFlow) -> None:
    """The command, its sections, and their modals."""
    routes.command(FLOW, Deed.CHANGE_SETTINGS, flow.command)
    routes.add(Kind.CLICK, "settings.edit", Deed.CHANGE_SETTINGS, flow.edit)
    routes.add(Kind.CLICK, "settings.audit_export", Deed.CHANGE_SETTINGS, flow.export)
    routes.add(Kind.SUBMISSION, "settings.form", Deed.CHANGE_SETTINGS, flow.saved)
    routes.add(Kind.SUBMISSION, "settings.roles", Deed.CHANGE_SETTINGS, flow.roles_saved)
