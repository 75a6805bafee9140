"""The first steps, told to who installed the bot."""

from bot.slack.blocks.parts import Message, context, section

_HEAD = "*Toingg is installed here, and you own it.* Four steps to the first call:"
_STEPS = """\
1. `/toingg settings`, Toingg: give this workspace's key from Toingg's console. Nobody can be \
called before.
2. `/toingg settings`, Calls: when people may be called, and the campaign that a call takes \
unless it names one.
3. `/toingg settings`, People: who else may call, run campaigns, see payments. Admins own it too.
4. `/invite` Toingg into a channel, and type `/toingg call` there. Your own number makes a good \
first one."""
_HINT = "Home, beside this tab, shows what is left to be set up. `/toingg help` says more."


def welcome() -> Message:
    """The message."""
    return {"text": _HEAD, "blocks": [section(_HEAD), section(_STEPS), context(_HINT)]}
