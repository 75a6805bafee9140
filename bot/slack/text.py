"""Text on its way from Slack, to Slack, and past people who shouldn't read a number in it.

`unwrap` is for text that Slack marked up: a command's, a message's. A modal's inputs come as they
were typed, and want `tidy` only. What is posted in mrkdwn goes through `escape` or `inline`.
"""

import re
import unicodedata
from re import Match

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumberFormat

_LINK = re.compile(r"<([^<>\n]*)>")
_LINE_ENDS = re.compile(r"\r\n?|[\v\f\x85\u2028\u2029]")
_STRAIGHT = str.maketrans(dict.fromkeys("\u2018\u2019\u201a\u201b", "'"))
_STRAIGHT |= str.maketrans(dict.fromkeys("\u201c\u201d\u201e\u201f", '"'))
_JOINERS = "\u200c\u200d"
_STRAY_JOINER = re.compile(
    rf"(?<![^\x00-\x7f{_JOINERS}])[{_JOINERS}]|[{_JOINERS}](?![^\x00-\x7f{_JOINERS}])"
)
_SKIN_TONES = range(0x1F3FB, 0x1F400)
_FLAG_LETTERS = range(0x1F1E6, 0x1F200)

_QUICK_NUMBER = re.compile(
    r"""\s*
    (?P<number>
        (?:tel:)? ['=]? [+\uff0b]?
        [\d\s().\-\u2010-\u2015/+]* \d (?![^\W_]) \)?   # 3M isn't cut apart
        (?: - [A-Za-z]{3,} (?:-?[A-Za-z\d]+)* )?        # 1-800-FLOWERS
        (?: [\s,;]* (?:ext(?:ension)?|x|\#) [\s.:]* \d{1,9} (?![^\W_]) )?
    )
    [\s,;:\-\u2010-\u2015]*
    (?P<rest>.*)""",
    re.VERBOSE | re.IGNORECASE | re.DOTALL,
)
_CLOSED_PLAN = re.compile(
    r"(?P<number>\s*\+1(?:[\s().-]*\d){10})\s+(?P<rest>\d+\s.*[^\W\d].*)", re.DOTALL
)
"""The North American plan has no eleventh digit: it belongs to the name (7 Eleven)."""

_TELLING = 12
"""Letters and digits in a row that two texts don't share by chance."""
_LEAST_HIDDEN = 5
"""Digits that stay hidden: 100,000 numbers fit what is left."""
_NUMBER_IN_TEXT = re.compile(r"(?<!\w)(?!\d{4}-\d\d-\d\d)[+(]?\d(?:[\s().\-/]{0,2}\d){6,14}(?!\w)")


def tidy(text: str) -> str:
    r"""Text with plain spaces, straight quotes and `\n` line ends, stripped at both ends.

    Characters that can't be seen are dropped: controls, bidi marks, zero-width spaces, and lone
    surrogates (which no UTF-8 holds). Joiners stay within Persian, Indic scripts and emoji.
    """
    if text.isprintable():  # as most of a list's cells are: nothing unseen, no space but the plain
        return (text if text.isascii() else text.translate(_STRAIGHT)).strip()
    text = _LINE_ENDS.sub("\n", text).translate(_STRAIGHT)
    return _STRAY_JOINER.sub("", "".join(map(_seen, text))).strip()


def _seen(char: str) -> str:
    if char == "\n" or " " <= char <= "~" or char in _JOINERS:
        return char
    category = unicodedata.category(char)
    if char == "\t" or category == "Zs":
        return " "
    return "" if category in {"Cc", "Cf", "Cs"} else char


def unwrap(text: str) -> str:
    """What a person typed, before Slack marked it up; tidied.

    `<tel:+14155550132|+1 415 555 0132>` and other links become their label (without one, their
    target), `<@U1|jo>` becomes `@jo`, and `&lt;` becomes `<`. Source: Slack, "Formatting text for
    app surfaces", on retrieving messages.
    """
    plain = _LINK.sub(_typed, text)
    plain = plain.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
    return tidy(plain)


def _typed(link: Match[str]) -> str:
    target, _, label = link[1].partition("|")
    if not target:
        return link[0]
    sign, name = target[0], label or target[1:]
    if sign in "@#":
        return sign + name.removeprefix(sign)
    if sign == "!":
        is_date = target.startswith("!date^")
        return name if is_date else "@" + name.removeprefix("@")
    return label or target.removeprefix("tel:").removeprefix("mailto:")


def split_quick(text: str, parts: int) -> list[str]:
    """The `parts` parts of a quick form, split at `|`, stripped; "" where one wasn't given.

    The last part keeps its `|`. The text has been through `unwrap`.
    """
    given = [part.strip() for part in text.split("|", parts - 1)]
    return given + [""] * (parts - len(given))


def parse_quick_number_name(text: str, parts: int) -> list[str]:
    """As `split_quick`, for a form whose first two parts are a number and a name.

    Without `|`, what follows the number is the name: `+1 415 555 0132 John Doe`. Text that doesn't
    begin with a number is left in the first part, for `parse_number` to say what is wrong with it.
    """
    if "|" in text:
        return split_quick(text, parts)
    found = _CLOSED_PLAN.fullmatch(text) or _QUICK_NUMBER.match(text)
    if found is None:
        return split_quick(text, parts)
    number, name = found["number"].strip(), found["rest"].strip()
    return [number, name, *[""] * (parts - 2)][:parts]


def first_word(text: str) -> tuple[str, str]:
    """The first word in lower case, and the stripped rest; both "" for a blank text."""
    word, *rest = text.split(maxsplit=1) or [""]
    return word.lower(), "".join(rest).strip()


def escape(text: str) -> str:
    """Text for mrkdwn in which `<!channel>`, `<@U1>` and `<https://x|Pay>` stay text.

    `*`, `_`, `~` and backticks stay as they are: they can embolden, but not link, ping or mention.
    Source: Slack, "Formatting text for app surfaces", on the three characters to escape.
    """
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def inline(text: str, limit: int) -> str:
    """Foreign text for use within a line of mrkdwn: tidied, on one line, clipped, escaped.

    One line, since a name with a line end in it could add a line to a card. `limit` counts
    characters before they are escaped.
    """
    return escape(clip(" ".join(tidy(text).split()), limit))


def clip(text: str, limit: int) -> str:
    """At most `limit` characters (code points), the last of them `…` where something was cut.

    An accent, an emoji's skin tone, a flag or a joined emoji is cut off whole, never in two.
    """
    if len(text) <= limit:
        return text
    if limit < 1:
        return ""
    end = limit - 1
    while end > 0 and _belongs_to_previous(text, end):
        end -= 1
    return text[:end].rstrip() + "…"


def _belongs_to_previous(text: str, at: int) -> bool:
    char, before = text[at], text[at - 1]
    if unicodedata.category(char).startswith("M") or char in _JOINERS or before in _JOINERS:
        return True
    if ord(char) in _SKIN_TONES:
        return True
    if ord(char) not in _FLAG_LETTERS:
        return False
    letters = at
    while letters > 0 and ord(text[letters - 1]) in _FLAG_LETTERS:
        letters -= 1
    return (at - letters) % 2 == 1


def pretty(e164: str) -> str:
    """The number as its country writes it for people abroad: `+1 415-555-0132`.

    What isn't a number comes back as it is.
    """
    try:
        number = phonenumbers.parse(e164, None)
    except NumberParseException:
        return e164
    return phonenumbers.format_number(number, PhoneNumberFormat.INTERNATIONAL)


def mask(e164: str) -> str:
    """The number as those may see it who may not see it: `+1 415 ••• ••32`.

    Shown are the country code and the last two digits, which tell the rows of a list apart, and
    the area code or first group where at least five digits stay hidden besides. Of a number too
    short for that only the country code is shown; of what isn't a number, nothing.
    """
    try:
        number = phonenumbers.parse(e164, None)
    except NumberParseException:
        return "•" * _LEAST_HIDDEN
    written = phonenumbers.format_number(number, PhoneNumberFormat.INTERNATIONAL)
    country, _, national = re.sub(r"[^\d+]+", " ", written).partition(" ")
    digits = sum(char.isdigit() for char in national)
    first = len(national.partition(" ")[0])
    tail = 2 if digits - 2 >= _LEAST_HIDDEN else 0
    head = first if digits - tail - first >= _LEAST_HIDDEN else 0
    return f"{country} {_hidden(national, head, digits - tail)}"


def _hidden(text: str, start: int, end: int) -> str:
    """The text with its digits from the `start`th up to the `end`th as dots."""
    shown, digits = "", 0
    for char in text:
        hide = char.isdigit() and start <= digits < end
        shown += "•" if hide else char
        digits += char.isdigit()
    return shown


def hide(text: str, private: str) -> str:
    """The text with `…` for whatever it repeats of a private one, in part or cut off, too.

    What counts are letters and digits, in whichever case: twelve in a row, or all there are where
    those are fewer, and then only as a word of their own. A single letter hides nothing.
    """
    secret = [char.casefold() for char in private if char.isalnum()]
    run = min(_TELLING, len(secret))
    if run <= 1:
        return text
    runs = {"".join(secret[at : at + run]) for at in range(len(secret) - run + 1)}
    places = [at for at, char in enumerate(text) if char.isalnum()]
    shown, end = "", 0
    for first, last in zip(places, places[run - 1 :], strict=False):
        spelled = "".join(char.casefold() for char in text[first : last + 1] if char.isalnum())
        if spelled in runs and (run == _TELLING or _stands_alone(text, first, last)):
            shown += text[end:first] + "…" if first >= end else ""
            end = last + 1
    return shown + text[end:]


def without(text: str, *cells: str) -> str:
    """The text with `…` for what it repeats of a row's cells: the whole of one, or a word of it."""
    for cell in cells:
        for part in (cell, *cell.split()):
            text = hide(text, part)
    return text


def _stands_alone(text: str, first: int, last: int) -> bool:
    """Whether no letter of the same word is next to it; scripts without spaces have no words."""
    before, after = text[max(0, first - 1) : first], text[last + 1 : last + 2]
    return not any(char.isascii() and char.isalnum() for char in before + after)


def mask_numbers(text: str) -> str:
    """Foreign text with whatever looks like a phone number in it (7 to 15 digits) hidden.

    For Toingg's and Slack's own sentences, before they are logged or shown in a channel. The last
    two digits stay, as with `mask`; so do dates and identifiers with letters in them.
    """
    return _NUMBER_IN_TEXT.sub(lambda found: "•" * _LEAST_HIDDEN + _last_digits(found[0]), text)


def discreet(said: str, *private: str) -> str:
    """Foreign words for a channel, without the private texts and numbers that they may repeat.

    As `inline`: on one line, clipped, escaped.
    """
    for each in private:
        said = hide(said, each)
    return inline(mask_numbers(said), 300)


def _last_digits(text: str) -> str:
    return "".join(char for char in text if char.isdigit())[-2:]
