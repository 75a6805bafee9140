"""`expand[]`: objects in the place of their ids (docs.stripe.com/api/expanding_objects)."""

from bot.sandbox.stripe.book import Book, Thing
from bot.sandbox.stripe.refusals import Refused
from bot.sandbox.stripe.shapes.checkout import line_items

DEEPEST = 4


def expanded(book: Book, thing: Thing, paths: list[str]) -> Thing:
    """A copy with each path expanded; a list's begin with `data.`. Raises Refused."""
    for path in paths:
        parts = path.split(".")
        if len(parts) > DEEPEST:
            raise Refused(
                f"You cannot expand more than {DEEPEST} levels of a property", param="expand"
            )
        thing = _expand(book, thing, parts, path)
    return thing


def _expand(book: Book, thing: Thing, parts: list[str], path: str) -> Thing:
    name, *rest = parts
    if thing["object"] == "list" and name == "data" and rest:
        return thing | {"data": [_expand(book, item, rest, path) for item in thing["data"]]}
    if (thing["object"], name) == ("checkout.session", "line_items"):
        return thing | {"line_items": line_items(thing)}
    value = thing.get(name)
    if isinstance(value, str) and value in book.things:
        value = book.things[value]
    if isinstance(value, dict) and isinstance(value.get("object"), str):
        return thing | {name: _expand(book, value, rest, path) if rest else value}
    if value is None and name in _EXPANDABLE:
        return thing
    words = f"This property cannot be expanded ({path})."
    raise Refused(words, code="property_not_expandable", param="expand")


_EXPANDABLE = frozenset(
    {"charge", "customer", "invoice", "latest_charge", "payment_intent", "subscription"}
)
"""What may be null, and then stays so. Customers aren't kept here: theirs are ids only."""
