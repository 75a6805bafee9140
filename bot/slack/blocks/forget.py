"""Forgetting somebody: what is stored, the question, the receipt."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from bot.slack.blocks.parts import (
    Block,
    Message,
    checks_input,
    context,
    modal,
    moment,
    section,
)
from bot.slack.text import inline, pretty
from storage.erasure import Stored
from storage.erasures import Erasure

POSSIBLY_REPEATED = "_Possibly repeated: the bot was restarted while it posted this._"
NEVER_AGAIN = "never_again"
_UNSURE = "unsure"
_WHOSE = (
    "What others hold isn't the bot's to erase: files that people downloaded or gave themselves,"
    " and what people wrote; Toingg's and Twilio's own records of calls, texts and recordings;"
    " Stripe's of payments; exports of Slack, and backups of the database. What was shown to one"
    " person alone is gone once they reload Slack."
)
_BY_HAND = {
    "cant_delete_message": "Slack doesn't let the bot delete or change them: an admin of Slack can",
    "edit_window_closed": "Slack's time for changing messages was over: an admin of Slack can"
    " delete them",
    "compliance_exports_prevent_deletion": "Slack keeps all messages here for compliance: ask"
    " whoever is in charge of that",
    "cant_update_message": "Slack doesn't let the bot change them: an admin of Slack can delete"
    " them",
    "channel_not_found": "the bot isn't in their conversation any more: invite it with /invite and"
    " forget the number again, or have somebody there delete them",
    "is_archived": "their channel is archived: somebody can unarchive it, then forget the number"
    " again",
    "cant_delete_file": "Slack doesn't let the bot delete them: an admin of Slack can",
    "file_deleting_disabled": "nobody may delete files here: an admin of Slack can change that",
    _UNSURE: "Slack didn't say whether they were posted: look in the channels at that time",
}


@dataclass(frozen=True)
class Found:
    """What there is of a number: rows, and our `messages` and `files` in Slack."""

    stored: Stored
    messages: int
    files: int

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing that is known without looking through all texts."""
        held = self.stored
        return not (held.calls or held.texts or held.replies or held.is_out)


def stored_view(e164: str, found: Found, draft_id: str) -> Block:
    """What is stored of the number, and on to the question."""
    held = found.stored
    rows = f"{_many(held.calls, 'call')}, {_many(held.texts, 'text')}"
    campaigns, replies = _many(held.campaigns, "campaign"), _many(held.replies, "reply", "replies")
    posts = f"{_many(found.messages, 'message')} and {_many(found.files, 'file')} of the bot's"
    lines = [
        f"*{pretty(e164)}*",
        f"{rows}, in {campaigns}; {replies}",
        f"In Slack: {posts}, as far as is known now",
        "Opted out: nobody here reaches it" if held.is_out else "Not opted out",
    ]
    blocks: list[Block] = [section("\n".join(lines))]
    if found.is_empty:
        blocks.append(
            context(
                "Nothing is stored under it. Texts in which others wrote it are looked for too."
            )
        )
    if held.waiting:
        waiting = _many(held.waiting, "call or text", "calls or texts")
        verbs = ("waits", "is") if held.waiting == 1 else ("wait", "are")
        blocks.append(section("{} to it {}, and {} cancelled first.".format(waiting, *verbs)))
    if held.busy:
        blocks.append(
            section(
                "It is being reached just now. That is erased once it is over; `/toingg calls`"
                " has Hang Up."
            )
        )
    if held.is_out:
        blocks.append(context("The opt-out stays, by a keyed hash that can't be read back."))
    else:
        blocks.append(
            checks_input(
                "out",
                "Afterwards",
                {NEVER_AGAIN: "Never contact this number again"},
                chosen=(NEVER_AGAIN,),
                hint="Kept as a keyed hash alone. Without it the number can be called again.",
            )
        )
    return modal(
        "Forget Somebody",
        blocks,
        callback_id="forget.form",
        metadata=draft_id,
        submit="Next",
        close="Cancel",
    )


def question_view(e164: str, found: Found, metadata: str, *, opts_out: bool) -> Block:
    """The question, with the number in it."""
    after = (
        "Nobody here can call or text it any more."
        if opts_out
        else "It can be called and texted again."
    )
    return modal(
        "Erase for good?",
        [
            section(
                f"*Erase {pretty(e164)}?*\nNumber, names, scripts, texts and what was said go from"
                " the database, and the bot's messages and files about them from Slack. What"
                f" remains are counts and costs. {after}"
            ),
            section("*This can't be undone.*"),
            *([context(_FILES)] if found.files else []),
        ],
        callback_id="forget.confirm",
        metadata=metadata,
        submit="Erase",
        close="Cancel",
    )


_FILES = (
    "Files with a campaign's results or rejected rows hold other people too. They are deleted"
    " whole; Results, on the campaign's card, makes them again without this person."
)


BEGUN = "It is being erased. You get a direct message with what was, and what couldn't be."
UNDER_WAY = "This number is being erased already; whoever asked for it gets the receipt."


def begun_view(said: str = BEGUN) -> Block:
    """It goes on by itself."""
    return modal("Being Erased", [section(said)])


def erased_message() -> Message:
    """What is left of a message that Slack doesn't delete."""
    return {"text": "Erased.", "blocks": [section("_Erased._")]}


def receipt(
    erasure: Erasure,
    done: Mapping[str, int],
    failed: Mapping[str, int],
    *,
    is_out: bool,
    heads: tuple[str, ...] = (),
) -> Message:
    """What was erased, by count, what couldn't be and why; it names nobody."""
    lines = [
        f"*Erased*: the person whom you asked to forget on {moment(erasure.asked_at)}.",
        *(f"• {each}" for each in _erased(erasure.counts, done)),
        "Their opt-out goes on being honoured, by its keyed hash alone."
        if is_out
        else "They aren't opted out: the number can be called again.",
    ]
    if done.get("files_deleted"):
        lines.append(_FILES)
    if failed:
        lines += ["*What couldn't be erased:*", *(f"• {each}" for each in _failed(failed))]
    blocks: list[Block] = [
        *(context(head) for head in heads),
        section("\n".join(lines)),
        context(_WHOSE),
    ]
    return {"text": lines[0], "blocks": blocks}


def _erased(counts: Mapping[str, int], done: Mapping[str, int]) -> Iterator[str]:
    rows = f"{_many(counts.get('calls', 0), 'call')}, {_many(counts.get('texts', 0), 'text')}"
    replies = counts.get("replies", 0)
    yield f"{rows}, {_many(replies, 'reply', 'replies')}: their counts and costs remain"
    if cancelled := counts.get("cancelled", 0):
        yield f"{cancelled:,} of them waited, and {'was' if cancelled == 1 else 'were'} cancelled"
    if mentions := counts.get("mentions", 0):
        yield f"{_many(mentions, 'other text')} in which they were named"
    messages = done.get("messages_deleted", 0)
    yield f"{_many(messages, 'message')} and {_many(done.get('files_deleted', 0), 'file')} in Slack"
    if edited := done.get("messages_edited", 0):
        yield f"{_many(edited, 'message')} that Slack doesn't delete: they say nothing any more"
    gone = done.get("messages_gone", 0) + done.get("files_gone", 0)
    if gone:
        yield f"{gone:,} in Slack {'was' if gone == 1 else 'were'} deleted before"


def _failed(failed: Mapping[str, int]) -> Iterator[str]:
    for what, count in sorted(failed.items()):
        kind, _, reason = what.partition(":")
        mend = _BY_HAND.get(reason)
        why = f": {mend}." if mend else ": an admin of Slack can delete them."
        yield f"{_many(count, kind)} (`{inline(reason, 60)}`){why}"


def _many(count: int, one: str, several: str = "") -> str:
    return f"1 {one}" if count == 1 else f"{count:,} {several or f'{one}s'}"
