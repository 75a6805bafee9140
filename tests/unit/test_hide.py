"""What Toingg repeats of a name or a script is hidden, however it spells or shortens it."""

import pytest

from bot.slack.text import hide

SCRIPT = "Ask whether ten o'clock suits,\nand remind him of invoice 4711."


@pytest.mark.parametrize(
    ("text", "private", "shown"),
    [
        ("“John Doe” is no name", "John Doe", "“…” is no name"),
        ("name: JOHN  DOE", "John Doe", "name: …"),
        ("Johnny isn't John", "John", "Johnny isn't …"),
        ("电话王小明不对", "王小明", "电话…不对"),
        ("script “Ask whether ten o'clock suits, and rem…” fails", SCRIPT, "script “……” fails"),
        ("…him of invoice 4711 is no text", SCRIPT, "…… is no text"),
        ("ASK WHETHER TEN O CLOCK", SCRIPT, "…"),
        ("Ask again tomorrow", SCRIPT, "Ask again tomorrow"),
        ("a plan", "a", "a plan"),
        ("nothing", "", "nothing"),
        ("", SCRIPT, ""),
    ],
)
def test_hide(text: str, private: str, shown: str) -> None:
    """Whole words of a name, twelve letters in a row of a script; nothing by chance."""
    assert hide(text, private) == shown
