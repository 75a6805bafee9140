"""What the page's script says of a view's inputs, as the stand-in's fingers want it."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from bot.sandbox.slack import Message, Place, View
from bot.sandbox.slack.fingers import Values
from bot.sandbox.slack.inputs import entered_state, stateful, unsent

Json = dict[str, Any]


def elements_of(at: Message | View) -> Iterator[tuple[str, Json]]:
    """What can be used in a message or a view: (block_id, element)."""
    holder = at if isinstance(at, Message) else Message("", "", "", blocks=tuple(at.blocks))
    return holder.elements()


class Entered:
    """Turns what a browser's controls hold into what is entered, for one reader's zone."""

    def __init__(self, slack: Place, zone: str) -> None:
        self._slack = slack
        self._zone = ZoneInfo(zone)

    def value(self, element: Json, held: Any) -> Any:
        """One control's: text, an option's value or the option, a list of them, files' ids."""
        special: dict[str, Callable[[Any], Any]] = {
            "datetimepicker": self._moment,
            "file_input": self._files,
            "rich_text_input": _rich_text,
        }
        convert = special.get(element["type"])
        return held if convert is None or held is None else convert(held)

    def _moment(self, held: str) -> int | None:
        """Seconds since 1970 of a local time as `datetime-local` has it."""
        if not held:
            return None
        return int(datetime.fromisoformat(held).replace(tzinfo=self._zone).timestamp())

    def _files(self, held: Sequence[str]) -> list[Json]:
        workspace = self._slack.workspace
        return [workspace.files.get(each).as_slack(workspace.base_url) for each in held]

    def all(self, view: View, held: Mapping[str, Mapping[str, Any]]) -> Values:
        """Every input's that the view has; others aren't looked at."""
        return {
            (block_id, element["action_id"]): self.value(
                element, held[block_id][element["action_id"]]
            )
            for block_id, element in elements_of(view)
            if stateful(element) and element["action_id"] in held.get(block_id, {})
        }


def complaints(view: View, entered: Values) -> dict[str, str]:
    """Why Slack's client wouldn't submit the view: a line for each input that is at fault."""
    found: dict[str, str] = {}
    values = view.values()
    for block in view.blocks:
        if block["type"] != "input":
            continue
        block_id, element = block["block_id"], block["element"]
        key = (block_id, element["action_id"])
        state = values[block_id][element["action_id"]]
        if key in entered:
            state = entered_state(element, entered[key])
        reason = unsent(block, state)
        if reason:
            found[block_id] = reason
    return found


def _rich_text(held: str) -> Json | None:
    if not held:
        return None
    section = {"type": "rich_text_section", "elements": [{"type": "text", "text": held}]}
    return {"type": "rich_text", "elements": [section]}
