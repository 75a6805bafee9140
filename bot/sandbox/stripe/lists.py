"""Stripe's lists: newest first, a page at a time (docs.stripe.com/api/pagination)."""

from collections.abc import Callable
from typing import Any

from bot.sandbox.stripe.book import Thing
from bot.sandbox.stripe.form import Params
from bot.sandbox.stripe.refusals import Refused, no_such

DEFAULT, MOST = 10, 100


def page(
    params: Params, oldest_first: list[Thing], wanted: Callable[[Thing], bool], url: str, kind: str
) -> Thing:
    """The page that `limit`, `starting_after` and `ending_before` ask for.

    A cursor may be any object of the list, one that isn't `wanted` too. With `ending_before` the
    page is the one just before the cursor, newest first like every other; `has_more` then says
    whether there are still newer ones. Raises Refused.
    """
    limit = _limit(params)
    after, before = params.text("starting_after"), params.text("ending_before")
    if after is not None and before is not None:
        raise Refused("Only one of starting_after and ending_before may be given")
    things = oldest_first[::-1]
    if before is not None:
        newer = [it for it in things[: _place(things, before, "ending_before", kind)] if wanted(it)]
        return _list(newer[-limit:], len(newer) > limit, url)
    start = 0 if after is None else _place(things, after, "starting_after", kind) + 1
    older = [it for it in things[start:] if wanted(it)]
    return _list(older[:limit], len(older) > limit, url)


def _limit(params: Params) -> int:
    limit = params.integer("limit", 1)
    if limit is not None and limit > MOST:
        words = f"This value must be less than or equal to {MOST} (it currently is '{limit}')."
        raise Refused(words, code="parameter_invalid_integer", param="limit")
    return limit or DEFAULT


def _place(things: list[Thing], given: str, param: str, kind: str) -> int:
    for at, thing in enumerate(things):
        if thing["id"] == given:
            return at
    raise no_such(kind, given, param, status=400)


def _list(data: list[Thing], more: bool, url: str) -> Thing:  # noqa: FBT001 - a field of the list
    return {"object": "list", "data": data, "has_more": more, "url": url}


def created(params: Params) -> Callable[[Thing], bool]:
    """Whether an object was made at that time: `created=…`, or `created[gte]=…` and the like."""
    if not params.is_table("created"):
        second = params.integer("created")
        return lambda thing: second is None or thing["created"] == second
    table = params.within("created")
    bounds: dict[str, int] = {
        name: bound for name in _COMPARED if (bound := table.integer(name)) is not None
    }
    table.done()
    return lambda thing: all(
        _COMPARED[name](thing["created"], bound) for name, bound in bounds.items()
    )


_COMPARED: dict[str, Callable[[Any, Any], bool]] = {
    "gt": lambda at, bound: at > bound,
    "gte": lambda at, bound: at >= bound,
    "lt": lambda at, bound: at < bound,
    "lte": lambda at, bound: at <= bound,
}
