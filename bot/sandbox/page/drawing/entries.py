"""Elements that something is typed or picked into: texts, numbers, dates, files."""

from collections.abc import Callable, Mapping
from typing import Any

from markupsafe import Markup

from bot.sandbox.page.drawing.controls import Control, flag
from bot.sandbox.page.drawing.dates import moment
from bot.sandbox.page.drawing.sheet import drawn

_MOST_FILES = 10


def draw_text(control: Control) -> Markup:
    """A line or several of text; Slack's lengths are the browser's."""
    element = control.element
    hooks = {
        **_hooks(control, "Text"),
        "placeholder": control.placeholder() or None,
        "minlength": element.get("min_length"),
        "maxlength": element.get("max_length"),
    }
    held = control.held() or ""
    if element.get("multiline"):
        return drawn("entries", "area", hooks=hooks, text=held)
    return drawn("entries", "entry", hooks={**hooks, "type": "text", "value": held})


def draw_number(control: Control) -> Markup:
    """A number, whole unless decimals are allowed."""
    element = control.element
    return _entry(
        control,
        "number",
        "Number",
        {
            "step": "any" if element["is_decimal_allowed"] else "1",
            "min": element.get("min_value"),
            "max": element.get("max_value"),
        },
    )


def draw_email(control: Control) -> Markup:
    """An email address."""
    return _entry(control, "email", "Email address", {"autocomplete": "off"})


def draw_url(control: Control) -> Markup:
    """A web address."""
    return _entry(control, "url", "Web address", {})


def draw_day(control: Control) -> Markup:
    """A date, as the browser lets one pick it."""
    return _entry(control, "date", "Date", {})


def draw_time(control: Control) -> Markup:
    """A time of day; beside it the zone, where the app names one."""
    zone = control.element.get("timezone")
    picker = _entry(control, "time", "Time", {"data-zone": zone})
    if zone is None:
        return picker
    frame = Markup('<span class="zoned">{} <span class="zone">{}</span></span>')
    return frame.format(picker, zone.replace("_", " "))


def draw_moment(control: Control) -> Markup:
    """A date and a time in the reader's zone; `data-epoch` has the seconds that Slack has."""
    epoch = control.held()
    at = None if epoch is None else moment(epoch, control.sheet.reader.zone)
    precise = "seconds" if at and at.second else "minutes"
    more = {
        "value": at.replace(tzinfo=None).isoformat(timespec=precise) if at else "",
        "step": "1" if precise == "seconds" else None,
        "data-epoch": epoch,
        "data-zone": control.sheet.reader.zone,
    }
    return _entry(control, "datetime-local", "Date and time", more)


def draw_files(control: Control) -> Markup:
    """Files to pick, and the names of those picked before."""
    element = control.element
    most = element.get("max_files", _MOST_FILES)
    kinds = ",".join(f".{kind.removeprefix('.')}" for kind in element.get("filetypes", []))
    hooks = {
        **_hooks(control, "Files"),
        "type": "file",
        "class": "files",
        "multiple": flag(on=most > 1),
        "accept": kinds or None,
        "data-max-files": most,
    }
    names = [file.get("name") or file.get("id", "") for file in control.held()]
    return drawn("entries", "files", hooks=hooks, names=names)


def _hooks(control: Control, called: str) -> dict[str, Any]:
    return {
        "id": control.spot.id,
        "class": "entry",
        **control.hooks(),
        **control.name(called),
        **control.duties(),
    }


def _entry(control: Control, kind: str, called: str, more: Mapping[str, Any]) -> Markup:
    """One field of a kind that browsers know."""
    hooks = {
        **_hooks(control, called),
        "type": kind,
        "placeholder": control.placeholder() or None
        if kind in ("number", "email", "url")
        else None,
        "value": control.held(),
        **more,
    }
    return drawn("entries", "entry", hooks=hooks)


ENTRIES: Mapping[str, Callable[[Control], Markup]] = {
    "plain_text_input": draw_text,
    "number_input": draw_number,
    "email_text_input": draw_email,
    "url_text_input": draw_url,
    "datepicker": draw_day,
    "timepicker": draw_time,
    "datetimepicker": draw_moment,
    "file_input": draw_files,
}
