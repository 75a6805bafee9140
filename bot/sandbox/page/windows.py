"""Views as they are drawn: the stack of modals before somebody, and the Home tab."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from markupsafe import Markup

from bot.sandbox.page.places import Places
from bot.sandbox.page.shown import drawn_or_fault, marks_for
from bot.sandbox.slack import Place, View
from bot.sandbox.slack.failures import Failure
from bot.sandbox.slack.people import Person


@dataclass(frozen=True)
class Window:
    """A view as its template wants it; `submit` is None where there is nothing to submit.

    `marks` are the warnings at its elements; a Home tab has nothing but these and its content.
    """

    view_id: str
    content: Markup
    marks: tuple[Failure, ...]
    title: str = ""
    submit: str | None = None
    close: str = ""
    notice: str = ""
    submit_disabled: bool = False


@dataclass
class Windows:
    """Draws views.

    `complaints` are of Slack's client, of what it wouldn't submit: by a view's hash and block_id.
    """

    slack: Place
    places: Places
    complaints: dict[str, Mapping[str, str]] = field(default_factory=dict)

    def stack(self, person: Person) -> list[Window]:
        """The modals open before this person, the top last."""
        return [self._window(person, view) for view in self.slack.views(person.id)]

    def mark(self, person: Person) -> tuple[object, ...]:
        """What of the stack is seen: equal while nothing needs to be drawn again."""
        return tuple(
            (
                view.id,
                view.hash,
                tuple(view.errors.items()),
                view.notice,
                view.failures,
                self._said(view),
            )
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
            marks=marks_for(person.id, view),
        )

    def home(self, person: Person) -> Window | None:
        """The Home tab; None before the app published one."""
        view = self.slack.home(person.id)
        if view is None:
            return None
        content, marks = self._content(person, view), marks_for(person.id, view)
        return Window(view.id, content=content, marks=marks)

    def _content(self, person: Person, view: View) -> Markup:
        return drawn_or_fault(
            view.blocks,
            self.places.reader(person),
            at=view.id,
            values=view.values(),
            errors={**view.errors, **self.complaints.get(view.hash, {})},
        )
