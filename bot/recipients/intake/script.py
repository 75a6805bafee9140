"""Scripts with variables: `{name}` and `{column}` stand for what each row says."""

import re
import unicodedata
from collections.abc import Collection, Mapping

from bot.errors import InputError

NAME = "name"
"""The variable that every list has."""

_VARIABLE = re.compile(r"\{([^{}\n\"':]{1,64})\}")
_ACCENTS = range(0x300, 0x370)


def key_of(label: str) -> str:
    """A column's label as the key of its variable: `First Name` is `first_name`.

    Case, accents of Latin, Greek and Cyrillic letters, and signs don't count; other scripts keep
    their marks, which are their vowels. "" where there is no letter or digit.
    """
    decomposed = unicodedata.normalize("NFKD", label.casefold())
    spelled = unicodedata.normalize(
        "NFC", "".join(char for char in decomposed if ord(char) not in _ACCENTS)
    )
    words = "".join(char if _is_of_a_word(char) else " " for char in spelled).split()
    return "_".join(words)


def _is_of_a_word(char: str) -> bool:
    return unicodedata.category(char)[0] in "LMN"


def variables_of(script: str) -> list[str]:
    """The keys of the variables in a script, each once, in their order."""
    keys = (key_of(found) for found in _VARIABLE.findall(script))
    return list(dict.fromkeys(key for key in keys if key))


def unknown_variables(script: str, known: Collection[str]) -> list[str]:
    """The variables of a script that a list (`Listing.variables`) can't fill: an error, if any."""
    return [key for key in variables_of(script) if key != NAME and key not in known]


def check_script(script: str, known: Collection[str]) -> None:
    """Raises InputError with the field `script` where a variable can't be filled."""
    unknown = unknown_variables(script, known)
    if not unknown:
        return
    available = ", ".join(f"{{{key}}}" for key in (NAME, *(key for key in known if key != NAME)))
    named = ", ".join(f"{{{key}}}" for key in unknown)
    raise InputError({"script": f"This list has nothing for {named}. It can fill in {available}."})


def fill(template: str, values: Mapping[str, str]) -> str:
    """The script for one row (`Ready.values`): each variable is its value, "" for an empty cell.

    Values are put in as they are, and never looked into for variables. Raises InputError with the
    field `script` for a variable without a value: `check_script` finds those before a row is read.
    """
    check_script(template, values)

    def value(found: re.Match[str]) -> str:
        key = key_of(found[1])
        return values.get(key, "") if key else found[0]

    return _VARIABLE.sub(value, template)
