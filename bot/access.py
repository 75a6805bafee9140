"""Who may do what: pure decisions over roles and deeds."""

from dataclasses import dataclass
from enum import StrEnum


class Role(StrEnum):
    """What somebody is in one workspace."""

    OWNER = "owner"
    OPERATOR = "operator"
    CALLER = "caller"
    FINANCE = "finance"
    VIEWER = "viewer"
    NOBODY = "nobody"


class Deed(StrEnum):
    """What can be asked of the bot. Every command, submission, click and option load has one."""

    READ_HELP = "read help"
    SEE_CALLS = "see calls"
    PLACE_CALL = "place a call"
    SETTLE_CALL = "settle a call or a text"
    SEND_TEXT = "send a text"
    KEEP_TEMPLATES = "save and remove templates"
    HANG_UP = "hang up"
    HANG_UP_UNSEEN = "hang up a call that the bot didn't place"
    OVERRIDE_POLICY = "call or text outside the hours or over the caps"
    READ_CONVERSATION = "read a transcript"
    OPT_OUT = "opt a number out, list the opt-outs"
    ALLOW_AGAIN = "allow an opted-out number again"
    EXCHANGE_OPT_OUTS = "import and export opt-outs"
    SEE_TRAIL = "see why a number was called, or wasn't"
    SEE_NUMBER = "see a number in full"
    FORGET = "erase a person"
    RUN_CAMPAIGN = "run a campaign"
    CONTROL_CAMPAIGN = "pause, stop or hand over a campaign"
    APPROVE_CAMPAIGN = "approve a campaign"
    READ_RESULTS = "read a campaign's results"
    STOP_ALL = "stop all campaigns"
    CHANGE_SETTINGS = "change the settings"
    CHECK_OUT = "ask for a checkout link"
    VOUCH = "say that a payment was made"
    SUBSCRIBE = "choose which payments a channel is told of"


@dataclass(frozen=True)
class Actor:
    """Somebody who typed, clicked or submitted."""

    workspace_id: str
    user_id: str
    role: Role


@dataclass(frozen=True)
class Rule:
    """`anywhere`: roles that may do it to everybody's rows; `own`: to rows that they asked for."""

    anywhere: frozenset[Role]
    own: frozenset[Role] = frozenset()


_ALL_BUT_NOBODY = frozenset(Role) - {Role.NOBODY}
_OPERATORS = frozenset({Role.OWNER, Role.OPERATOR})
_CALLER = frozenset({Role.CALLER})
_FINANCE = frozenset({Role.FINANCE})

RULES: dict[Deed, Rule] = {
    Deed.READ_HELP: Rule(frozenset(Role)),
    Deed.SEE_CALLS: Rule(_ALL_BUT_NOBODY - {Role.FINANCE}),
    Deed.PLACE_CALL: Rule(_OPERATORS | _CALLER),
    Deed.SETTLE_CALL: Rule(_OPERATORS, own=_CALLER),
    Deed.SEND_TEXT: Rule(_OPERATORS | _CALLER),
    Deed.KEEP_TEMPLATES: Rule(_OPERATORS),
    Deed.HANG_UP: Rule(_OPERATORS, own=_CALLER),
    Deed.HANG_UP_UNSEEN: Rule(frozenset({Role.OWNER})),
    Deed.OVERRIDE_POLICY: Rule(frozenset({Role.OWNER})),
    Deed.READ_CONVERSATION: Rule(_OPERATORS, own=_CALLER),
    Deed.OPT_OUT: Rule(_OPERATORS | _CALLER),  # recording a person's wish must never be hard
    Deed.ALLOW_AGAIN: Rule(_OPERATORS),
    Deed.EXCHANGE_OPT_OUTS: Rule(_OPERATORS),
    Deed.SEE_TRAIL: Rule(_OPERATORS, own=_CALLER),
    Deed.SEE_NUMBER: Rule(_OPERATORS, own=_CALLER),
    Deed.FORGET: Rule(frozenset({Role.OWNER})),
    Deed.RUN_CAMPAIGN: Rule(_OPERATORS),
    Deed.CONTROL_CAMPAIGN: Rule(_OPERATORS, own=_CALLER),
    Deed.APPROVE_CAMPAIGN: Rule(_OPERATORS),
    Deed.READ_RESULTS: Rule(_OPERATORS, own=_CALLER),
    Deed.STOP_ALL: Rule(_OPERATORS),
    Deed.CHANGE_SETTINGS: Rule(frozenset({Role.OWNER})),
    Deed.CHECK_OUT: Rule(_OPERATORS | _FINANCE),  # a link spends nothing; a campaign waits for it
    Deed.VOUCH: Rule(frozenset({Role.OWNER, Role.FINANCE})),
    Deed.SUBSCRIBE: Rule(frozenset({Role.OWNER, Role.FINANCE})),
}


def may(actor: Actor, deed: Deed, workspace_id: str, *, asked_by: str | None = None) -> bool:
    """Whether this person may do this in this workspace, to a row that `asked_by` asked for.

    Without a row (`asked_by` is None) a rule for one's own rows counts too: the row is looked at
    again once it is read.
    """
    if actor.workspace_id != workspace_id:
        return False
    rule = RULES[deed]
    if actor.role in rule.anywhere:
        return True
    return actor.role in rule.own and asked_by in (None, actor.user_id)
