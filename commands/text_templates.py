"""/toingg sms templates: what is texted often, saved under a name, each change a new version."""

from dataclasses import dataclass
from functools import partial

from bot.access import Deed, may
from bot.errors import BotError, InputError, NotAllowed, OutOfDate
from bot.slack.blocks.notices import message
from bot.slack.blocks.text_templates import LONGEST_NAME, template_form, templates_list
from bot.slack.routes import Answer, Ask, Handler, Kind, Routes
from bot.slack.text import inline, tidy
from bot.texting.message import fault_of, read_message
from commands.ordering import Ordering
from storage import Connection, audit, templates
from storage.templates import MOST, Template

WORD = "templates"
_FULL = f"There are {MOST} templates, and Slack shows no more of them: remove one first."


@dataclass(frozen=True)
class TemplatesFlow:
    """The list, the modal, and what the list's buttons do."""

    ordering: Ordering

    async def listed(self, ask: Ask) -> Answer:
        """All of them, for who may change them."""
        if not may(ask.actor, Deed.KEEP_TEMPLATES, ask.workspace.id):
            raise NotAllowed(detail=Deed.KEEP_TEMPLATES.value)
        return Answer(templates_list(await self._current(ask)))

    async def _current(self, ask: Ask) -> list[Template]:
        saved = partial(templates.current, workspace_id=ask.workspace.id)
        return await self.ordering.database.read(saved)

    async def new(self, ask: Ask) -> Answer:
        """New Template."""
        return Answer(then=partial(self.ordering.show, ask, template_form("", "")))

    async def edit(self, ask: Ask) -> Answer:
        """Edit: what it says now, to be changed."""
        find = partial(templates.get, workspace_id=ask.workspace.id, template_id=ask.value)
        found = await self.ordering.database.read(find)
        if found is None:
            raise OutOfDate
        view = template_form(found.name, found.text)
        return Answer(then=partial(self.ordering.show, ask, view))

    async def saved(self, ask: Ask) -> Answer:
        """The template's next version."""
        name, text = tidy(ask.typed.get("name", "")), read_message(ask.typed.get("message", ""))
        faults = {}
        if not 0 < len(name) <= LONGEST_NAME:
            faults["name"] = f"Give it a name of at most {LONGEST_NAME} characters."
        if fault := fault_of(text):
            faults["message"] = fault
        if faults:
            raise InputError(faults)
        kept = await self.ordering.database.write(
            partial(self._save, ask=ask, name=name, text=text)
        )
        said = message(f"Saved: “{inline(kept.name, LONGEST_NAME)}”, version {kept.version}.")
        return Answer(then=partial(self.ordering.whisper, ask, said))

    def _save(self, connection: Connection, *, ask: Ask, name: str, text: str) -> Template:
        current = templates.current(connection, ask.workspace.id)
        if len(current) >= MOST and name not in [each.name for each in current]:
            raise BotError(_FULL)
        by, now = ask.actor.user_id, self.ordering.clock()
        kept = templates.save(connection, ask.workspace.id, name=name, text=text, by=by, now=now)
        if kept.at == now:  # else it says what it said before
            who = (ask.workspace.id, by, "template_saved", kept.id)
            audit.append(connection, *who, now=now, version=kept.version)
        return kept

    async def remove(self, ask: Ask) -> Answer:
        """Remove: it isn't offered any more; the list is drawn anew."""
        await self.ordering.database.write(partial(self._remove, ask=ask))
        listed = templates_list(await self._current(ask)) | {"replace_original": True}
        return Answer(then=partial(self.ordering.whisper, ask, listed))

    def _remove(self, connection: Connection, *, ask: Ask) -> None:
        if templates.remove(connection, ask.workspace.id, ask.value):
            who = (ask.workspace.id, ask.actor.user_id, "template_removed", ask.value)
            audit.append(connection, *who, now=self.ordering.clock())


def or_templates(flow: TemplatesFlow, command: Handler) -> Handler:
    """The command of texts, in which the word `templates` shows them."""

    async def asked(ask: Ask) -> Answer:
        if ask.text.strip().lower() == WORD:
            return await flow.listed(ask)
        return await command(ask)

    return asked


def register(routes: Routes, flow: TemplatesFlow) -> None:
    """The modal, and the list's buttons."""
    keep = Deed.KEEP_TEMPLATES
    routes.add(Kind.CLICK, "sms.template_new", keep, flow.new)
    routes.add(Kind.CLICK, "sms.template_edit", keep, flow.edit)
    routes.add(Kind.CLICK, "sms.template_remove", keep, flow.remove)
    routes.add(Kind.SUBMISSION, "sms.template_form", keep, flow.saved)
