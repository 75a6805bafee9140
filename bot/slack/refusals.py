"""What Slack's refusals mean: of a message, a place or the token; for ever, or for now. Pure."""

from slack_sdk.errors import SlackApiError

from bot.errors import Lasting, NotLetIn, NotReachable, SlackError

# What Slack's codes mean, from the lists of errors of chat.postMessage, chat.update,
# conversations.info and conversations.open. These say: not in this place, but perhaps in another.
_NO_PLACE = frozenset(
    {
        "channel_not_found",
        "not_in_channel",
        "is_archived",
        "is_inactive",
        "access_denied",
        "no_permission",
        "restricted_action",
        "restricted_action_non_threadable_channel",
        "restricted_action_read_only_channel",
        "restricted_action_thread_only_channel",
        "team_not_found",
        "messages_tab_disabled",
        "cannot_dm_bot",
    }
)
# These aren't said of a message or a place: nothing of the workspace gets through.
_NO_ENTRY = frozenset(
    {
        "account_inactive",
        "accesslimited",
        "deprecated_endpoint",
        "ekm_access_denied",
        "enterprise_is_restricted",
        "invalid_auth",
        "method_deprecated",
        "not_allowed_token_type",
        "not_authed",
        "org_login_required",
        "team_access_not_granted",
        "team_added_to_org",
        "token_expired",
        "token_revoked",
        "two_factor_setup_required",
    }
)
# These pass by themselves; every other certain code will be said again.
_PASSING = frozenset(
    {
        "external_channel_migrating",
        "message_limit_exceeded",
        "rate_limited",
        "ratelimited",
        "request_timeout",
        "service_unavailable",
        "streaming_state_conflict",
        "update_failed",
    }
)

_TOO_MANY, _SERVER_FAULT = 429, 500
UNREADABLE = "unreadable"
# Of the last two Slack's reference says that some of the operation may have succeeded.
_PERHAPS_DONE = frozenset({UNREADABLE, "internal_error", "fatal_error"})


def refusal(error: SlackApiError) -> SlackError:
    """What Slack said, as the kind of error that it is."""
    code = _code(error)
    status = error.response.status_code if error.response is not None else 0
    if code in _PERHAPS_DONE or status >= _SERVER_FAULT:
        return SlackError(code, certain=False)
    if code in _PASSING or status == _TOO_MANY:
        return SlackError(code)
    if code in _NO_ENTRY:
        return NotLetIn(code)
    return NotReachable(code) if code in _NO_PLACE else Lasting(code)


def _code(error: SlackApiError) -> str:
    data = error.response.data if error.response is not None else None
    return str(data.get("error", UNREADABLE)) if isinstance(data, dict) else UNREADABLE
