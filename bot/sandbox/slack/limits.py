"""Slack's limits: what is limited, at which number, and the code of the refusal beyond it.

The numbers are those of Slack's reference (docs.slack.dev/reference/block-kit and …/views), but for
the text over all blocks of a message, which isn't documented: it was seen refused from 11,000 to
13,300 characters, depending on the blocks, so the cautious end stands here. A view with a fault of
its blocks is refused as `invalid_arguments`, whatever code stands here.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Limit:
    """The largest number that is still taken, and what Slack calls one more."""

    number: int
    code: str = "invalid_blocks"


LIMITS: dict[str, Limit] = {
    # how many
    "blocks in a message": Limit(50),
    "blocks in a view": Limit(100, "invalid_arguments"),
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
    "rows in a data_table": Limit(101),
    "columns in a data_table": Limit(20),
    "rows on a page of a data_table": Limit(100),
    "data_visualizations in a message": Limit(2),
    "series in a chart": Limit(6),
    "points in a series": Limit(20),
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
    "title of a view": Limit(24, "invalid_arguments"),
    "submit of a view": Limit(24, "invalid_arguments"),
    "close of a view": Limit(24, "invalid_arguments"),
    "private_metadata": Limit(3000, "invalid_arguments"),
    "callback_id": Limit(255, "invalid_arguments"),
    "external_id": Limit(255, "invalid_arguments"),
    "text of a message": Limit(40_000, "msg_too_long"),
    "text over all blocks but markdown": Limit(11_000, "msg_blocks_too_long"),
    "text over all blocks": Limit(13_000, "msg_blocks_too_long"),
    # how many bytes
    "text of an updated message": Limit(4000, "msg_too_long"),
    "JSON of a view": Limit(250_000, "view_too_large"),
}

TRIGGER_SECONDS = 3
"""A trigger_id lives this long, and opens one view."""

RESPONSE_URL_USES = 5
RESPONSE_URL_SECONDS = 30 * 60

ACK_SECONDS = 3.0
"""How long Slack waits for the answer to what it sends."""
