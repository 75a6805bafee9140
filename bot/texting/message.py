"""A text's words as somebody typed them: pure."""

import unicodedata

from bot.slack.blocks.text_form import LONGEST_TEXT

_KEPT = "\n\t"


def read_message(typed: str) -> str:
    r"""The words as they are sent, with `\n` line ends, stripped at both ends.

    Controls and lone surrogates, which no phone shows and no database keeps, are dropped; quotes
    and dashes stay as they were typed, since whoever wrote them sees what they cost.
    """
    lines = typed.replace("\r\n", "\n").replace("\r", "\n")
    return "".join(char for char in lines if char in _KEPT or _is_sent(char)).strip()


def _is_sent(char: str) -> bool:
    return unicodedata.category(char) not in ("Cc", "Cs")


def fault_of(message: str) -> str:
    """What is wrong with the words, for whoever typed them; "" where nothing is."""
    if not message:
        return "Enter what the text says."
    if len(message) > LONGEST_TEXT:
        return f"At most {LONGEST_TEXT:,} characters; this has {len(message):,}."
    return ""
