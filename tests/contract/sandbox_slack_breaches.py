"""The breaches of Slack's rules, each with the code that Slack has for it and its legal twin."""

from tests.contract.sandbox_slack_asks import (
    aged_trigger,
    answered,
    answered_after,
    answered_elsewhere,
    decided,
    hurried,
    looked_up,
    named_twice,
    published,
    pushed,
    pushed_from_outside,
    replaced,
    replied,
    twice,
    unscoped,
    updated,
    uploaded,
    uploaded_v2,
)
from tests.contract.sandbox_slack_bench import (
    ARCHIVED,
    BOARD,
    CARL,
    GENERAL,
    SALES,
    STRANGER,
    Bench,
)
from tests.contract.sandbox_slack_blocks import (
    view,
)
from tests.contract.sandbox_slack_breach import Breach, call, post, with_ts
from tests.contract.sandbox_slack_breaches_of_blocks import SHAPES
from tests.contract.sandbox_slack_breaches_of_oauth import OAUTH

REQUESTS = (
    Breach("no token", "no token", "not_authed", call("auth.test", token=""), call("auth.test")),
    Breach(
        "a token of nobody's",
        "a token of nobody's",
        "invalid_auth",
        call("auth.test", token="xoxb-other"),
        call("auth.test"),
    ),
    Breach(
        "the bot's token for the app's",
        "a token of another kind",
        "not_allowed_token_type",
        call("apps.connections.open"),
        call("apps.connections.open", token="xapp-test"),
    ),
    Breach(
        "a scope that wasn't granted",
        "a scope that wasn't granted",
        "missing_scope",
        unscoped,
        post(),
    ),
    Breach(
        "too many messages",
        "too many requests",
        "ratelimited",
        hurried(6),
        hurried(5),
        status=429,
    ),
    Breach(
        "an unknown method",
        "an unknown method",
        "unknown_method",
        call("chat.shout"),
        call("auth.test"),
    ),
    Breach(
        "malformed JSON",
        "a body that isn't JSON",
        "invalid_json",
        lambda bench: bench.raw(b'{"channel":"C0SALES001","text":"x"'),
        lambda bench: bench.raw(b'{"channel":"C0SALES001","text":"x"}'),
    ),
    Breach(
        "a list for the arguments",
        "JSON that isn't an object",
        "json_not_object",
        lambda bench: bench.raw(b'["C0SALES001","x"]'),
        lambda bench: bench.raw(b'{"channel":"C0SALES001","text":"x"}'),
    ),
    Breach(
        "no trigger_id",
        "a missing argument",
        "invalid_arguments",
        call("views.open", view=view()),
        lambda bench: bench.open(view()),
    ),
    Breach(
        "a limit that isn't a number",
        "a limit that isn't a number",
        "invalid_limit",
        call("users.list", limit="many"),
        call("users.list", limit="1"),
    ),
    Breach(
        "a cursor that isn't one",
        "a cursor that isn't one",
        "invalid_cursor",
        call("users.list", cursor="?"),
        call("users.list", cursor=""),
    ),
)

PLACES = (
    Breach(
        "a Home tab of nobody's",
        "an unknown person",
        "user_not_found",
        call("views.publish", user_id="U0NOBODY01", view={"type": "home", "blocks": []}),
        call("views.publish", user_id=CARL, view={"type": "home", "blocks": []}),
    ),
    Breach(
        "the people of no user group",
        "an unknown user group",
        "no_such_subteam",
        call("usergroups.users.list", usergroup="S0NOWHERE1"),
        call("usergroups.users.list", usergroup="S0LEADS001"),
    ),
    Breach(
        "an unknown channel",
        "an unknown channel",
        "channel_not_found",
        post(channel="C0NOWHERE1"),
        post(),
    ),
    Breach(
        "a private channel without the bot",
        "an unknown channel",
        "channel_not_found",
        post(channel=BOARD),
        post(),
    ),
    Breach(
        "a channel without the bot",
        "a channel without the bot",
        "not_in_channel",
        post(channel=GENERAL),
        post(),
    ),
    Breach(
        "an archived channel", "an archived channel", "is_archived", post(channel=ARCHIVED), post()
    ),
    Breach(
        "joining a direct message",
        "a channel of another kind",
        "method_not_supported_for_channel_type",
        lambda bench: bench.call(
            "conversations.join", channel=bench.slack.directory.direct(CARL).id
        ),
        call("conversations.join", channel=GENERAL),
    ),
    Breach(
        "an ephemeral message to an outsider",
        "somebody outside the channel",
        "user_not_in_channel",
        call("chat.postEphemeral", channel=SALES, user=STRANGER, text="x"),
        call("chat.postEphemeral", channel=SALES, user=CARL, text="x"),
    ),
)

MESSAGES = (
    Breach("nothing to say", "nothing to say", "no_text", post(text=""), post(text="x")),
    Breach(
        "blocks that aren't a list",
        "blocks that aren't a list",
        "invalid_blocks_format",
        post(blocks="[{"),
        post(blocks='[{"type":"divider"}]'),
    ),
    Breach(
        "attachments that aren't a list",
        "attachments that aren't a list",
        "invalid_attachments",
        post(attachments={"text": "x"}),
        post(attachments=[{"text": "x"}]),
    ),
    Breach(
        "metadata without its payload",
        "metadata without its fields",
        "invalid_metadata_format",
        post(metadata={"event_type": "x"}),
        post(metadata={"event_type": "x", "event_payload": {}}),
    ),
    Breach(
        "changing what isn't there",
        "an unknown message",
        "message_not_found",
        call("chat.update", channel=SALES, ts="1.2", text="x"),
        with_ts(Bench.posted, "chat.update", text="x"),
    ),
    Breach(
        "changing what another wrote",
        "another's message to change",
        "cant_update_message",
        with_ts(Bench.said, "chat.update", text="x"),
        with_ts(Bench.posted, "chat.update", text="x"),
    ),
    Breach(
        "changing what stands in an archive",
        "a message of an archived channel",
        "is_inactive",
        with_ts(Bench.archived, "chat.update", text="x"),
        with_ts(Bench.posted, "chat.update", text="x"),
    ),
    Breach(
        "deleting what another wrote",
        "another's message to delete",
        "cant_delete_message",
        with_ts(Bench.said, "chat.delete"),
        with_ts(Bench.posted, "chat.delete"),
    ),
    Breach(
        "a thread_ts that isn't one",
        "a thread_ts that isn't one",
        "invalid_thread_ts",
        post(thread_ts="yesterday"),
        replied(gone=False),
    ),
    Breach(
        "a reply to a message that is gone",
        "an unknown thread",
        "thread_not_found",
        replied(gone=True),
        replied(gone=False),
    ),
)

VIEWS = (
    Breach(
        "another workspace's trigger_id",
        "a trigger_id that isn't one",
        "invalid_trigger_id",
        call("views.open", trigger_id="1.2.x", view=view()),
        lambda bench: bench.open(view()),
    ),
    Breach(
        "a trigger_id twice",
        "a trigger_id used before",
        "exchanged_trigger_id",
        twice,
        lambda bench: bench.open(view()),
    ),
    Breach(
        "an old trigger_id",
        "a trigger_id too old",
        "expired_trigger_id",
        aged_trigger(3.001),
        aged_trigger(3),
    ),
    Breach(
        "one external_id for two",
        "an external_id used before",
        "duplicate_external_id",
        named_twice("a", "a"),
        named_twice("a", "b"),
    ),
    Breach("an unknown view", "an unknown view", "not_found", updated(known=False), updated()),
    Breach(
        "a push from outside a modal",
        "no modal to push onto",
        "not_found",
        pushed_from_outside,
        pushed,
    ),
    Breach(
        "a Home tab that isn't enabled",
        "a Home tab that isn't enabled",
        "not_enabled",
        published(enabled=False),
        published(enabled=True),
    ),
    Breach("an old hash", "an old hash", "hash_conflict", updated(stale=True), updated()),
    Breach(
        "an error for no field",
        "an answer to a submission",
        "invalid_arguments",
        decided(nowhere="?"),
        decided(phone="No such number"),
    ),
)

URLS_AND_FILES = (
    Breach(
        "a response_url of nobody's",
        "a response_url that isn't one",
        "invalid_url",
        answered_elsewhere,
        answered(1),
        status=404,
    ),
    Breach(
        "a sixth answer",
        "a response_url used up",
        "used_url",
        answered(6),
        answered(5),
        status=404,
    ),
    Breach(
        "an answer after half an hour",
        "a response_url too old",
        "expired_url",
        answered_after(minutes=30, seconds=1),
        answered_after(minutes=30),
        status=404,
    ),
    Breach(
        "replacing what is gone",
        "an original that is gone",
        "message_not_found",
        replaced(gone=True),
        replaced(gone=False),
        status=404,
    ),
    Breach(
        "a file for #sales",
        "a file's channel by its name",
        "invalid_channel",
        uploaded_v2,
        uploaded(),
    ),
    Breach(
        "an unknown file",
        "an unknown file",
        "file_not_found",
        call("files.info", file="F0NOWHERE1"),
        lambda bench: bench.call(
            "files.info", file=bench.slack.share("carl", "a.csv", b"a,b")["id"]
        ),
    ),
    Breach(
        "a deleted file",
        "a deleted file",
        "file_deleted",
        looked_up(deleted=True),
        looked_up(deleted=False),
    ),
    Breach(
        "deleting what another gave",
        "another's file to delete",
        "cant_delete_file",
        lambda bench: bench.call(
            "files.delete", file=bench.slack.share("carl", "a.csv", b"a,b")["id"]
        ),
        uploaded(),
    ),
    Breach(
        "a file that was never sent",
        "a file without its bytes",
        "file_update_failed",
        uploaded(sent=b""),
        uploaded(),
    ),
    Breach(
        "a file of another size",
        "a file of another size",
        "file_upload_size_mismatch",
        uploaded(size=4),
        uploaded(),
        status=400,
    ),
)

BREACHES = (*SHAPES, *REQUESTS, *PLACES, *MESSAGES, *VIEWS, *URLS_AND_FILES, *OAUTH)
"""Every breach; the limits' are in the test itself."""
