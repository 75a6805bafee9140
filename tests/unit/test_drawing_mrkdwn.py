"""Slack's markup as HTML: what is marked up, whose names and hours stand in it, what stays text."""

import re
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.sandbox.page.drawing import draw_mrkdwn, draw_plain
from bot.sandbox.page.drawing.dates import TOKENS
from bot.sandbox.page.drawing.emoji import PATTERN
from tests.drawn import EPOCH, READER, read
from tests.generated import FORGED, NASTY


def mention(name: str) -> str:
    """A name that stands for somebody or for a place."""
    return f'<span class="mention">{name}</span>'


def mine(name: str) -> str:
    """A name that stands for the reader, alone or among others."""
    return f'<span class="mention mention-mine">{name}</span>'


def link(url: str, label: str) -> str:
    """A link as it is drawn."""
    return f'<a href="{url}" target="_blank" rel="noopener noreferrer">{label}</a>'


@pytest.mark.parametrize(
    ("text", "drawn"),
    [
        ("*bold* _it_ ~no~", "<b>bold</b> <i>it</i> <s>no</s>"),
        ("*_both_* ~*two*~", "<b><i>both</i></b> <s><b>two</b></s>"),
        ("2 * 3 * 4, snake_case_name, a*b*c", "2 * 3 * 4, snake_case_name, a*b*c"),
        ("* no* *no * *a\nb*", "* no* *no * *a<br>b*"),
        ("(*yes*), *yes*!", "(<b>yes</b>), <b>yes</b>!"),
        ("`*code* <b>`", "<code>*code* &lt;b&gt;</code>"),
        ("`a *b` c*", "<code>a *b</code> c*"),
        ("*a `b*c` d*", "<b>a <code>b*c</code> d</b>"),
        ("one\ntwo\r\n\r\nthree", "one<br>two<br><br>three"),
        ("• one\n- two\n1. three", "• one<br>- two<br>1. three"),
        ("a\n```\nx = *1*\n  y\n```\nb", "a<pre>\nx = *1*\n  y</pre>b"),
        ("a ```b``` c", "a <pre>\nb</pre> c"),
        ("``` open", "``` open"),
        ("> q *b*\n&gt; r\nno", "<blockquote>q <b>b</b><br>r</blockquote>no"),
        ("a\n>>> b\n\nc", "a<blockquote>b<br><br>c</blockquote>"),
        ("a > b", "a &gt; b"),
        ("&amp;lt; &lt;b&gt; &quot; &#60;", "&amp;lt; &lt;b&gt; &amp;quot; &amp;#60;"),
        (
            "<https://example.com/?a=1&amp;b=2|see *it*>",
            link("https://example.com/?a=1&amp;b=2", "see *it*"),
        ),
        (
            "_<https://example.com/_a_b_>_",
            f"<i>{link('https://example.com/_a_b_', 'https://example.com/_a_b_')}</i>",
        ),
    ],
)
def test_markup_is_drawn(text: str, drawn: str) -> None:
    """What is marked up at a word's edge is drawn, and every other sign stays what it is."""
    assert draw_mrkdwn(text, READER) == drawn


@pytest.mark.parametrize(
    ("text", "drawn"),
    [
        ("<@U0CARL0001>", mine("@Carl")),
        ("<@U0ANN00001|jo>", mention("@Ann &lt;b&gt;")),
        ("<@U0GONE0001|jo> <@U0GONE0001>", f"{mention('@jo')} {mention('@U0GONE0001')}"),
        ("<#C0SALES001|old>", mention("#sales")),
        ("<#C0GONE0001|ad> <#C0GONE0001|>", f"{mention('#ad')} {mention('#C0GONE0001')}"),
        (
            "<!here> <!channel|x> <!everyone>",
            " ".join(map(mine, ["@here", "@channel", "@everyone"])),
        ),
        ("<!subteam^S1|@team> <!subteam^S1>", f"{mention('@team')} {mention('@S1')}"),
        ("<!unknown|label> <!unknown>", "label &lt;!unknown&gt;"),
        ("*hi <@U0CARL0001>*", f"<b>hi {mine('@Carl')}</b>"),
    ],
)
def test_mentions_have_the_readers_names(text: str, drawn: str) -> None:
    """People and channels are shown by the reader's names, else by the label, else by the id."""
    assert draw_mrkdwn(text, READER) == drawn


@pytest.mark.parametrize(
    ("text", "href", "label"),
    [
        ("<http://example.com>", "http://example.com", "http://example.com"),
        ("<HTTPS://example.com|x>", "HTTPS://example.com", "x"),
        ("<mailto:jo@example.com>", "mailto:jo@example.com", "jo@example.com"),
        ("<tel:+14155550132|call :phone:>", "tel:+14155550132", "call ☎️"),
    ],
)
def test_a_link_opens_beside_the_page(text: str, href: str, label: str) -> None:
    """The web, a mailbox and a phone are linked, and the target isn't told where from."""
    anchor = read(draw_mrkdwn(text, READER)).only("a")
    assert anchor.text() == label
    assert anchor.attributes == {"href": href, "target": "_blank", "rel": "noopener noreferrer"}


@pytest.mark.parametrize(
    "text",
    [
        "<javascript:alert(1)|x>",
        "<JavaScript://example.com/%0aalert(1)|x>",
        "<data:text/html,x|x>",
        "<//example.com|x>",
        "</path>",
        '<https://example.com/"onclick=x|x>',
        "<https://exa mple.com>",
        "<http:>",
        "<script>",
        "<>",
        "https://example.com",
    ],
)
def test_what_is_no_link_stays_text(text: str) -> None:
    """Another scheme, or something that is no address, is shown as it was sent."""
    drawn = read(draw_mrkdwn(text, READER))
    assert list(drawn.every()) == []
    assert drawn.text() == text


@pytest.mark.parametrize(
    ("token", "today", "far"),
    [
        ("date_num", "2026-11-25", "2014-02-18"),
        ("date_slash", "25/11/2026", "18/02/2014"),
        ("date", "November 25th", "February 18th, 2014"),
        ("date_short", "Nov 25", "Feb 18, 2014"),
        ("date_long", "Wednesday, November 25th", "Tuesday, February 18th, 2014"),
        ("date_long_full", "November 25, 2026", "February 18, 2014"),
        ("date_pretty", "Today", "February 18th, 2014"),
        ("date_short_pretty", "Today", "Feb 18, 2014"),
        ("date_long_pretty", "Today", "Tuesday, February 18th, 2014"),
        ("day_divider_pretty", "Today", "Tuesday, February 18th, 2014"),
        ("time", "10:20 AM", "9:39 AM"),
        ("time_secs", "10:20:00 AM", "9:39:42 AM"),
        ("ago", "1 hour ago", "12 years ago"),
    ],
)
def test_every_token_of_a_date(token: str, today: str, far: str) -> None:
    """Each of Slack's tokens is said in the reader's zone, with the year where it is far off."""
    for epoch, words in ((EPOCH, today), (1_392_734_382, far)):
        drawn = read(draw_mrkdwn(f"<!date^{epoch}^{{{token}}}|then>", READER)).only("time")
        assert drawn.text() == words


def test_no_token_is_untested() -> None:
    """The table above has a line for each token that is drawn."""
    marks = getattr(test_every_token_of_a_date, "pytestmark", [])
    assert {line[0] for mark in marks for line in mark.args[1]} == set(TOKENS)


@pytest.mark.parametrize(
    ("day", "words"),
    [
        ((2026, 11, 24), "on yesterday"),
        ((2026, 11, 26), "on tomorrow"),
        ((2026, 11, 27), "on Friday, November 27th"),
        ((2026, 3, 1), "on Sunday, March 1st"),
        ((2027, 1, 2), "on Saturday, January 2nd, 2027"),
    ],
)
def test_days_have_names_of_their_own(day: tuple[int, int, int], words: str) -> None:
    """The days beside today are named, in the reader's own days, and another year is told."""
    epoch = int(datetime(*day, 20, tzinfo=UTC).timestamp())
    drawn = draw_mrkdwn(f"<!date^{epoch}^on {{day_divider_pretty}}|then>", READER)
    assert read(drawn).text() == words


@pytest.mark.parametrize(
    ("later", "words"),
    [(0, "0 seconds ago"), (-1, "1 second ago"), (-120, "2 minutes ago"), (90_000, "in 1 day")],
)
def test_how_long_ago(later: int, words: str) -> None:
    """The largest unit of which one has gone by, before now or after."""
    epoch = int(READER.clock().timestamp()) + later
    assert read(draw_mrkdwn(f"<!date^{epoch}^x {{ago}}|then>", READER)).text() == f"x {words}"


def test_a_moment_is_told_in_the_readers_zone() -> None:
    """Two readers see the same moment at their own hours, and machines read it in UTC."""
    text = f"<!date^{EPOCH}^{{date_short}} at {{time}} {{unknown}}^https://example.com|then>"
    for zone, words in (
        ("America/New_York", "Nov 25 at 10:20 AM {unknown}"),
        ("Australia/Sydney", "Nov 26 at 2:20 AM {unknown}"),
    ):
        anchor = read(draw_mrkdwn(text, replace(READER, zone=zone))).only("a")
        assert anchor.only("time", datetime="2026-11-25T15:20:00+00:00").text() == words


@pytest.mark.parametrize("epoch", ["", "soon", "1e9", "9" * 30, "-" + "9" * 18])
def test_no_moment_is_the_fallback(epoch: str) -> None:
    """Where there is no such moment, the words are shown that the app gave for that."""
    drawn = read(draw_mrkdwn(f"<!date^{epoch}^{{date}}|then &lt;b&gt;>", READER))
    assert drawn.text() == "then <b>"


def test_emoji_are_shown_in_any_text() -> None:
    """Known shortcodes are their emoji, with a tone where one follows; the others stay."""
    text = ":wave::skin-tone-3: :tada::tada: :party_parrot: 10:30:45 <b>"
    shown = "👋🏼 🎉🎉 :party_parrot: 10:30:45 "
    assert draw_plain(text) == shown + "&lt;b&gt;"
    assert read(draw_mrkdwn(text.removesuffix("<b>"), READER)).text() == shown


PIECES = st.lists(
    st.one_of(
        NASTY,
        FORGED,
        st.sampled_from("*_~`<>|^&;:!@#\n \"'=/"),
        st.sampled_from(
            (
                "```",
                ">>>",
                "&gt; ",
                "&amp;",
                "<!date^1^{date}|",
                "<https://x.example|",
                "<javascript:x|",
                "<@",
                "<img src=x onerror=y>",
                "</div><script>",
                '"><b onclick="',
            )
        ),
    ),
    max_size=12,
).map("".join)

ALLOWED = {
    "b": set(),
    "i": set(),
    "s": set(),
    "br": set(),
    "code": set(),
    "pre": set(),
    "blockquote": set(),
    "span": {"class"},
    "time": {"datetime"},
    "a": {"href", "target", "rel"},
}


@given(PIECES)
@example("*<a|" * 40)
@example("<!date^1^{date}^javascript:x|y>")
@example("\ud800\x00")
def test_no_text_becomes_html(text: str) -> None:
    """Whatever is sent, only these elements and attributes come of it, well nested."""
    drawn = draw_mrkdwn(text, READER)
    drawn.encode()
    for tag in read(drawn).every():
        assert set(tag.attributes) <= ALLOWED[tag.name]
        href = tag.attributes.get("href")
        assert href is None or re.match("(?i)https?://|mailto:|tel:", href)
        assert tag.attributes.get("class") in (None, "mention", "mention mention-mine")


_SIGNS = re.compile(r"[*_~`>\s\u2028\u2029]|\ufffd")
_UNFIT = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")


@given(PIECES)
@example("&amp;lt;b&amp;gt; &")
def test_no_text_is_lost(text: str) -> None:
    """Of a text that its author escaped every character is there again, but the marks' own."""
    text = re.sub(PATTERN, "", text.replace(":", ";"))
    escaped = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    shown = read(draw_mrkdwn(escaped, READER)).text()
    assert _SIGNS.sub("", shown) == _SIGNS.sub("", _UNFIT.sub("", text))


@pytest.mark.parametrize(
    "piece", [*"*_~`<&:>", "*a", "_a ", "<a", "`a", "_<a|b>", "_`a`", "```", "~<", "<!", "*a\n"]
)
def test_a_long_text_is_no_trap(piece: str) -> None:
    """A piece repeated beyond every limit is drawn in steps that don't multiply."""
    assert read(draw_mrkdwn(piece * 3000, READER)).text()
