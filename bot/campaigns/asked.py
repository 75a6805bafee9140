"""What somebody typed and gave to ask for a campaign, checked: pure."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace

from bot.campaigns.source import ListSource
from bot.errors import InputError
from bot.recipients.intake import check_script, open_paste, read
from bot.slack.blocks.call_form import LANGUAGES, LONGEST_SCRIPT
from bot.slack.blocks.campaign_form import KEPT, LONGEST_NUMBERS, MOST_DAYS
from bot.slack.blocks.text_form import message_block
from bot.slack.routes import FileRef
from bot.slack.text import tidy
from bot.texting.message import fault_of, read_message
from storage.rows import Kind

_LONGEST_CAMPAIGN = 150
NOTHING_GIVEN = "Paste phone numbers or add a file: one of the two."
KEPT_TEXT = "text"
"""What the text of a list that was given before is ticked by; a file by its place."""


@dataclass(frozen=True)
class Asked:
    """A campaign as it was asked for."""

    campaign: str
    script: str | None
    language: str | None
    skip_days: int
    source: ListSource
    kind: Kind = Kind.CALL


def kept_of(before: ListSource) -> dict[str, str]:
    """What stays of a list that was given before, by what it is ticked by, as it is called."""
    kept = {str(place): each.name or "A file" for place, each in enumerate(before.files)}
    if len(before.numbers) > LONGEST_NUMBERS:  # no field takes it
        lines = before.numbers.count("\n") + 1
        kept[KEPT_TEXT] = f"The text with {lines:,} lines"
    return kept


def read_asked(typed: Mapping[str, str], given: Collection[FileRef], before: ListSource) -> Asked:
    """The modal's fields; InputError carries every field's fault at once.

    `before` is what was given earlier: what of it is ticked stays, unless a new file takes the
    place of its files.
    """
    faults: dict[str, str] = {}
    campaign, script = tidy(typed.get("campaign", "")), tidy(typed.get("script", ""))
    if not campaign:
        faults["campaign"] = "Enter the campaign, as it is called in Toingg."
    elif len(campaign) > _LONGEST_CAMPAIGN:
        faults["campaign"] = _too_long(campaign, _LONGEST_CAMPAIGN)
    if len(script) > LONGEST_SCRIPT:
        faults["script"] = _too_long(script, LONGEST_SCRIPT)
    language = typed.get("language", "")
    if language and language not in LANGUAGES:
        faults["language"] = "Choose one of the languages of the list."
    elif language and script:
        faults["language"] = "Toingg takes a language or a script, not both. Leave one out."
    source = _source(typed, given, before)
    if not source.is_given:
        faults |= {"numbers": NOTHING_GIVEN, "file": NOTHING_GIVEN}
    days = _days(typed, faults)
    if faults:
        raise InputError(faults)
    return Asked(campaign, script or None, language or None, days, source)


def read_texts(typed: Mapping[str, str], given: Collection[FileRef], before: ListSource) -> Asked:
    """The same of a list of texts; a fault of the message stands under the block that holds it."""
    block = message_block(typed)
    title, message = tidy(typed.get("campaign", "")), read_message(typed.get(block, ""))
    faults: dict[str, str] = {}
    if not title:
        faults["campaign"] = "Enter what this list of texts is called here."
    elif len(title) > _LONGEST_CAMPAIGN:
        faults["campaign"] = _too_long(title, _LONGEST_CAMPAIGN)
    if fault := fault_of(message):
        faults[block] = fault
    source = _source(typed, given, before)
    if not source.is_given:
        faults |= {"numbers": NOTHING_GIVEN, "file": NOTHING_GIVEN}
    days = _days(typed, faults)
    if faults:
        raise InputError(faults)
    return Asked(title, message, None, days, source, Kind.TEXT)


def _days(typed: Mapping[str, str], faults: dict[str, str]) -> int:
    days = typed.get("skip_days", "").strip() or "0"
    if days.isascii() and days.isdecimal() and int(days) <= MOST_DAYS:
        return int(days)
    faults["skip_days"] = f"Enter a whole number of days, from 0 to {MOST_DAYS}."
    return 0


def ticked_in(typed: Mapping[str, str]) -> list[str]:
    """What stays of what was given before."""
    return [
        word for field, words in typed.items() if field.startswith(KEPT) for word in words.split()
    ]


def _too_long(text: str, most: int) -> str:
    return f"At most {most:,} characters; this has {len(text):,}."


def _source(typed: Mapping[str, str], given: Collection[FileRef], before: ListSource) -> ListSource:
    ticked = ticked_in(typed)
    kept = tuple(each for place, each in enumerate(before.files) if str(place) in ticked)
    files = tuple(given) or kept
    text = before.numbers if KEPT_TEXT in ticked else ""
    numbers = "\n".join(part for part in (typed.get("numbers", ""), text) if part.strip())
    mapping = before.mapping if files and files == before.files else None
    return replace(ListSource(numbers, files), mapping=mapping)


def check_pasted(asked: Asked, region: str) -> None:
    """What can be said at once of numbers that were pasted: for a thread.

    Raises InputError: a text that holds nobody; without a file also variables that nothing fills.
    """
    if not asked.source.numbers.strip():
        return
    listing = open_paste(asked.source.numbers)
    next(read([listing], region), None)
    if asked.script is not None and not asked.source.files:
        check_script(asked.script, listing.variables)
