"""Slack's limits and rules: what is limited, at which number, and what a breach is called.

This is the whole table: code that enforces a limit or a rule takes number, code and status from
here, and writes none itself. A fault of a view's blocks is refused as `a view's shape`, whatever
code stands at the limit.

Where it is from: docs.slack.dev/reference/block-kit (blocks, elements, composition objects),
…/reference/views, …/reference/methods/{method} (each method's own list of errors),
…/messaging/formatting-message-text (text is cut at 40,000 characters) and
…/apis/web-api/rate-limits. What isn't documented is from slackapi's issues:
- The text over all blocks of a message was seen refused from 11,000 to 13,300 characters,
  depending on the blocks (bolt-js 2509, 2867): the cautious end stands here.
- A reply to a message that is gone is `thread_not_found` (bolt-js 2307, a maintainer's word); a
  `thread_ts` that isn't a timestamp is `invalid_thread_ts` (jenkinsci/slack-plugin 584).
- `used_url` and `expired_url` of a response_url were seen, and are documented nowhere.
"""

from dataclasses import dataclass

BLOCKS = "invalid_blocks"
ARGUMENTS = "invalid_arguments"


@dataclass(frozen=True)
class Limit:
    """The largest number that is still taken, and what Slack calls one more."""

    number: int
    code: str = BLOCKS


@dataclass(frozen=True)
class Rule:
    """What Slack calls a breach, and the HTTP status that goes with it."""

    code: str
    status: int = 200


LIMITS: dict[str, Limit] = {
    # how many
    "blocks in a message": Limit(50),
    "blocks in a view": Limit(100, ARGUMENTS),
    "elements in actions": Limit(25),
    "elements in context": Limit(10),
    "elements in context_actions": Limit(5),
    "fields in a section": Limit(10),
    "options in a select": Limit(100),
    "option groups": Limit(100),
    "options in an overflow": Limit(5),
    "options in radio buttons": Limit(10),
    "options in checkboxes": Limit(10),
    "files in a file_input": Limit(10),
    "rows in a table": Limit(100),
    "columns in a table": Limit(20),
    "column_settings in a table": Limit(20),
    "rows in a data_table": Limit(101),
    "columns in a data_table": Limit(20),
    "rows on a page of a data_table": Limit(100),
    "data_visualizations in a message": Limit(2),
    "series in a chart": Limit(6),
    "points in a series": Limit(20),
    "indent of a list": Limit(8),
    "views in a stack": Limit(3, "push_limit_reached"),
    # how many characters
    "block_id": Limit(255),
    "action_id": Limit(255),
    "text of a section": Limit(3000),
    "field of a section": Limit(2000),
    "text of a context": Limit(3000),
    "text of a header": Limit(150),
    "text of an alert": Limit(200),
    "text of a markdown": Limit(12_000),
    "text of a button": Limit(75),
    "accessibility_label": Limit(75),
    "value of a button": Limit(2000),
    "url": Limit(3000),
    "alt_text": Limit(2000),
    "title of an image": Limit(2000),
    "title of a video": Limit(200),
    "title of a chart": Limit(50),
    "label in a chart": Limit(20),
    "label of an axis": Limit(50),
    "caption of a data_table": Limit(2000),
    "text over all cells of a message": Limit(10_000),
    "label of an input": Limit(2000),
    "hint of an input": Limit(2000),
    "placeholder": Limit(150),
    "value of a plain_text_input": Limit(3000),
    "text of an option": Limit(75),
    "value of an option": Limit(150),
    "description of an option": Limit(75),
    "label of an option group": Limit(75),
    "title of a confirm": Limit(100),
    "text of a confirm": Limit(300),
    "button of a confirm": Limit(30),
    "title of a view": Limit(24, ARGUMENTS),
    "submit of a view": Limit(24, ARGUMENTS),
    "close of a view": Limit(24, ARGUMENTS),
    "private_metadata": Limit(3000, ARGUMENTS),
    "callback_id": Limit(255, ARGUMENTS),
    "external_id": Limit(255, ARGUMENTS),
    "text of a message": Limit(40_000, "msg_too_long"),
    "text over all blocks but markdown": Limit(11_000, "msg_blocks_too_long"),
    "text over all blocks": Limit(13_000, "msg_blocks_too_long"),
    # how many bytes
    "text of an updated message": Limit(4000, "msg_too_long"),
    "JSON of a view": Limit(250_000, "view_too_large"),
}

RULES: dict[str, Rule] = {
    # who asks, and how
    "no token": Rule("not_authed"),
    "a token of nobody's": Rule("invalid_auth"),
    "a token of a bot that is gone": Rule("account_inactive"),
    "a token of another kind": Rule("not_allowed_token_type"),
    "a scope that wasn't granted": Rule("missing_scope"),
    "too many requests": Rule("ratelimited", 429),
    "an unknown method": Rule("unknown_method"),
    "a body that isn't JSON": Rule("invalid_json"),
    "JSON that isn't an object": Rule("json_not_object"),
    "a missing argument": Rule(ARGUMENTS),
    "a limit that isn't a number": Rule("invalid_limit"),
    "a cursor that isn't one": Rule("invalid_cursor"),
    # OAuth
    "an unknown client": Rule("invalid_client_id"),
    "a wrong client secret": Rule("bad_client_secret"),
    "a grant of another kind": Rule("invalid_grant_type"),
    "a code that isn't one": Rule("invalid_code"),
    "a code used before": Rule("code_already_used"),
    "another redirect_uri": Rule("bad_redirect_uri"),
    # people and channels
    "an unknown person": Rule("user_not_found"),
    "an unknown user group": Rule("no_such_subteam"),
    "an unknown channel": Rule("channel_not_found"),
    "a channel without the bot": Rule("not_in_channel"),
    "an archived channel": Rule("is_archived"),
    "a channel of another kind": Rule("method_not_supported_for_channel_type"),
    "somebody outside the channel": Rule("user_not_in_channel"),
    # messages
    "nothing to say": Rule("no_text"),
    "blocks that aren't a list": Rule("invalid_blocks_format"),
    "a block's shape": Rule(BLOCKS),
    "attachments that aren't a list": Rule("invalid_attachments"),
    "metadata without its fields": Rule("invalid_metadata_format"),
    "an unknown message": Rule("message_not_found"),
    "another's message to change": Rule("cant_update_message"),
    "a message of an archived channel": Rule("is_inactive"),
    "another's message to delete": Rule("cant_delete_message"),
    "a thread_ts that isn't one": Rule("invalid_thread_ts"),
    "an unknown thread": Rule("thread_not_found"),
    # views
    "a trigger_id that isn't one": Rule("invalid_trigger_id"),
    "a trigger_id used before": Rule("exchanged_trigger_id"),
    "a trigger_id too old": Rule("expired_trigger_id"),
    "a view's shape": Rule(ARGUMENTS),
    "an external_id used before": Rule("duplicate_external_id"),
    "an unknown view": Rule("not_found"),
    "no modal to push onto": Rule("not_found"),
    "a Home tab that isn't enabled": Rule("not_enabled"),
    "an old hash": Rule("hash_conflict"),
    "an answer to a submission": Rule(ARGUMENTS),
    # response_urls
    "a response_url that isn't one": Rule("invalid_url", 404),
    "a response_url used up": Rule("used_url", 404),
    "a response_url too old": Rule("expired_url", 404),
    "an original that is gone": Rule("message_not_found", 404),
    # files
    "a file's channel by its name": Rule("invalid_channel"),
    "an unknown file": Rule("file_not_found"),
    "a deleted file": Rule("file_deleted"),
    "another's file to delete": Rule("cant_delete_file"),
    "a file without its bytes": Rule("file_update_failed"),
    "a file of another size": Rule("file_upload_size_mismatch", 400),
}

TRIGGER_SECONDS = 3
"""A trigger_id lives this long, and opens one view."""

RESPONSE_URL_USES = 5
RESPONSE_URL_SECONDS = 30 * 60

CODE_SECONDS = 600
"""How long a code of OAuth may be exchanged, once."""

ACK_SECONDS = 3.0
"""How long Slack waits for the answer to what it sends."""

FILE_INPUT_BYTES = 10_000_000
"""The largest file that Slack's client takes in a file_input."""
