"""The door to a single row: what was typed is checked, the policy asked, the row written."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from bot.calling.cards import card_key, place_of
from bot.clock import Clock
from bot.errors import InputError
from bot.recipients import policy
from bot.recipients.intake.script import NAME, fill, unknown_variables
from bot.recipients.numbers import PhoneNumber, parse_number
from bot.recipients.policy import Facts, Limits, Reason, Verdict
from bot.recipients.zones import possible_zones
from bot.slack.routes import Ask
from bot.slack.text import tidy
from bot.texting.message import fault_of, read_message
from bot.texting.segments import measure
from storage import Connection, audit, cards, reach, rows
from storage.cards import Posting
from storage.engine import Database
from storage.reach import Reached
from storage.rows import Call, Kind, NewCall
from storage.secrets import phone_key

_LONGEST = {"campaign": 150, "name": 150, "script": 3000}
_LANGUAGES = frozenset({"", "english", "hindi"})
_MISSING = {
    "campaign": "Enter the campaign, as it is called in Toingg.",
    "name": "Enter whom the agent asks for.",
    "script": "Enter what the voice agent is to say.",
}


@dataclass(frozen=True)
class Order:
    """One call that can be placed, or a text that can be sent: then `script` is what it says."""

    campaign: str
    name: str
    number: PhoneNumber
    language: str | None
    script: str | None
    kind: Kind = Kind.CALL
    parts: int | None = None


@dataclass(frozen=True)
class Entered:
    """What came of it: a row, a refusal of the policy, or neither where the click is known."""

    call: Call | None = None
    meant: Posting | None = None
    verdict: Verdict | None = None


def read_order(typed: Mapping[str, str], *, region: str, scripted: bool) -> Order:
    """What was typed, checked; InputError carries every field's fault at once."""
    faults: dict[str, str] = {}
    values: dict[str, str] = {}
    for field in ("campaign", "name", *(("script",) if scripted else ())):
        values[field] = tidy(typed.get(field, ""))
        if not values[field]:
            faults[field] = _MISSING[field]
        elif len(values[field]) > _LONGEST[field]:
            faults[field] = f"At most {_LONGEST[field]} characters; this has {len(values[field])}."
    number = _number(typed, region, faults)
    language = typed.get("language", "")
    if language not in _LANGUAGES:
        faults["language"] = "Choose one of the languages of the list."
    if faults or number is None:
        raise InputError(faults)
    return Order(values["campaign"], values["name"], number, language or None, values.get("script"))


def read_text_order(typed: Mapping[str, str], *, region: str) -> Order:
    """The same of a text: whom, at which number, and what it says."""
    faults: dict[str, str] = {}
    name = tidy(typed.get("name", ""))
    if not name:
        faults["name"] = "Enter whom the text is for."
    elif len(name) > _LONGEST["name"]:
        faults["name"] = f"At most {_LONGEST['name']} characters; this has {len(name)}."
    number = _number(typed, region, faults)
    message = _message(typed.get("message", ""), name, faults)
    if faults or number is None:
        raise InputError(faults)
    parts = measure(message).parts
    return Order("", name, number, None, message, Kind.TEXT, parts)


def _message(typed: str, name: str, faults: dict[str, str]) -> str:
    """The words with `{name}` filled in; nothing else fills in a variable of a single text."""
    message = read_message(typed)
    unknown = unknown_variables(message, [])
    if unknown:
        named = ", ".join(f"{{{key}}}" for key in unknown)
        faults["message"] = f"Only a list fills in {named}: write it out. {{name}} is filled in."
        return message
    message = fill(message, {NAME: name})
    if fault := fault_of(message):
        faults["message"] = fault
    return message


def _number(typed: Mapping[str, str], region: str, faults: dict[str, str]) -> PhoneNumber | None:
    try:
        return parse_number(tidy(typed.get("phone", "")), region)
    except InputError as error:
        faults |= error.fields
        return None


def _facts(seen: Reached, reached_today: int, kind: Kind) -> Facts:
    return Facts(
        opted_out=seen.opted_out,
        number_count_today=seen.number_today,
        day_count=reached_today,
        last_reached=seen.last_at,
        last_reached_by=seen.last_by,
        by_text=kind is Kind.TEXT,
    )


def _day_start(limits: Limits, now: datetime) -> datetime:
    return policy.day_start(limits.workspace_zone, now)


def _reached_today(
    connection: Connection, workspace_id: str, kind: Kind, limits: Limits, now: datetime
) -> int:
    """Counted only where a cap asks for it: it may be many rows."""
    if limits.day_cap is None:
        return 0
    return reach.reached_today(connection, workspace_id, kind, day_start=_day_start(limits, now))


def refused(
    connection: Connection,
    workspace_id: str,
    actor: str,
    key: str,
    verdict: Verdict,
    now: datetime,
) -> None:
    """Writes down that the policy refused the number with this keyed hash, to whom, and why.

    Not that it asked "Call Again?": whoever is asked decides.
    """
    if verdict.reason is not None and not verdict.may_confirm:
        who = (workspace_id, actor, "refused", key)
        audit.append(connection, *who, now=now, reason=verdict.reason)


def policy_lifted(
    connection: Connection, call: Call, actor: str, lifted: frozenset[Reason], now: datetime
) -> None:
    """Writes down that somebody, who may, has set these reasons aside for this call."""
    audit.append(
        connection,
        call.workspace_id,
        actor,
        "policy_lifted",
        call.id,
        now=now,
        reasons=sorted(lifted),
        number=call.phone_key,
    )


class Door:
    """Where every single call comes in, whoever asks and however."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        limits: Callable[[str], Limits],
        *,
        run: str,
        region: Callable[[str], str],
    ) -> None:
        """`limits` and `region` of a workspace, by its id."""
        self._database = database
        self._clock = clock
        self._limits = limits
        self._run = run
        self._region = region

    def read(self, workspace_id: str, typed: Mapping[str, str], flow: str) -> Order:
        """As `read_order` or `read_text_order`, with this workspace's region.

        `flow`: `call`, `script` or `sms`.
        """
        region = self._region(workspace_id)
        if flow == "sms":
            return read_text_order(typed, region=region)
        return read_order(typed, region=region, scripted=flow == "script")

    async def judge(
        self, call: Call, actor: str, *, lifted: frozenset[Reason] = frozenset()
    ) -> Verdict:
        """Whether a row that `actor` wants dialled again may be: opt-out, hours and caps.

        Not how recently it was called: whoever clicks Call Again has seen that.
        """
        zones, waived = possible_zones(call.phone), policy.MAY_CONFIRM | lifted
        limits = self._limits(call.workspace_id)

        def look(connection: Connection) -> Verdict:
            now = self._clock()
            at = (call.workspace_id, call.phone_key, call.kind, now)
            seen = reach.reached(connection, *at, day_start=_day_start(limits, now))
            today = _reached_today(connection, call.workspace_id, call.kind, limits, now)
            facts = _facts(seen, today, call.kind)
            return policy.decide(zones, facts, limits, now, waived=waived)

        verdict = await self._database.read(look)
        if verdict.reason is not None:
            await self._database.write(
                partial(
                    refused,
                    workspace_id=call.workspace_id,
                    actor=actor,
                    key=call.phone_key,
                    verdict=verdict,
                    now=self._clock(),
                )
            )
        return verdict

    async def enter(
        self,
        ask: Ask,
        order: Order,
        *,
        channel: str,
        lifted: frozenset[Reason] = frozenset(),
        retry_of: str | None = None,
    ) -> Entered:
        """One transaction: known already? may it be reached? then the row, `pending`.

        `lifted`: reasons that somebody, who may, has set aside for this call; it is audited.
        """
        e164 = order.number.e164
        new = NewCall(
            workspace_id=ask.workspace.id,
            click_key=ask.key,
            phone=e164,
            phone_key=phone_key(ask.workspace.number_key, e164),
            name=order.name,
            campaign=order.campaign,
            script=order.script,
            language=order.language,
            kind=order.kind,
            parts=order.parts,
            requested_by=ask.actor.user_id,
            asked_in=channel or ask.channel,
            retry_of=retry_of,
        )
        return await self._database.write(
            partial(self._enter, new=new, zones=possible_zones(e164), lifted=lifted)
        )

    def _enter(
        self,
        connection: Connection,
        *,
        new: NewCall,
        zones: tuple[str, ...],
        lifted: frozenset[Reason],
    ) -> Entered:
        now, workspace_id = self._clock(), new.workspace_id
        limits = self._limits(workspace_id)
        seen = self._look(connection, new, limits, now)
        if seen.is_known:
            return Entered()
        today = _reached_today(connection, workspace_id, new.kind, limits, now)
        facts = _facts(seen, today, new.kind)
        verdict = policy.decide(zones, facts, limits, now, waived=lifted)
        if verdict.reason is not None:
            refused(connection, workspace_id, new.requested_by, new.phone_key, verdict, now)
            return Entered(verdict=verdict)
        call = rows.enter(connection, new, run=self._run, now=now)
        if call is None:
            return Entered()
        if lifted:
            policy_lifted(connection, call, new.requested_by, lifted, now)
        return Entered(call=call, meant=self._meant(connection, call, now))

    def _look(self, connection: Connection, new: NewCall, limits: Limits, now: datetime) -> Reached:
        """What is known of the number; until the transaction ends nobody else adds to it."""
        rows.take_turn(connection, new.phone_key)
        if limits.day_cap is not None:
            reach.take_day_turn(connection, new.workspace_id)
        return reach.reached(
            connection,
            new.workspace_id,
            new.phone_key,
            new.kind,
            now,
            day_start=_day_start(limits, now),
            click_key=new.click_key,
        )

    def _meant(self, connection: Connection, call: Call, now: datetime) -> Posting | None:
        """The posting of the card, in the transaction of the row that it shows."""
        place = place_of(call)
        return cards.intend(
            connection,
            workspace_id=call.workspace_id,
            key=card_key(call),
            subject=call.id,
            run=self._run,
            channel=place.channel,
            thread_ts=None,
            now=now,
        )
