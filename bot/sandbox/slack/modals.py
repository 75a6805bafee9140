"""`views.*`: opening, pushing and redrawing modals, publishing Home tabs."""

from bot.sandbox.slack.content import view_content
from bot.sandbox.slack.refusals import Json, breach, missing
from bot.sandbox.slack.state import Workspace
from bot.sandbox.slack.views import View


def open_modal(ws: Workspace, args: Json) -> Json:
    """`views.open`: what is wrong with the view is said before its trigger is looked at."""
    if not args.get("trigger_id"):
        raise missing("trigger_id")
    content = view_content(args, "modal")
    with ws.feed.lock:
        trigger = ws.triggers.look_up(args["trigger_id"])
        view = ws.views.open(trigger.user, content, trigger.channel)
        trigger.exchanged = True
    return _answer(view)


def push(ws: Workspace, args: Json) -> Json:
    """`views.push`: with a trigger_id of something done within an open modal."""
    if not args.get("trigger_id"):
        raise missing("trigger_id")
    content = view_content(args, "modal")
    with ws.feed.lock:
        trigger = ws.triggers.look_up(args["trigger_id"])
        if trigger.view_id is None:
            raise breach("no modal to push onto")
        view = ws.views.push(trigger.user, content)
        trigger.exchanged = True
    return _answer(view)


def update(ws: Workspace, args: Json) -> Json:
    """`views.update`, by `view_id` or `external_id`; `hash` guards against a race."""
    content = view_content(args, "modal")
    with ws.feed.lock:
        if args.get("view_id"):
            view = ws.views.find(args["view_id"])
        elif args.get("external_id"):
            view = ws.views.find_external(args["external_id"])
        else:
            raise missing("view_id")
        if view is None:
            raise breach("an unknown view")
        _same_hash(args, view)
        return _answer(ws.views.update(view, content))


def publish(ws: Workspace, args: Json) -> Json:
    """`views.publish`: the Home tab of one person."""
    if not ws.manifest.home_tab:
        raise breach("a Home tab that isn't enabled")
    if not args.get("user_id"):
        raise missing("user_id")
    content = view_content(args, "home")
    if ws.directory.find_person(args["user_id"]) is None:
        raise breach("an unknown person")
    with ws.feed.lock:
        earlier = ws.views.home(args["user_id"])
        if earlier:
            _same_hash(args, earlier)
        return _answer(ws.views.publish(args["user_id"], content))


def _same_hash(args: Json, view: View) -> None:
    if args.get("hash") and args["hash"] != view.hash:
        raise breach("an old hash")


def _answer(view: View) -> Json:
    return {"view": view.as_slack(with_state=False)}
