"""Transcripts, analyses and recordings: foreign text, in plain_text only."""

from collections.abc import Iterator
from urllib.parse import quote, urlsplit

from bot.slack.blocks.parts import Block, Message, modal, plain, section
from bot.slack.text import escape

_A_BLOCK = 2900
_A_MESSAGE = 3 * _A_BLOCK


def conversation_view(title: str, text: str) -> Block:
    """A modal with the text, at most 20,000 characters of it."""
    return modal(title, [_paragraph(part) for part in _parts(text, _A_BLOCK)])


def conversation_message(title: str, text: str) -> list[Message]:
    """The same as direct messages, as many as it takes."""
    return [
        {"text": title, "blocks": [_paragraph(part) for part in _parts(piece, _A_BLOCK)]}
        for piece in _parts(text, _A_MESSAGE)
    ]


def recording_message(url: str) -> Message:
    """The link, for one person's eyes; only an https address becomes one."""
    if not _is_https(url):
        text = "There is no recording that can be opened."
    else:
        text = f"<{escape(quote(url, safe=':/?#[]@!$&()*+,;=%'))}|Open the recording>"
    return {"text": text, "blocks": [section(text)]}


def _is_https(url: str) -> bool:
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return parts.scheme == "https" and bool(parts.netloc)


def _paragraph(text: str) -> Block:
    return {"type": "section", "text": plain(text)}


def _parts(text: str, length: int) -> Iterator[str]:
    if not text.strip():
        yield "Toingg has nothing on this call."
    for at in range(0, len(text), length):
        yield text[at : at + length]
