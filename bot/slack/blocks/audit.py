"""The audit log in Slack: its last entries as lines, and what comes with it as a file."""

import re
from collections.abc import Sequence
from typing import Any

from bot.slack.blocks.parts import Block, actions, button, context, modal, moment, person, section
from bot.slack.text import inline
from storage.audit import Entry, Head

_HASH = re.compile(r"[0-9a-f]{32,64}")
_TOLD = 8
"""Characters of an id, or of a number's keyed hash, by which people compare them."""
_WORD = 60
_LINES = 5
_SKIPPED = ("number",)


def audit_page(newest: Sequence[Entry]) -> Block:
    """The entries, the newest first, and Export."""
    if not newest:
        return modal("Audit", [section("Nothing is written down here yet.")], close="Back")
    lines = [_line(each) for each in newest]
    parts = [lines[at : at + _LINES] for at in range(0, len(lines), _LINES)]
    blocks = [section("\n".join(part)) for part in parts]
    last = newest[0]
    blocks.append(context(f"Entry {last.seq:,} is the last; its hash begins `{last.hash[:16]}`."))
    blocks.append(actions(button("Export", "settings.audit_export", "all"), block_id="audit"))
    return modal("Audit", blocks, close="Back")


def _line(entry: Entry) -> str:
    who = person(entry.actor) if entry.actor else "The bot"
    what = entry.deed.replace("_", " ")
    return f"{moment(entry.at)} {who}: {what} {_subject(entry.subject)}{_detail(entry.detail)}"


def _subject(subject: str) -> str:
    return f"`{subject[:_TOLD]}…`" if _HASH.fullmatch(subject) else inline(subject, _WORD)


def _detail(detail: dict[str, Any]) -> str:
    """What of it fits a line; keyed hashes don't."""
    if {"before", "after"} <= detail.keys():
        return f": {_word(detail['before'])} → {_word(detail['after'])}"
    told = [f"{key} {_word(value)}" for key, value in detail.items() if key not in _SKIPPED]
    return f" ({', '.join(told)})" if told else ""


def _word(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(map(_word, value))
    return inline("none" if value is None else str(value), _WORD)


def export_comment(count: int, head: Head) -> str:
    """What is said with the file."""
    entries = "entry" if count == 1 else "entries"
    return (
        f"The audit log's last {count:,} {entries}. Head: `{head.seq}:{head.hash}`. With it"
        " `toingg-bot audit verify --expect` says later whether any of them was changed."
    )


def exported() -> Block:
    """The page, once the file is asked for."""
    said = "The file is on its way to your direct messages with me. That is in the log too."
    return modal("Audit", [section(said)], close="Back")
