"""What an inbound text asks of us by a single word: pure.

Sources: FCC, 47 CFR 64.1200(a)(10), for the words that always count; CTIA's Messaging Principles
for STOPALL, HELP, INFO, START and UNSTOP.
"""

from enum import StrEnum


class Word(StrEnum):
    """What it asks; OTHER is anything that somebody has to read."""

    STOP = "stop"
    START = "start"
    HELP = "help"
    OTHER = "other"


_WORDS = {
    **dict.fromkeys(
        ("stop", "quit", "end", "revoke", "opt out", "optout", "cancel", "unsubscribe"), Word.STOP
    ),
    **dict.fromkeys(("stopall", "stop all"), Word.STOP),
    **dict.fromkeys(("start", "yes", "unstop"), Word.START),
    **dict.fromkeys(("help", "info"), Word.HELP),
}


def word_of(body: str) -> Word:
    """The word that is all there is, whatever its case and the signs and spaces around it."""
    letters = "".join(char if char.isalnum() else " " for char in body.casefold())
    return _WORDS.get(" ".join(letters.split()), Word.OTHER)
