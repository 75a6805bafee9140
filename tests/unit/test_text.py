"""Text out of Slack's markup, into it, and past people who shouldn't read a number in it."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.slack.text import (
    clip,
    escape,
    first_word,
    inline,
    mask_numbers,
    parse_quick_number_name,
    split_quick,
    tidy,
    unwrap,
)

FAMILY = "\U0001f468\u200d\U0001f469\u200d\U0001f467"
THUMB = "\U0001f44d\U0001f3fd"
FLAGS = "\U0001f1ec\U0001f1e7\U0001f1eb\U0001f1f7"
ANY_TEXT = st.text() | st.text(alphabet="<>&|@#!;ampltg:* +1\u200d\u0301\U0001f1ec")


@pytest.mark.parametrize(
    ("sent", "typed"),
    [
        ("<tel:+14155550132|+1 415 555 0132> | Jo", "+1 415 555 0132 | Jo"),
        ("<tel:+14155550132>", "+14155550132"),
        ("<mailto:jo@example.com|jo@example.com>", "jo@example.com"),
        ("<https://example.com/a?b=1&amp;c=2>", "https://example.com/a?b=1&c=2"),
        ("see <https://example.com|example.com> now", "see example.com now"),
        ("<@U0123|jo> in <#C0123|general>", "@jo in #general"),
        ("<@U0123>", "@U0123"),
        ("<!here> <!channel|channel> <!subteam^S0123|@sales>", "@here @channel @sales"),
        ("<!date^1700000000^{date}|14 November>", "14 November"),
        ("Smith &amp; Sons &lt;sales&gt;", "Smith & Sons <sales>"),
        ("&lt;!channel&gt;", "<!channel>"),
        ("&amp;lt;", "&lt;"),
        ("1 < 2", "1 < 2"),
        ("<>", "<>"),
        ("+1\u00a0415\u202f555\u30000132", "+1 415 555 0132"),
        ("\u201cIt\u2019s Jo\u201d", '"It\'s Jo"'),
        ("\u202ajo\u200b\ufeff\u2069\u00ad", "jo"),
        ("a\r\nb\u2028c\rd", "a\nb\nc\nd"),
        ("tab\there\x00", "tab here"),
        ("lone \ud83d surrogate", "lone  surrogate"),
        (
            "\u0646\u0645\u06cc\u200c\u0634\u0648\u062f",
            "\u0646\u0645\u06cc\u200c\u0634\u0648\u062f",
        ),
        ("jo\u200cdoe \u200d", "jodoe"),
        (FAMILY, FAMILY),
    ],
)
def test_unwrapping_gives_what_was_typed(sent: str, typed: str) -> None:
    """Links, mentions and entities become what their author typed; odd characters plain ones."""
    assert unwrap(sent) == typed


@given(ANY_TEXT)
@example("&amp;")
@example("<!channel>")
def test_escaped_text_stays_text(text: str) -> None:
    """No text can bring a link, a mention or a ping, and nothing of it is lost."""
    escaped = escape(text)
    assert not {"<", ">"} & set(escaped)
    assert unwrap(escaped) == tidy(text)


@given(ANY_TEXT)
def test_tidied_text_is_tidy(text: str) -> None:
    """Tidying twice changes nothing more, and any database takes what is left."""
    tidied = tidy(text)
    assert tidy(tidied) == tidied
    assert "\x00" not in tidied
    tidied.encode()


@given(st.text(st.characters(exclude_categories=["Cc", "Cf", "Cs", "Zl", "Zp"])))
@example("\u201cJos\u00e9\u201d \u2019 \U0001f642")
def test_text_with_nothing_to_drop_is_tidied_the_same(text: str) -> None:
    """The short way for printable text gives what the long way does beside a hidden character."""
    assert tidy(text) == tidy(f"{text}\u200b")


@pytest.mark.parametrize(
    ("text", "limit", "shown"),
    [
        ("Jo <!channel> & Co", 40, "Jo &lt;!channel&gt; &amp; Co"),
        ("<https://example.com|Pay>", 40, "&lt;https://example.com|Pay&gt;"),
        ("Jo\n*Status:* paid", 40, "Jo *Status:* paid"),
        ("\u202egnihton\u202c", 40, "gnihton"),
        ("&&&&", 3, "&amp;&amp;…"),
    ],
)
def test_foreign_text_within_a_line(text: str, limit: int, shown: str) -> None:
    """A name can't add a line, turn a line around, or have an entity of it cut in two."""
    assert inline(text, limit) == shown


@pytest.mark.parametrize(
    ("text", "parts", "given_"),
    [
        ("+14155550132 | John Doe | Spring Sale", 3, ["+14155550132", "John Doe", "Spring Sale"]),
        ("+14155550132|John|See you | at ten", 3, ["+14155550132", "John", "See you | at ten"]),
        ("+14155550132 || Spring Sale", 3, ["+14155550132", "", "Spring Sale"]),
        ("+14155550132", 3, ["+14155550132", "", ""]),
        ("", 2, ["", ""]),
        ("a | b", 1, ["a | b"]),
    ],
)
def test_a_quick_form_has_as_many_parts_as_it_should(
    text: str, parts: int, given_: list[str]
) -> None:
    """Parts that weren't given are empty, and the last keeps its bars."""
    assert split_quick(text, parts) == given_


@pytest.mark.parametrize(
    ("text", "number", "name"),
    [
        ("+1 415 555 0132 John Doe", "+1 415 555 0132", "John Doe"),
        ("+14155550132", "+14155550132", ""),
        ("  (415) 555-0132  Ann-Marie O'Neil ", "(415) 555-0132", "Ann-Marie O'Neil"),
        ("(+1) 415 555 0132 Ann", "(+1) 415 555 0132", "Ann"),
        ("415.555.0132 X \u00c6 A-12", "415.555.0132", "X \u00c6 A-12"),
        ("tel:+14155550132 Jo", "tel:+14155550132", "Jo"),
        ("+44 (0)20 7946 0123 Ann", "+44 (0)20 7946 0123", "Ann"),
        ("+1\u2010415\u2011555\u20130132 Ann", "+1\u2010415\u2011555\u20130132", "Ann"),
        ("+1 415 555 0132 - John", "+1 415 555 0132", "John"),
        ("+14155550132, John", "+14155550132", "John"),
        ("+14155550132: John", "+14155550132", "John"),
        ("+1 415 555 0132 (John)", "+1 415 555 0132", "(John)"),
        ("+1 415 555 0132\nJohn\nDoe", "+1 415 555 0132", "John\nDoe"),
        ("+1 415 555 0132 3M Company", "+1 415 555 0132", "3M Company"),
        ("+1 415 555 0132 7 Eleven", "+1 415 555 0132", "7 Eleven"),
        ("+1 415 555 0132 ext. 12 John", "+1 415 555 0132 ext. 12", "John"),
        ("+1 415 555 0132 x12", "+1 415 555 0132 x12", ""),
        ("+1 415 555 0132 Xavier", "+1 415 555 0132", "Xavier"),
        ("1-800-FLOWERS Jo", "1-800-FLOWERS", "Jo"),
        # Left together, for the number's own checks to refuse.
        ("+1 415 555 0132 33", "+1 415 555 0132 33", ""),
        ("+1 415 555 0132 / +1 415 555 0133", "+1 415 555 0132 / +1 415 555 0133", ""),
        ("+14155550132John", "+14155550132John", ""),
        ("John +14155550132", "John +14155550132", ""),
        ("", "", ""),
    ],
)
def test_without_a_bar_the_name_follows_the_number(text: str, number: str, name: str) -> None:
    """The number ends where nothing that follows can belong to it."""
    assert parse_quick_number_name(text, 3) == [number, name, ""]


def test_with_a_bar_the_parts_are_as_given() -> None:
    """Bars win: a name before the first one stays with the number, to be refused there."""
    parts = parse_quick_number_name("+14155550132 John | Spring Sale", 3)
    assert parts == ["+14155550132 John", "Spring Sale", ""]


@given(ANY_TEXT, st.integers(1, 4))
@example("+" + "1 " * 3000, 3)
@example("1-" + "a" * 3000 + "-\u00e9", 3)
def test_any_text_makes_a_form_of_its_parts(text: str, parts: int) -> None:
    """Whatever is typed, there are as many parts as asked for."""
    assert len(split_quick(text, parts)) == parts
    assert len(parse_quick_number_name(text, parts)) == parts


@pytest.mark.parametrize(
    ("text", "word", "rest"),
    [
        ("call +1 415 555 0132", "call", "+1 415 555 0132"),
        ("  Help  ", "help", ""),
        ("SMS\n+14155550132", "sms", "+14155550132"),
        ("script line one\nline two", "script", "line one\nline two"),
        ("", "", ""),
    ],
)
def test_the_first_word_is_the_flow(text: str, word: str, rest: str) -> None:
    """Capitals of a phone's keyboard don't matter; the rest is as typed."""
    assert first_word(text) == (word, rest)


@pytest.mark.parametrize(
    ("text", "limit", "clipped"),
    [
        ("short", 5, "short"),
        ("longer", 5, "long…"),
        ("two words", 5, "two…"),
        ("x", 0, ""),
        ("xy", 1, "…"),
        ("ae\u0301z", 3, "a…"),
        (f"a{THUMB}z", 3, "a…"),
        (f"a{FAMILY}", 5, "a…"),
        (f"{FLAGS}z", 4, FLAGS[:2] + "…"),
        (f"{FLAGS}z", 3, FLAGS[:2] + "…"),
    ],
)
def test_clipping_cuts_no_character_in_two(text: str, limit: int, clipped: str) -> None:
    """Accents, skin tones, flags and joined emoji go whole, and the sign fits in the limit."""
    assert clip(text, limit) == clipped


@given(ANY_TEXT, st.integers(0, 30))
def test_a_clipped_text_fits(text: str, limit: int) -> None:
    """Nothing is longer than its limit, and what fits isn't touched."""
    clipped = clip(text, limit)
    assert len(clipped) <= limit
    assert clipped == text if len(text) <= limit else text.startswith(clipped[:-1])


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("To +1 (415) 555-0132: busy", "To •••••32: busy"),
        ("{'phoneNumber': '+14155550132'}", "{'phoneNumber': '•••••32'}"),
        ("tel 020.7946.0123, twice", "tel •••••23, twice"),
        ("'+14155550132' and '+14155550199'", "'•••••32' and '•••••99'"),
        ("error 40001 after 1200 ms", "error 40001 after 1200 ms"),
        ("at 2026-07-15 16:00", "at 2026-07-15 16:00"),
        ("CA1234567890abcdef", "CA1234567890abcdef"),
    ],
)
def test_numbers_in_foreign_text_are_hidden(text: str, masked: str) -> None:
    """A sentence of another service can be shown without the number that it repeats."""
    assert mask_numbers(text) == masked
