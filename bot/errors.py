"""Every error class of the product.

BotError
├── SettingsError            the environment can't be served with; carries every fault at once
├── InputError               what somebody typed; carries a message for each field
│   ├── NumberRefused        a phone number that can't be reached; carries the fault's word
│   └── UnreadableFile       a file that is no list of numbers, whatever it is
├── NotAllowed               their role doesn't cover it; says who can help
├── OutOfDate                a card or a modal older than the row it shows
├── PolicyRefusal            this number may not be reached now, and why
├── SlackError               Slack didn't take it; `certain` where it said so itself
│   ├── Lasting              certain, and it will say so again: this message, or this place
│   │   └── NotReachable     this conversation is closed to the bot; another one may not be
│   └── NotLetIn             certain, but of the token: nothing of this workspace gets through
├── FileError                a file that somebody gave can't be had; says what to do instead
│   ├── FileTooLarge         larger than what is read
│   ├── FileGone             deleted, or not where the bot may see it
│   ├── FileElsewhere        not in this workspace: a link, or another organisation's
│   └── FileClosed           Slack showed its sign-in page: the token lacks `files:read`
├── InstallRefused           what Slack granted isn't what the bot can work with
├── UnknownPerson            Slack didn't say who asks
├── ForgedEvent              a webhook's body that Stripe didn't sign just now for this endpoint
├── UnreadableEvent          a webhook's body that is signed, and no event as the bot reads them
├── StripeError              Stripe's API can't be asked
├── StorageError             the database didn't take it; nothing was done
└── ToinggError
    ├── NotPlaced            certain: nobody was phoned, texted or charged
    │   ├── Unreachable      refused before a byte was sent
    │   ├── KeyRejected      401 and 403
    │   ├── NoCredit         402
    │   ├── UnknownToToingg  404 that speaks of what was asked for
    │   ├── NoSuchAddress    404 of the address itself
    │   ├── Rejected         422 with its fields, and any other 4xx
    │   └── RateLimited      429, with its Retry-After
    └── PerhapsPlaced        uncertain: only a person may decide to try again
        ├── TimedOut
        ├── ConnectionLost   after the request may have been written
        ├── ServerFault      5xx
        └── Unreadable       200 with a body that can't be understood

A class's docstring is the default sentence for the person who asked: what happened, and what to do
next. `detail` is for the log, and holds no key, no number, no name and no text that somebody typed.
"""

from dataclasses import dataclass
from datetime import timedelta


class BotError(Exception):
    """That didn't work. Try again in a moment."""

    def __init__(self, message: str | None = None, *, detail: str = "") -> None:
        self.message = message or (type(self).__doc__ or "").strip()
        self.detail = detail
        super().__init__(self.message)


class SettingsError(BotError):
    """The settings can't be used."""

    def __init__(self, faults: list[str]) -> None:
        self.faults = faults
        super().__init__("\n".join(faults))


class InputError(BotError):
    """Something typed isn't usable."""

    def __init__(self, fields: dict[str, str]) -> None:
        """`fields` maps a field (`phone`, `campaign`) to what is wrong, and its mend."""
        self.fields = fields
        super().__init__(" ".join(fields.values()))


class NumberRefused(InputError):
    """This phone number isn't usable."""

    def __init__(self, sentence: str, *, fault: str) -> None:
        """`fault` is a word of `bot.recipients.faults`."""
        self.fault = fault
        super().__init__({"phone": sentence})


class UnreadableFile(InputError):
    """This file can't be read as a list of phone numbers."""

    def __init__(self, sentence: str) -> None:
        """The sentence says what the file is, and what to do about it."""
        super().__init__({"file": sentence})


class NotAllowed(BotError):
    """Your role doesn't cover this. An owner of Toingg in this workspace can change that."""

    owners: tuple[str, ...] = ()
    """Their ids, as far as they are known; the funnel, which knows the workspace, fills them in."""


class OutOfDate(BotError):
    """This card is out of date. It was just redrawn: look again, then decide."""


class PolicyRefusal(BotError):
    """This number may not be reached now."""

    def __init__(self, message: str, *, reason: str, may_override: bool) -> None:
        """`reason` is a word of `bot.recipients.policy`; an owner may lift all but opt-outs."""
        self.reason = reason
        self.may_override = may_override
        super().__init__(message, detail=reason)


class SlackError(BotError):
    """Slack didn't take the bot's answer. Try again in a moment."""

    def __init__(self, code: str, *, certain: bool = True, message: str | None = None) -> None:
        """`certain`: Slack refused it. Otherwise it may have been done all the same."""
        self.code = code
        self.certain = certain
        super().__init__(message, detail=code)


class Lasting(SlackError):
    """Slack refused the bot's answer. Try again; if it happens twice, tell whoever runs the bot."""


class NotReachable(Lasting):
    """The bot isn't in this conversation. Invite it with /invite, then try again."""


class NotLetIn(SlackError):
    """Slack doesn't let the bot in. Whoever runs it can see why with `toingg-bot doctor`."""


class FileError(BotError):
    """This file can't be read. Save it as a CSV file, and send that."""


class FileTooLarge(FileError):
    """This file is too large."""

    def __init__(self, most: int) -> None:
        """`most` is what is read, in bytes; told in the decimal megabytes that people see."""
        super().__init__(
            f"This file is larger than {most / 1_000_000:g} MB. Leave out what isn't needed, or"
            " split it in two."
        )


class FileGone(FileError):
    """Slack doesn't have this file any more, or doesn't let the bot see it. Send it again."""


class FileElsewhere(FileError):
    """This file is kept outside this workspace. Save a copy on your computer, and send that."""


class FileClosed(FileError):
    """The bot may not read files yet. Whoever runs it must install it again, by manifest.yml."""


class InstallRefused(BotError):
    """Slack's answer isn't one that the bot can work with. Start again."""


class UnknownPerson(BotError):
    """Slack didn't say who you are, so nothing was done. Try again in a moment."""


class ForgedEvent(BotError):
    """The signature is missing, wrong or too old. Check STRIPE_WEBHOOK_SECRETS and the clock."""


class UnreadableEvent(BotError):
    """This is no snapshot event. In Stripe, choose the payload style “snapshot” for it."""


class StripeError(BotError):
    """Stripe's API can't be asked. Check STRIPE_API_KEY, and try again in a moment."""


class StorageError(BotError):
    """The bot couldn't write this down, so nothing was done. Try again in a moment."""

    def __init__(self, *, detail: str = "", lasting: bool = False) -> None:
        """`lasting`: the database understood it and will never take it."""
        self.lasting = lasting
        super().__init__(detail=detail)


class ToinggError(BotError):
    """Toingg didn't do it."""


class NotPlaced(ToinggError):
    """Toingg didn't take it. Nobody was reached and nothing was charged."""


class Unreachable(NotPlaced):
    """Toingg can't be reached right now, so nothing was sent. Try again in a minute."""


class KeyRejected(NotPlaced):
    """Toingg didn't accept the API key. An owner can check it with `toingg-bot doctor`."""


class NoCredit(NotPlaced):
    """The Toingg account is out of credit. Top it up, then try again."""


class UnknownToToingg(NotPlaced):
    """Toingg doesn't know that. It may be over already, or belong to another account."""


class NoSuchAddress(NotPlaced):
    """Toingg said “Not Found” and no more: what you asked for is over, or isn't at this address.
    Whoever runs the bot can check TOINGG_BASE_URL and TOINGG_PATHS with `toingg-bot doctor`.
    """


@dataclass(frozen=True)
class FieldFault:
    """One line of a 422: where (`("body", "phoneNumber")`), what, and of what kind."""

    loc: tuple[str | int, ...]
    msg: str
    type: str


class Rejected(NotPlaced):
    """Toingg refused what was sent. Correct it and try again."""

    def __init__(
        self, message: str | None = None, *, faults: tuple[FieldFault, ...] = (), detail: str = ""
    ) -> None:
        self.faults = faults
        super().__init__(message, detail=detail)


class RateLimited(NotPlaced):
    """Toingg is taking no more requests for the moment. It will be tried again by itself."""

    def __init__(self, *, retry_after: timedelta | None = None, detail: str = "") -> None:
        self.retry_after = retry_after
        super().__init__(detail=detail)


class PerhapsPlaced(ToinggError):
    """Toingg didn't answer; the phone may have rung."""


class TimedOut(PerhapsPlaced):
    """Toingg took too long to answer; the phone may have rung."""


class ConnectionLost(PerhapsPlaced):
    """The connection to Toingg broke before an answer came; the phone may have rung."""


class ServerFault(PerhapsPlaced):
    """Toingg had a fault of its own; the phone may have rung."""


class Unreadable(PerhapsPlaced):
    """Toingg's answer can't be understood; the phone may have rung."""
