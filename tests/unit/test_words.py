"""What a text asks by a single word."""

import pytest

from bot.texting.words import Word, word_of


@pytest.mark.parametrize(
    ("body", "word"),
    [
        *((each, Word.STOP) for each in ("STOP", "stop.", " Stop! ", "QUIT", "end", "Revoke")),
        *((each, Word.STOP) for each in ("opt out", "OPT-OUT", "OptOut", "cancel", "Unsubscribe")),
        *((each, Word.STOP) for each in ("STOPALL", "stop all", "\u201cStop\u201d")),
        *((each, Word.START) for each in ("START", "yes", "Unstop")),
        *((each, Word.HELP) for each in ("help?", "INFO")),
        *(
            (each, Word.OTHER)
            for each in ("", "Stop by at ten", "don't stop", "yes please", "end?1")
        ),
    ],
)
def test_words(body: str, word: Word) -> None:
    """Alone, in any case and with any signs around it, it counts; within a sentence it doesn't."""
    assert word_of(body) is word
