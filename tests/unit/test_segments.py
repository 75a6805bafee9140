"""How many parts a text takes: vectors, and an independent packer."""

from itertools import chain

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.texting.segments import Encoding, forcing, measure, simplified

TS_23038 = "3GPP TS 23.038 §6.2.1: the default alphabet, and its extension at two septets"
TS_23040 = "3GPP TS 23.040 §9.2.3.24.1: the header of a concatenated message takes 6 bytes"
TWILIO = "Twilio, “SMS character limits”: 160 and 153, 70 and 67"
SMSIFY = "the value that py-smsify gets wrong: two full parts and one septet"

VECTORS = [
    ("", Encoding.GSM7, 0, 0, "nothing is no message"),
    ("a", Encoding.GSM7, 1, 1, TS_23038),
    ("a" * 160, Encoding.GSM7, 160, 1, TWILIO),
    ("a" * 161, Encoding.GSM7, 161, 2, TWILIO),
    ("a" * 306, Encoding.GSM7, 306, 2, TS_23040),
    ("a" * 307, Encoding.GSM7, 307, 3, SMSIFY),
    ("a" * 459, Encoding.GSM7, 459, 3, TS_23040),
    ("a" * 460, Encoding.GSM7, 460, 4, TS_23040),
    ("€" * 80, Encoding.GSM7, 160, 1, TS_23038),
    ("a" + "€" * 80, Encoding.GSM7, 161, 2, TS_23038),
    ("a" * 152 + "€" + "a" * 152, Encoding.GSM7, 306, 3, "an escape is never split: TS 23.038"),
    ("a" * 151 + "€" + "a" * 153, Encoding.GSM7, 306, 2, "an escape that fits isn't moved"),
    ("^{}\\[~]|€\f", Encoding.GSM7, 20, 1, TS_23038),
    ("ÇØøÅåΔΦΓΛΩΠΨΣΘΞÆæßÉ¤¡ÄÖÑÜ§¿äöñüà\r\n", Encoding.GSM7, 34, 1, TS_23038),
    ("ç", Encoding.UCS2, 1, 1, "TS 23.038 has the capital alone"),
    ("`", Encoding.UCS2, 1, 1, TS_23038),
    ("\t", Encoding.UCS2, 1, 1, TS_23038),
    ("\u00a0", Encoding.UCS2, 1, 1, TS_23038),
    ("O’Brien", Encoding.UCS2, 7, 1, TS_23038),
    ("–", Encoding.UCS2, 1, 1, TS_23038),
    ("…", Encoding.UCS2, 1, 1, TS_23038),
    ("я" * 70, Encoding.UCS2, 70, 1, TWILIO),
    ("я" * 71, Encoding.UCS2, 71, 2, TWILIO),
    ("я" * 134, Encoding.UCS2, 134, 2, TS_23040),
    ("я" * 135, Encoding.UCS2, 135, 3, TS_23040),
    ("😀" * 35, Encoding.UCS2, 70, 1, "RFC 2781: a surrogate pair is two units"),
    ("я" * 66 + "😀" + "я" * 66, Encoding.UCS2, 134, 3, "a surrogate pair is never split"),
]


@pytest.mark.parametrize(("text", "encoding", "units", "parts", "source"), VECTORS)
def test_vectors(text: str, encoding: Encoding, units: int, parts: int, source: str) -> None:
    """Each text is as long as its source says."""
    size = measure(text)
    assert (size.encoding, size.units, size.parts) == (encoding, units, parts), source
    assert size.characters == len(text)


# A packer that fills parts septet by septet, from Unicode's own table of the alphabet
# (unicode.org/Public/MAPPINGS/ETSI/GSM0338.TXT), sharing nothing with the product.

GSM0338 = (
    "0040 00A3 0024 00A5 00E8 00E9 00F9 00EC 00F2 00C7 000A 00D8 00F8 000D 00C5 00E5"
    " 0394 005F 03A6 0393 039B 03A9 03A0 03A8 03A3 0398 039E 0000 00C6 00E6 00DF 00C9"
    " 0020 0021 0022 0023 00A4 0025 0026 0027 0028 0029 002A 002B 002C 002D 002E 002F"
    " 0030 0031 0032 0033 0034 0035 0036 0037 0038 0039 003A 003B 003C 003D 003E 003F"
    " 00A1 0041 0042 0043 0044 0045 0046 0047 0048 0049 004A 004B 004C 004D 004E 004F"
    " 0050 0051 0052 0053 0054 0055 0056 0057 0058 0059 005A 00C4 00D6 00D1 00DC 00A7"
    " 00BF 0061 0062 0063 0064 0065 0066 0067 0068 0069 006A 006B 006C 006D 006E 006F"
    " 0070 0071 0072 0073 0074 0075 0076 0077 0078 0079 007A 00E4 00F6 00F1 00FC 00E0"
)
ESCAPE = 0x1B
SEPTETS = {
    chr(int(point, 16)): [code] for code, point in enumerate(GSM0338.split()) if code != ESCAPE
}
for _code, _char in zip(
    (0x0A, 0x14, 0x28, 0x29, 0x2F, 0x3C, 0x3D, 0x3E, 0x40, 0x65), "\f^{}\\[~]|€", strict=True
):
    SEPTETS[_char] = [ESCAPE, _code]


def packed(text: str) -> tuple[str, list[list[int]]]:
    """The parts as they would be sent, each a list of septets or of 16-bit units."""
    if all(char in SEPTETS for char in text):
        name, spelled, alone, each = "GSM-7", [SEPTETS[char] for char in text], 160, 153
    else:
        raw = [char.encode("utf-16-be") for char in text]
        spelled = [[*memoryview(it).cast("H")] for it in raw]
        name, alone, each = "UCS-2", 70, 67
    if sum(map(len, spelled)) <= alone:
        return name, [list(chain.from_iterable(spelled))] if text else []
    parts: list[list[int]] = [[]]
    for codes in spelled:
        if len(parts[-1]) + len(codes) > each:
            parts.append([])
        parts[-1] += codes
    return name, parts


CHARACTERS = "aZ0 @Ç\n€^[|ç`’…я漢😀𝒜\t\u00a0"
RUNS = st.lists(st.tuples(st.sampled_from(CHARACTERS), st.integers(1, 160)), max_size=5)
PLAIN_RUNS = st.lists(st.tuples(st.sampled_from("aé€|\f"), st.integers(1, 160)), max_size=5)


@settings(max_examples=5_000, deadline=None)
@given(RUNS, PLAIN_RUNS)
def test_an_independent_packer_says_the_same(
    mixed: list[tuple[str, int]], plain: list[tuple[str, int]]
) -> None:
    """10,000 strings: encoding, units and parts are those of one that goes septet by septet."""
    for runs in (mixed, plain):
        text = "".join(char * count for char, count in runs)
        encoding, parts = packed(text)
        size = measure(text)
        assert (size.encoding, size.parts) == (encoding, len(parts))
        assert size.units == sum(map(len, parts))


@settings(deadline=None)
@given(st.text(max_size=80))
def test_what_forces_is_what_is_not_in_the_alphabet(text: str) -> None:
    """A text is UCS-2 where some character forces it, and those are named, each once."""
    named = forcing(text)
    assert list(named) == [char for char in dict.fromkeys(text) if char not in SEPTETS]
    assert (measure(text).encoding is Encoding.UCS2) is bool(named)


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("It’s “on” – see you…", 'It\'s "on" - see you...'),
        ("a\u00a0b\tc", "a b c"),
        ("façade, crêpe, été", "facade, crepe, été"),
        ("ﬁne\u200b", "fine"),
        ("Привет 😀", "Привет 😀"),
        ("5 € ^ {x}", "5 € ^ {x}"),
    ],
)
def test_replacing(text: str, plain: str) -> None:
    """What GSM-7 has a like for is replaced; everything else stays as it is."""
    assert simplified(text) == plain


@settings(deadline=None)
@given(st.text(max_size=80))
def test_replacing_never_adds_what_forces(text: str) -> None:
    """Whatever is replaced is in the alphabet then, and replacing again changes nothing."""
    assert set(forcing(simplified(text))) <= set(forcing(text))
    assert simplified(simplified(text)) == simplified(text)
