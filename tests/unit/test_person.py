"""Whether a text names somebody, in whichever way; every column is thought of."""

import json

import phonenumbers
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import JSON, String

from bot.privacy.person import ERASED, person_of
from storage.belonging import TABLES
from storage.mentions import SPOTS, cleaned_of

NUMBERS = st.sampled_from(["+14155550132", "+442079460123", "+919812345678", "+4915112345678"])
FORMATS = st.sampled_from(
    [
        phonenumbers.PhoneNumberFormat.E164,
        phonenumbers.PhoneNumberFormat.INTERNATIONAL,
        phonenumbers.PhoneNumberFormat.NATIONAL,
        phonenumbers.PhoneNumberFormat.RFC3966,
    ]
)
OURS = {
    # ids, and words of ours
    *("workspaces.*", "settings.*", "members.*", "runs.*", "approvals.*", "pacing.*"),
    *("budget_entries.*", "subscriptions.*", "announcements.*", "payment_aliases.*", "audit.*"),
    *("audit_heads.*", "installations.*", "oauth_states.*"),
    *("postings.*", "erasure_tasks.*"),
    *("erasures.id", "erasures.workspace_id", "erasures.phone_key", "erasures.asked_by"),
    *("erasures.run", "erasures.stage", "erasures.counts"),
    *("campaigns.click_key", "campaigns.kind", "campaigns.language", "campaigns.requested_by"),
    *("campaigns.owner", "campaigns.asked_in", "campaigns.state", "campaigns.reason"),
    *("campaigns.run", "campaigns.moved_by", "campaigns.zone", "campaigns.stopped_by"),
    *("campaigns.retry_of", "campaigns.channel", "campaigns.card_ts", "campaigns.elsewhere"),
    *("campaigns.id", "campaigns.workspace_id"),
    *("campaign_events.campaign_id", "campaign_events.kind", "campaign_events.actor"),
    *("call_events.call_id", "call_events.kind", "call_events.actor"),
    *("refused_rows.campaign_id", "refused_rows.fault"),
    *("templates.id", "templates.workspace_id", "templates.by"),
    *("drafts.id", "drafts.workspace_id", "drafts.user_id", "drafts.flow"),
    *("webhook_events.workspace_id", "webhook_events.provider", "webhook_events.event_id"),
    *("webhook_events.type", "webhook_events.digest", "webhook_events.outcome"),
    *("webhook_events.payment_id",),
    *("payments.id", "payments.workspace_id", "payments.identity"),
    *("checkouts.id", "checkouts.workspace_id", "checkouts.click_key", "checkouts.asked_by"),
    *("checkouts.asked_in", "checkouts.thread_ts", "checkouts.campaign_id", "checkouts.run"),
    *("checkouts.state", "checkouts.reason", "checkouts.session_id", "checkouts.url"),
    *("checkouts.currency", "checkouts.paid_currency", "checkouts.paid_by"),
    *("checkouts.confirmed_by", "checkouts.fault", "checkouts.channel", "checkouts.card_ts"),
    *("checkouts.elsewhere",),
    # of a number, known by its hash: erased, or dropped whole (`storage.erasure`)
    *("calls.*", "inbound_texts.*", "opt_outs.*"),
    # what is looked for, gone once it isn't found any more
    *("erasures.phone", "erasures.names"),
}


def test_every_text_that_is_stored_is_looked_through_or_is_ours() -> None:
    """A new column, or table, doesn't pass without somebody saying which it is."""
    looked = {f"{spot.table.name}.{name}" for spot in SPOTS for name in spot.columns}
    for table in TABLES:
        for column in table.columns:
            if isinstance(column.type, String | JSON):
                known = {f"{table.name}.{column.name}", f"{table.name}.*"}
                assert known & (OURS | looked), f"{table.name}.{column.name}"


@given(number=NUMBERS, form=FORMATS, before=st.text(max_size=10), after=st.text(max_size=10))
def test_a_number_is_found_in_every_format(number: str, form: int, before: str, after: str) -> None:
    """With whatever beside it that isn't a digit or a separator of its own."""
    parsed = phonenumbers.parse(number, None)
    written = phonenumbers.format_number(parsed, form)
    text = f"{before}|{written}|{after}"
    cleaned = person_of(number, ()).number(text)
    assert ERASED in cleaned
    national = phonenumbers.national_significant_number(parsed)
    assert national not in "".join(char for char in cleaned if char.isdigit())


@pytest.mark.parametrize(
    "text",
    [
        "415.555.0132",
        "(415) 555-0132",
        "0014155550132",
        "tel:+1-415-555-0132",
        "٤١٥٥٥٥٠١٣٢",
        "\uff14\uff11\uff15 \uff15\uff15\uff15 \uff10\uff11\uff13\uff12",
    ],
)
def test_separators_and_scripts(text: str) -> None:
    """As people type them."""
    assert not any(char.isdigit() for char in person_of("+14155550132", ()).number(text))


@pytest.mark.parametrize("text", ["+14155550133", "2026-04-15 555", "row 4155", "0132"])
def test_what_is_somebody_elses_stays(text: str) -> None:
    """Other numbers, dates and counts are as they were."""
    assert person_of("+14155550132", ("John Doe",)).echo(text) == text


def test_a_pasted_list_keeps_the_others_places() -> None:
    """The line goes whole, with the name in it; the others stand where they stood."""
    person = person_of("+14155550132", ())
    source = {
        "numbers": "John Doe, +1 415 555 0132\nAnn Roe, +1 415 555 0133",
        "found": {"samples": [["John Doe", "4155550132"], ["Ann Roe", "4155550133"]]},
    }
    cleaned = cleaned_of(source, person.number)
    assert cleaned["numbers"] == "\nAnn Roe, +1 415 555 0133"
    assert cleaned["found"]["samples"] == [["Ann Roe", "4155550133"]]
    assert "John" not in json.dumps(cleaned)


def test_echoes_lose_the_name_too() -> None:
    """As a word of its own; within another it is another's."""
    echo = person_of("+14155550132", ("John Doe", "Al")).echo
    assert echo("Unknown person: john doe.") == "Unknown person: …."
    assert echo("John Doering") == "John Doering"
