"""A number's trail stays within what Slack takes, however much happened."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from bot.sandbox.slack.checks import block_faults
from bot.slack.blocks.call_card import Source
from bot.slack.blocks.trail import trail_message
from storage.events import Event, Kind
from storage.rows import Call, State
from storage.trail import Called, Decided

AT = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
PHONE = "+14155550132"
MOST = 11_000
"""Characters of all blocks together, of which Slack takes somewhat more: bolt-js issue 2867."""


def call(**values: Any) -> Call:
    """A call that everything about is as long as it may be."""
    fields: dict[str, Any] = dict.fromkeys(Call.__dataclass_fields__)
    fields |= {
        "id": "c1",
        "phone": PHONE,
        "name": "x" * 150,
        "campaign": "y" * 150,
        "requested_by": "U0CARL0001",
        "created_at": AT,
        "attempt": 3,
        "state": State.PLACED,
        "call_sid": "CA" + "a" * 32,
    }
    return Call(**fields | values)


def happened(count: int) -> list[Event]:
    """So many failed hang-ups, each with a long answer of Toingg's."""
    return [
        Event(
            number,
            "c1",
            AT + timedelta(seconds=number),
            Kind.HANG_UP_FAILED,
            "U1",
            {"said": "z" * 400},
        )
        for number in range(count)
    ]


def shown(*entries: Called | Decided) -> str:
    """The message's markup."""
    message = trail_message(PHONE, entries, Source.CALLBACK, full=True, older="d.8", newest="d.0")
    assert block_faults(message["blocks"], "message") == []
    return "\n".join(str(block.get("text", {}).get("text", "")) for block in message["blocks"])


def test_a_page_of_long_lives() -> None:
    """The last events stay, whole; how many came before is said."""
    long = Called(call(), "t" * 150, happened(40))
    text = shown(*[long] * 8)
    assert len(text) < MOST
    assert text.count("earlier") == 8
    assert text.count("<!date^") == text.count(" UTC>")
    assert f"<!date^{int((AT + timedelta(seconds=39)).timestamp())}^" in text


def test_a_short_life_is_whole() -> None:
    """Nothing is left out where there is room."""
    text = shown(Called(call(name="John", campaign="Sale"), None, happened(1)))
    assert "earlier" not in text
    assert "attempt 3" in text


def test_words_for_what_is_unknown() -> None:
    """A reason or a deed of a later release still makes a sentence."""
    skipped = call(state=State.SKIPPED, reason="tomorrows_reason")
    assert "Skipped: its list left it out" in shown(Called(skipped, None, ()))
    waiting = replace(skipped, state=State.PENDING, campaign_id="k")
    assert "\nWaits · attempt 3" in shown(Called(waiting, None, ()))
    assert ": the policy said no." in shown(Decided(AT, "U1", "refused", {"reason": "x"}))
    lifted = Decided(AT, "U1", "policy_lifted", {"reasons": ["recent", "over_day_cap"]})
    assert "set aside: called within 2 minutes; as many calls were placed" in shown(lifted)
