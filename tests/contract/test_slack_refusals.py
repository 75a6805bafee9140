"""What Slack's refusals mean to the bot, over the wire."""

from collections.abc import AsyncIterator, Iterator

import pytest

from bot.errors import Lasting, NotLetIn, NotReachable, SlackError
from bot.sandbox.slack import SlackSandbox, cut, rate_limited, server_error
from bot.sandbox.slack.calls import Fault
from bot.slack.api import Posted, SlackApi, open_session


@pytest.fixture
def slack() -> Iterator[SlackSandbox]:
    """A served sandbox."""
    sandbox = SlackSandbox()
    with sandbox.serve():
        yield sandbox


@pytest.fixture
async def api(slack: SlackSandbox) -> AsyncIterator[SlackApi]:
    """The bot's own way to it."""
    async with open_session() as session:
        yield SlackApi("xoxb-test", slack.api_url, session)


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        *((code, NotReachable) for code in ("channel_not_found", "is_archived", "is_inactive")),
        *((code, NotReachable) for code in ("not_in_channel", "no_permission", "team_not_found")),
        *((code, NotReachable) for code in ("restricted_action", "messages_tab_disabled")),
        *((code, Lasting) for code in ("message_not_found", "cant_update_message")),
        *((code, Lasting) for code in ("edit_window_closed", "invalid_blocks", "msg_too_long")),
        *((code, Lasting) for code in ("missing_scope", "a_code_of_tomorrow")),
        *((code, NotLetIn) for code in ("invalid_auth", "token_revoked", "account_inactive")),
        *((code, NotLetIn) for code in ("token_expired", "ekm_access_denied")),
        *((code, SlackError) for code in ("service_unavailable", "external_channel_migrating")),
    ],
)
async def test_a_code_is_of_one_kind(
    slack: SlackSandbox, api: SlackApi, code: str, kind: type[SlackError]
) -> None:
    """Of a place, of a message, of the token, or passing; all of them are certain."""
    slack.fail_next("chat.update", code)
    with pytest.raises(SlackError) as caught:
        await api.update(Posted("C0SALES001", "1.2"), {"text": "x"})
    assert type(caught.value) is kind
    assert (caught.value.code, caught.value.certain) == (code, True)


@pytest.mark.parametrize(
    ("fault", "certain"),
    [
        (rate_limited(0), True),
        (server_error(503), False),
        (Fault(error="internal_error"), False),
        (Fault(error="fatal_error"), False),
        (cut(applied=True), False),
    ],
    ids=["429", "503", "internal_error", "fatal_error", "cut"],
)
async def test_what_passes_is_tried_again(
    slack: SlackSandbox, api: SlackApi, fault: Fault, *, certain: bool
) -> None:
    """None of these says anything of the message, its place, or the token."""
    slack.fail_next("chat.postMessage", fault, times=9)
    with pytest.raises(SlackError) as caught:
        await api.post("C0SALES001", {"text": "x"})
    assert type(caught.value) is SlackError
    assert caught.value.certain is certain
