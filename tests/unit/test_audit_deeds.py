"""Each deed leaves its entries in the audit log, or it is said here why it needs none."""

import ast
from pathlib import Path

import pytest

from bot.access import Deed
from storage.campaigns import Happened

ROOT = Path(__file__).parents[2]
LEDGER = "the ledger's row says who asked, and its events what became of it"
READS = "it shows no more than what one's own cards show"
ENTRIES: dict[Deed, set[str] | str] = {
    Deed.READ_HELP: READS,
    Deed.SEE_CALLS: READS,
    Deed.PLACE_CALL: LEDGER,
    Deed.SETTLE_CALL: {"attach_unseen"},
    Deed.SEND_TEXT: LEDGER,
    Deed.KEEP_TEMPLATES: {"template_saved", "template_removed"},
    Deed.HANG_UP: {"call_hung_up"},
    Deed.HANG_UP_UNSEEN: {"hang_up_unseen"},
    Deed.OVERRIDE_POLICY: {"policy_lifted", "refused"},
    Deed.READ_CONVERSATION: {"transcript", "analysis", "recording"},  # with _read
    Deed.OPT_OUT: {"opted_out"},
    Deed.ALLOW_AGAIN: {"allowed_again"},
    Deed.EXCHANGE_OPT_OUTS: {"opted_out", "opt_outs_exported"},
    Deed.SEE_TRAIL: "the number was typed by who sees what became of it",
    Deed.RUN_CAMPAIGN: {
        *("started", "scheduled", "unscheduled", "resumed"),
        *("list_handed_to_toingg", "uncertain_called_again"),
    },
    Deed.CONTROL_CAMPAIGN: {
        *("paused", "cancelled", "discarded", "handed_over", "uncertain_left"),
    },
    Deed.APPROVE_CAMPAIGN: {"approval_asked", "approved", "declined", "expired", "voided"},
    Deed.READ_RESULTS: {"results_sent"},
    Deed.STOP_ALL: {"stopping"},
    Deed.CHANGE_SETTINGS: {"setting", "role", "audit_exported", "key_rotated", "audit_cut"},
    Deed.CHECK_OUT: {"checkout_asked"},
    Deed.VOUCH: {"vouch_for_payment"},
    Deed.SUBSCRIBE: {"subscribe", "unsubscribe"},
    Deed.SEE_NUMBER: {"number_seen"},
    Deed.FORGET: {"erasure_asked", "erased"},
}
"""A campaign's own are its `Happened`, with campaign_ before it."""


def test_every_deed_was_thought_of() -> None:
    """A new one has to say what it leaves."""
    assert set(ENTRIES) == set(Deed)


@pytest.fixture(scope="module")
def words() -> set[str]:
    """Every word that stands in the product's code, those of `Happened` too."""
    found = {str(each) for each in Happened}
    folders = ("bot", "commands", "storage")
    for path in (each for folder in folders for each in (ROOT / folder).rglob("*.py")):
        if "sandbox" in path.parts or path.name == "access.py":
            continue
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                found.add(node.value.lower())
    return found


@pytest.mark.parametrize("deed", list(Deed))
def test_its_entries_are_the_codes(deed: Deed, words: set[str]) -> None:
    """None is only said to be there."""
    entries = ENTRIES[deed]
    assert entries
    if isinstance(entries, set):
        assert entries <= words
