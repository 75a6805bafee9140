"""The line above a card that doesn't stand where it was asked for."""

from storage.rows import Elsewhere

_LINES = {
    Elsewhere.CLOSED: (
        "_I can't post in that conversation. Invite me there with /invite to have cards in it._"
    ),
    Elsewhere.SHARED: (
        "_That channel is shared with another organisation, so this goes on here. An owner of"
        " Toingg can allow cards in it: SHARED_CHANNEL_IDS._"
    ),
    Elsewhere.UNSAID: (
        "_Slack doesn't tell me whether other organisations read in that conversation, so this"
        " goes on here. An owner of Toingg can see what is missing with `toingg-bot doctor`, or"
        " allow cards in it: SHARED_CHANNEL_IDS._"
    ),
    Elsewhere.MOVED: (
        "_This card stood in a conversation before. There it was deleted or can't be changed any"
        " more, so it goes on here._"
    ),
    Elsewhere.NOWHERE: (
        "_The card of this was deleted or can't be changed any more. It isn't posted again;"
        " `/toingg` and `/toingg calls` show what goes on._"
    ),
}


def heads_of(elsewhere: Elsewhere | None) -> tuple[str, ...]:
    """The lines that say why; none for what stands in its place."""
    return () if elsewhere is None else (_LINES[elsewhere],)
