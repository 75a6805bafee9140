"""Views: the modals stacked before each person, and everybody's Home tab."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from bot.sandbox.slack.checks import controls
from bot.sandbox.slack.failures import Failure
from bot.sandbox.slack.feed import Feed, Kind
from bot.sandbox.slack.inputs import initial_state, stateful
from bot.sandbox.slack.limits import LIMITS
from bot.sandbox.slack.messages import named, texts
from bot.sandbox.slack.people import APP_ID, Team
from bot.sandbox.slack.refusals import Json, SlackError, breach

How = Literal[
    "opened",
    "pushed",
    "published",
    "updated",
    "typed",
    "errors",
    "trouble",
    "failures",
    "loading",
    "answered",
    "closed",
    "submitted",
    "cleared",
    "replaced",
]
"""What became of a view: opened in an empty place or pushed onto others; redrawn by the app;
typed into; shown errors, trouble or warning marks; a submission under way, and answered; closed by
hand, by its submission, with the whole stack, or by another that was opened in its place."""


@dataclass(frozen=True)
class View:
    """A modal or a Home tab as it stood at one moment; an update keeps `id` and changes `hash`.

    `typed` is what the person entered so far, block_id → action_id → state; `errors` the lines
    under the fields by block_id, after a submission that the app didn't take; `notice` Slack's own
    words at the top of the modal, when the app didn't answer or answered what Slack refuses;
    `failures` the warning marks at its elements; `loading` while a submission is under way.
    """

    id: str
    user: str
    team: Team
    hash: str
    content: Json
    root_id: str
    previous_id: str | None = None
    channel: str | None = None
    typed: Mapping[str, Mapping[str, Json]] = field(default_factory=dict)
    errors: Mapping[str, str] = field(default_factory=dict)
    notice: str = ""
    failures: tuple[Failure, ...] = ()
    loading: bool = False

    @property
    def callback_id(self) -> str:
        """The app's name for this kind of view."""
        return str(self.content.get("callback_id", ""))

    @property
    def blocks(self) -> list[Json]:
        """Its blocks, each with a block_id."""
        blocks: list[Json] = self.content["blocks"]
        return blocks

    def values(self) -> dict[str, dict[str, Json]]:
        """`state.values`: every input's state, as typed or as it was to begin with."""
        found: dict[str, dict[str, Json]] = {}
        for block in self.blocks:
            for _, element in controls(block):
                if stateful(element):
                    block_id, action_id = block["block_id"], element["action_id"]
                    state = self.typed.get(block_id, {}).get(action_id)
                    state = state or initial_state(element, self.channel)
                    found.setdefault(block_id, {})[action_id] = state
        return found

    def as_slack(self, *, with_state: bool = True) -> Json:
        """The view's JSON, as answers (whose `state` is empty) and payloads carry it."""
        modal = {
            "title": None,
            "close": None,
            "submit": None,
            "clear_on_close": False,
            "notify_on_close": False,
            "submit_disabled": False,
        }
        return {
            "id": self.id,
            "team_id": self.team.id,
            "app_id": APP_ID,
            "app_installed_team_id": self.team.id,
            "bot_id": self.team.bot_id,
            "private_metadata": "",
            "callback_id": "",
            "external_id": "",
            **(modal if self.content["type"] == "modal" else {}),
            **self.content,
            "state": {"values": self.values() if with_state else {}},
            "hash": self.hash,
            "root_view_id": self.root_id,
            "previous_view_id": self.previous_id,
        }

    def all_text(self) -> str:
        """Every text in it, a line each: what somebody reads, for assertions."""
        parts = [self.content.get(name) for name in ("title", "submit", "close")]
        return "\n".join(texts([part for part in parts if part] + self.blocks))


class Views:
    """The stacks of modals, and the Home tabs."""

    def __init__(self, feed: Feed, team: Team) -> None:
        self._feed = feed
        self._team = team
        self._stacks: dict[str, list[View]] = {}
        self._homes: dict[str, View] = {}

    def stack(self, user: str) -> list[View]:
        """What is open before this person, the top last."""
        with self._feed.lock:
            return list(self._stacks.get(user, []))

    def home(self, user: str) -> View | None:
        """This person's Home tab; None before the first is published."""
        with self._feed.lock:
            return self._homes.get(user)

    def find(self, view_id: str) -> View | None:
        """An open modal or a Home tab by its id, as it stands now."""
        with self._feed.lock:
            open_now = [view for stack in self._stacks.values() for view in stack]
            return next((v for v in (*open_now, *self._homes.values()) if v.id == view_id), None)

    def find_external(self, external_id: str) -> View | None:
        """An open modal or a Home tab by the app's own id for it."""
        with self._feed.lock:
            open_now = [view for stack in self._stacks.values() for view in stack]
            everything = (*open_now, *self._homes.values())
            return next(
                (v for v in everything if v.content.get("external_id") == external_id), None
            )

    def _made(self, user: str, content: Json, **fields: Any) -> View:
        view_id = self._feed.new_id("V")
        content = {**content, "blocks": list(named(self._feed, content["blocks"]))}
        fields.setdefault("root_id", view_id)
        return View(view_id, user, self._team, self._new_hash(), content, **fields)

    def _new_hash(self) -> str:
        return f"{int(self._feed.now().timestamp())}.{secrets.token_hex(4)}"

    def _unlike_others(self, content: Json, but: str = "") -> None:
        other = self.find_external(content["external_id"]) if content.get("external_id") else None
        if other and other.id != but:
            raise breach("an external_id used before")

    def open(self, user: str, content: Json, channel: str | None) -> View:
        """Opens a modal in the place of whatever was open."""
        with self._feed.lock:
            self._unlike_others(content)
            view = self._made(user, content, channel=channel)
            self.clear(user, "replaced")
            self._stacks[user] = [view]
            self._tell("view_opened", view, "opened")
            return view

    def push(self, user: str, content: Json) -> View:
        """Puts a modal on top of the open ones; raises `not_found` and `push_limit_reached`."""
        with self._feed.lock:
            stack = self._stacks.get(user, [])
            if not stack:
                raise breach("no modal to push onto")
            limit = LIMITS["views in a stack"]
            if len(stack) >= limit.number:
                raise SlackError(limit.code)
            self._unlike_others(content)
            top = stack[-1]
            view = self._made(
                user, content, root_id=top.root_id, previous_id=top.id, channel=top.channel
            )
            self._stacks[user] = [*stack, view]
            self._tell("view_opened", view, "pushed")
            return view

    def update(self, view: View, content: Json) -> View:
        """Redraws a view: what was typed stays where block_id, action_id and type are the same."""
        with self._feed.lock:
            self._unlike_others(content, but=view.id)
            drawn = {**content, "blocks": list(named(self._feed, content["blocks"]))}
            fresh = replace(
                view, content=drawn, hash=self._new_hash(), errors={}, notice="", failures=()
            )
            return self._put(replace(fresh, typed=_kept(view, fresh)), "updated")

    def note(self, view: View, how: How, **fields: Any) -> View:
        """Changes what the person has before them (typed, errors, notice…); the hash stays.

        A view that is closed by now stays so; nothing is told of it.
        """
        with self._feed.lock:
            now = self.find(view.id)
            if now is None:
                return replace(view, **fields)
            return self._put(replace(now, **fields), how)

    def publish(self, user: str, content: Json) -> View:
        """Shows a Home tab to this person."""
        with self._feed.lock:
            earlier = self._homes.get(user)
            if earlier:
                return self.update(earlier, content)
            view = self._homes[user] = self._made(user, content)
            self._tell("home_published", view, "published")
            return view

    def _tell(self, kind: Kind, view: View, how: How) -> None:
        stack = tuple(each.id for each in self._stacks.get(view.user, []))
        self._feed.tell(kind, view=view, how=how, stack=stack)

    def _put(self, view: View, how: How) -> View:
        home = self._homes.get(view.user)
        if home and home.id == view.id:
            self._homes[view.user] = view
            self._tell("home_published", view, how)
        else:
            stack = self._stacks.get(view.user, [])
            self._stacks[view.user] = [view if v.id == view.id else v for v in stack]
            self._tell("view_changed", view, how)
        return view

    def close(self, view: View, how: How = "closed") -> None:
        """Takes a modal away, and what lies on top of it; the one below is seen again."""
        with self._feed.lock:
            stack = self._stacks.get(view.user, [])
            ids = [v.id for v in stack]
            if view.id in ids:
                at = ids.index(view.id)
                gone, self._stacks[view.user] = stack[at:], stack[:at]
                for closed in reversed(gone):
                    self._tell("view_closed", closed, how)

    def clear(self, user: str, how: How = "cleared") -> None:
        """Takes all of a person's modals away."""
        with self._feed.lock:
            for view in self.stack(user)[:1]:
                self.close(view, how)


def _kept(before: View, after: View) -> dict[str, dict[str, Json]]:
    """What was typed, where there is still an input to hold it."""
    kept: dict[str, dict[str, Json]] = {}
    for block_id, actions in after.values().items():
        for action_id, state in actions.items():
            typed = before.typed.get(block_id, {}).get(action_id)
            if typed and typed["type"] == state["type"]:
                kept.setdefault(block_id, {})[action_id] = dict(typed)
    return kept
