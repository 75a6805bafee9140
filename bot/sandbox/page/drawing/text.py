"""Plain text, and what every text goes through on its way into a page."""

import re
from typing import cast

from markupsafe import Markup, escape

from bot.sandbox.page.drawing.emoji import with_emoji

_ENTITY = re.compile("&(amp|lt|gt);")
_SIGNS = {"amp": "&", "lt": "<", "gt": ">"}
_ADDRESS = re.compile(r"(?:https?://|mailto:|tel:)[^\s<>\"\x00-\x20\x7f]+", re.IGNORECASE)

# What no HTML document may hold, and what no encoder takes: controls and halves of pairs.
_CONTROLS = [n for n in (*range(0x20), 0x7F) if chr(n) not in "\t\n\r"]
_UNFIT = dict.fromkeys([*_CONTROLS, *range(0xD800, 0xE000)], "\ufffd")


def fit(drawn: Markup) -> Markup:
    """The same, with a sign in place of every character that an HTML document can't hold."""
    # Markup stays Markup here, which its annotations don't say.
    return cast("Markup", drawn.translate(_UNFIT))


def draw_plain(text: str) -> Markup:
    """Plain text: the shortcodes of emoji are shown, nothing else is."""
    return fit(escape(with_emoji(text)))


def unescaped(text: str) -> str:
    """The text with Slack's three entities read, once."""
    return _ENTITY.sub(lambda found: _SIGNS[found[1]], text)


def may_open(url: str) -> bool:
    """Whether a link to it is drawn: to the web, to a mailbox or to a phone; nothing else."""
    return _ADDRESS.fullmatch(url) is not None


def draw_link(url: str, label: str) -> Markup:
    """A link that tells its target nothing; `label` is escaped unless it is Markup."""
    return Markup('<a href="{}" target="_blank" rel="noopener noreferrer">{}</a>').format(
        url, label
    )
