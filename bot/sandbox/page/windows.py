"""Views as they are drawn: the stack of modals before somebody, and the Home tab."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from markupsafe import Markup

from bot.sandbox.page.places import Places
from bot.sandbox.page.shown import drawn_or_fault
from bot.sandbox.slack import SlackSandbox, View
from bot.sandbox.slack.people import Person


@dataclass(frozen=True)
class Window:
    """A modal as its template wants it; `submit` is None where there is nothing to submit."""

    view_id: str
    title: str
    submit: str | None
    close: str
    notice: str
    submit_disabled: bool
    content: Markup


@dataclass
class Windows:
    """Draws views.

    `complaints` are of Slack's client, of what it wouldn't submit: by a view's hash and block_id.
    """

    slack: SlackSandbox
    places: Places
    complaints: dict[str, Mapping[str, str]] = field(default_factory=dict)

    def stack(self, person: Person) -> list[Window]:
        """The modals open before this person, the top last."""
        return [self._window(person, view) for view in self.slack.views(person.id)]

    def mark(self, person: Person) -> tuple[object, ...]:
        """What of the stack is seen: equal while nothing needs to be drawn again."""
        return tuple(
            (view.id, view.hash, tuple(view.errors.items()), view.notice, self._said(view))
            for view in self.slack.views(person.id)
        )

    def _said(self, view: View) -> tuple[tuple[str, str], ...]:
        return tuple(self.complaints.get(view.hash, {}).items())

    def _window(self, person: Person, view: View) -> Window:
        content = view.content
        return Window(
            view_id=view.id,
            title=content["title"]["text"],
            submit=content["submit"]["text"] if content.get("submit") else None,
            close=content["close"]["text"] if content.get("close") else "Cancel",
            notice=view.notice,
            submit_disabled=bool(content.get("submit_disabled")),
            content=self._content(person, view),
        )

    def home(self, person: Person) -> Markup | None:
        """The Home tab's content; None before the app published one."""
        view = self.slack.home(person.id)
        return None if view is None else self._content(person, view)

    def _content(self, person: Person, view: View) -> Markup:
        return drawn_or_fault(
            view.blocks,
            self.places.reader(person),
            at=view.id,
            values=view.values(),
            errors={**view.errors, **self.complaints.get(view.hash, {})},
        )
