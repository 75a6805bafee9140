"""Who may ask for what: the policy, written by hand, one row for everything in the registry.

The columns are the roles; guests, bots and people of other organisations are in the last one.
`yes`: it isn't refused. `own`: it isn't for a row that they asked for themselves, and is for
anybody else's. `-`: it is refused. `of` says what the button's value, or the modal's metadata,
names. A row that says more than a route's name says what is typed behind the command.
"""

from dataclasses import dataclass
from typing import Literal, cast

from bot.slack.routes import Kind

Cell = Literal["yes", "own", "-"]
ROLES = ("owner", "operator", "caller", "finance", "viewer", "nobody")

COMMANDS = """
                    of         owner operator caller finance viewer nobody
call                -          yes   yes      yes    -       -      -
script              -          yes   yes      yes    -       -      -
campaign            -          yes   yes      -      -       -      -
sms                 -          yes   yes      yes    -       -      -
sms list            -          yes   yes      -      -       -      -
sms templates       -          yes   yes      -      -       -      -
hangup              -          yes   yes      yes    -       -      -
calls               -          yes   yes      yes    -       yes    -
calls all           -          yes   yes      yes    -       yes    -
calls live          -          yes   yes      yes    -       yes    -
calls waiting       -          yes   yes      yes    -       yes    -
calls failed        -          yes   yes      yes    -       yes    -
stop                -          yes   yes      -      -       -      -
stop now            -          yes   yes      -      -       -      -
checkout            -          yes   yes      -      yes     -      -
checkout list       -          yes   yes      -      yes     -      -
notify              -          yes   -        -      yes     -      -
notify payments     -          yes   -        -      yes     -      -
notify disputes     -          yes   -        -      yes     -      -
notify list         -          yes   -        -      yes     -      -
notify off          -          yes   -        -      yes     -      -
optout              -          yes   yes      yes    -       -      -
optout add          number     yes   yes      yes    -       -      -
optout remove       number     yes   yes      -      -       -      -
optout list         -          yes   yes      yes    -       -      -
optout import       -          yes   yes      yes    -       -      -
optout export       -          yes   yes      -      -       -      -
why                 -          yes   yes      yes    -       -      -
settings            -          yes   -        -      -       -      -
settings calls      -          yes   -        -      -       -      -
settings limits     -          yes   -        -      -       -      -
settings money      -          yes   -        -      -       -      -
settings people     -          yes   -        -      -       -      -
settings groups     -          yes   -        -      -       -      -
settings toingg     -          yes   -        -      -       -      -
settings workspace  -          yes   -        -      -       -      -
settings webhooks   -          yes   -        -      -       -      -
settings audit      -          yes   -        -      -       -      -
forget              -          yes   -        -      -       -      -
help                -          yes   yes      yes    yes     yes    yes
"""
SUBMISSIONS = """
                          of         owner operator caller finance viewer nobody
call.form                 -          yes   yes      yes    -       -      -
script.form               -          yes   yes      yes    -       -      -
draft.confirm             -          yes   yes      yes    -       -      -
attach.form               call       yes   yes      own    -       -      -
campaign.form             -          yes   yes      -      -       -      -
campaign.columns_form     campaign   yes   yes      -      -       -      -
campaign.preview_form     campaign   yes   yes      -      -       -      -
campaign.schedule_form    campaign   yes   yes      -      -       -      -
campaign.hand_over_form   campaign   yes   yes      own    -       -      -
campaign.hand_list_form   campaign   yes   yes      -      -       -      -
checkout.vouch_form       -          yes   -        -      yes     -      -
notify.form               -          yes   -        -      yes     -      -
optout.form               -          yes   yes      yes    -       -      -
settings.form             -          yes   -        -      -       -      -
settings.keys             -          yes   -        -      -       -      -
settings.roles            -          yes   -        -      -       -      -
settings.hooks            -          yes   -        -      -       -      -
forget.form               -          yes   -        -      -       -      -
forget.confirm            -          yes   -        -      -       -      -
sms.form                  -          yes   yes      yes    -       -      -
sms.list_form             -          yes   yes      -      -       -      -
sms.after_form            campaign   yes   yes      -      -       -      -
sms.template_form         -          yes   yes      -      -       -      -
"""
CLICKS = """
                          of         owner operator caller finance viewer nobody
call.hang_up              call       yes   yes      own    -       -      -
call.attach               call       yes   yes      own    -       -      -
call.it_rang              call       yes   yes      own    -       -      -
call.retry                call       yes   yes      own    -       -      -
call.now                  call       yes   yes      own    -       -      -
call.discard              call       yes   yes      own    -       -      -
call.again                call       yes   yes      own    -       -      -
call.edit                 call       yes   yes      own    -       -      -
call.anyway               -          yes   -        -      -       -      -
call.transcript           call       yes   yes      own    -       -      -
call.analysis             call       yes   yes      own    -       -      -
call.recording            call       yes   yes      own    -       -      -
calls.new                 -          yes   yes      yes    -       -      -
calls.filter              -          yes   yes      yes    -       yes    -
calls.hang_up             call       yes   yes      own    -       -      -
calls.numbers             -          yes   yes      yes    -       -      -
number.show               call       yes   yes      own    -       -      -
draft.confirm             -          yes   yes      yes    -       -      -
draft.edit                -          yes   yes      yes    -       -      -
campaign.edit             campaign   yes   yes      -      -       -      -
campaign.columns          campaign   yes   yes      -      -       -      -
campaign.preview          campaign   yes   yes      -      -       -      -
campaign.template         -          yes   yes      -      -       -      -
campaign.from_draft       -          yes   yes      -      -       -      -
campaign.start            campaign   yes   yes      -      -       -      -
campaign.resume           campaign   yes   yes      -      -       -      -
campaign.pause            campaign   yes   yes      own    -       -      -
campaign.cancel           campaign   yes   yes      own    -       -      -
campaign.discard          campaign   yes   yes      own    -       -      -
campaign.stop             campaign   yes   yes      own    -       -      -
campaign.retry_stop       campaign   yes   yes      own    -       -      -
campaign.schedule         campaign   yes   yes      -      -       -      -
campaign.reschedule       campaign   yes   yes      -      -       -      -
campaign.unschedule       campaign   yes   yes      own    -       -      -
campaign.ask_approval     campaign   yes   yes      -      -       -      -
campaign.approve          campaign   yes   yes      -      -       -      -
campaign.decline          campaign   yes   yes      -      -       -      -
campaign.hand_over        campaign   yes   yes      own    -       -      -
campaign.hand_list        campaign   yes   yes      -      -       -      -
campaign.leave            campaign   yes   yes      own    -       -      -
campaign.again_all        campaign   yes   yes      -      -       -      -
campaign.review           campaign   yes   yes      own    -       -      -
campaign.first_page       campaign   yes   yes      own    -       -      -
campaign.next_page        campaign   yes   yes      own    -       -      -
campaign.it_rang          campaign   yes   yes      own    -       -      -
campaign.call_again       campaign   yes   yes      -      -       -      -
campaign.results          campaign   yes   yes      own    -       -      -
campaign.numbers          campaign   yes   yes      own    -       -      -
campaign.retry            campaign   yes   yes      -      -       -      -
campaign.again            campaign   yes   yes      -      -       -      -
campaign.text_unreached   campaign   yes   yes      -      -       -      -
campaigns.pause           campaign   yes   yes      own    -       -      -
campaigns.stop            campaign   yes   yes      own    -       -      -
campaigns.resume          campaign   yes   yes      -      -       -      -
campaigns.stop_all        -          yes   yes      -      -       -      -
checkout.open             -          yes   yes      yes    yes     yes    yes
checkout.again            -          yes   yes      -      yes     -      -
checkout.anew             -          yes   yes      -      yes     -      -
checkout.vouch            -          yes   -        -      yes     -      -
home.campaign             -          yes   yes      -      -       -      -
home.settings             -          yes   -        -      -       -      -
home.pause                campaign   yes   yes      own    -       -      -
home.stop                 campaign   yes   yes      own    -       -      -
home.resume               campaign   yes   yes      -      -       -      -
home.approve              campaign   yes   yes      -      -       -      -
home.decline              campaign   yes   yes      -      -       -      -
notify.change             -          yes   -        -      yes     -      -
notify.off                -          yes   -        -      yes     -      -
optout.add                -          yes   yes      yes    -       -      -
optout.allow              -          yes   yes      -      -       -      -
optout.list               -          yes   yes      yes    -       -      -
optout.newest             -          yes   yes      yes    -       -      -
optout.open               -          yes   yes      yes    -       -      -
optout.export             -          yes   yes      -      -       -      -
settings.edit             -          yes   -        -      -       -      -
settings.token            -          yes   -        -      -       -      -
settings.audit_export     -          yes   -        -      -       -      -
text.arrived              text       yes   yes      own    -       -      -
text.retry                text       yes   yes      own    -       -      -
text.now                  text       yes   yes      own    -       -      -
text.discard              text       yes   yes      own    -       -      -
text.edit                 text       yes   yes      own    -       -      -
text.another              text       yes   yes      own    -       -      -
text.reply                text       yes   yes      own    -       -      -
text.opt_out              text       yes   yes      yes    -       -      -
sms.new                   -          yes   yes      yes    -       -      -
sms.answer                -          yes   yes      -      -       -      -
sms.meter                 -          yes   yes      yes    -       -      -
sms.swap                  -          yes   yes      yes    -       -      -
sms.template              -          yes   yes      yes    -       -      -
sms.template_new          -          yes   yes      -      -       -      -
sms.template_edit         -          yes   yes      -      -       -      -
sms.template_remove       -          yes   yes      -      -       -      -
sms.list_new              -          yes   yes      -      -       -      -
sms.list_edit             campaign   yes   yes      -      -       -      -
sms.list_plain            campaign   yes   yes      -      -       -      -
sms.list_meter            -          yes   yes      -      -       -      -
sms.list_swap             -          yes   yes      -      -       -      -
sms.list_template         -          yes   yes      -      -       -      -
sms.after_meter           campaign   yes   yes      -      -       -      -
sms.after_swap            campaign   yes   yes      -      -       -      -
sms.after_template        campaign   yes   yes      -      -       -      -
why.older                 -          yes   yes      yes    -       -      -
why.newest                -          yes   yes      yes    -       -      -
"""
SHORTCUTS = """
                          of         owner operator caller finance viewer nobody
campaign.new              -          yes   yes      -      -       -      -
campaign.from_message     message    yes   yes      -      -       -      -
"""
EVENTS = """
                          of         owner operator caller finance viewer nobody
app_home_opened           -          yes   yes      yes    yes     yes    yes
message.im                words      yes   yes      yes    yes     yes    yes
message.im list           list       yes   yes      -      -       -      -
"""


@dataclass(frozen=True)
class Row:
    """One row of a table; `words` are typed behind the command, or say what is written."""

    kind: Kind
    name: str
    words: str
    of: str
    cells: dict[str, Cell]


def rows_in(kind: Kind, table: str) -> list[Row]:
    """The rows of one table."""
    head, *lines = [line.split() for line in table.strip().splitlines()]
    assert tuple(head) == ("of", *ROLES)
    return [_row(kind, line) for line in lines]


def _row(kind: Kind, line: list[str]) -> Row:
    name, *words = line[: -len(ROLES) - 1]
    of, *cells = line[-len(ROLES) - 1 :]
    read: dict[str, Cell] = {}
    for role, cell in zip(ROLES, cells, strict=True):
        assert cell in ("yes", "own", "-"), line
        read[role] = cast("Cell", cell)
    return Row(kind, name, " ".join(words), of, read)


POLICY = [
    *rows_in(Kind.COMMAND, COMMANDS),
    *rows_in(Kind.SUBMISSION, SUBMISSIONS),
    *rows_in(Kind.CLICK, CLICKS),
    *rows_in(Kind.SHORTCUT, SHORTCUTS),
    *rows_in(Kind.EVENT, EVENTS),
]

HOME = """
                          owner operator caller finance viewer nobody
calls.new                 yes   yes      yes    -       -      -
home.campaign             yes   yes      -      -       -      -
home.settings             yes   -        -      -       -      -
home.pause running        yes   yes      own    -       -      -
home.stop running         yes   yes      own    -       -      -
home.resume paused        yes   yes      -      -       -      -
home.approve asked        yes   yes      -      -       -      -
home.decline asked        yes   yes      -      -       -      -
calls.hang_up call        yes   yes      own    -       -      -
"""
"""What Home offers to whom: its element, and what that is of. `own` as above."""


def home_rows() -> list[tuple[str, str, dict[str, str]]]:
    """The element, what it is of ("" for what is of nothing), and the cell of each role."""
    head, *lines = [line.split() for line in HOME.strip().splitlines()]
    assert tuple(head) == ROLES
    read = []
    for line in lines:
        element, *of = line[: -len(ROLES)]
        read.append((element, " ".join(of), dict(zip(ROLES, line[-len(ROLES) :], strict=True))))
    return read
