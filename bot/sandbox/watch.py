"""Shows whatever happens on either side."""

from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial

from bot.sandbox.scene import Scene
from bot.sandbox.slack.feed import Change
from bot.sandbox.slack.messages import Message

_MESSAGES = frozenset({"message_posted", "message_changed", "ephemeral_shown"})
_CUT = timedelta(seconds=1)

Show = Callable[[], None]


class Watch:
    """Remembers what has been shown."""

    def __init__(self, scene: Scene) -> None:
        self._scene = scene
        self._seen = scene.slack.seq
        self._requests = len(scene.toingg.requests)
        self._deliveries = len(scene.toingg.deliveries)
        self._tries = Counter({each.id: len(each.deliveries) for each in scene.stripe.events})

    def news(self) -> list[Show]:
        """What has happened since the last look, each as what shows it; Slack's side last."""
        return [*self._of_toingg(), *self._of_stripe(), *self._of_slack()]

    def _of_stripe(self) -> list[Show]:
        shows: list[Show] = []
        for event in self._scene.stripe.events:
            for each in event.deliveries[self._tries[event.id] :]:
                said = f"event {event.type}, the bot answered {each.status}"
                shows.append(partial(self._scene.screen.line, "Stripe", said))
            self._tries[event.id] = len(event.deliveries)
        return shows

    def _of_toingg(self) -> list[Show]:
        screen, now = self._scene.screen, datetime.now(UTC)
        shows: list[Show] = []
        for request in self._scene.toingg.requests[self._requests :]:
            if request.status is None and now - request.at < _CUT:
                break  # its answer isn't known yet
            self._requests += 1
            shows.append(partial(screen.request, request))
        for delivery in self._scene.toingg.deliveries[self._deliveries :]:
            if not delivery.tries:
                break
            self._deliveries += 1
            shows.append(partial(screen.delivery, delivery))
        return shows

    def _of_slack(self) -> list[Show]:
        slack, seen = self._scene.slack, self._seen
        self._seen = slack.seq
        changes = [each for each in slack.changes if seen < each.seq <= self._seen]
        latest = {key: change for change in changes if (key := _key(change)) is not None}
        return [partial(self._show, change) for change in latest.values()]

    def _show(self, change: Change) -> None:
        screen = self._scene.screen
        if change.kind == "view_opened":
            screen.view(change.data["view"])
        elif change.kind == "interaction_failed":
            screen.fault(f"Slack: the bot didn't answer ({change.data['error']}).")
        else:
            screen.message(change.data["message"])


def _key(change: Change) -> str | None:
    """Of several changes to one thing only the last is shown; None: nothing to show."""
    if change.kind in _MESSAGES:
        message: Message = change.data["message"]
        return message.ts
    return str(change.seq) if change.kind in ("view_opened", "interaction_failed") else None
