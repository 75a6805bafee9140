"""Witnesses: the head of a workspace's audit log, sealed with the keys that the database lacks.

Who may only write the database can't make one: what they change before it is found. Taking an old
one back, with the entries after it, shows by a head that was published elsewhere.
"""

from bot.errors import SettingsError
from storage.audit import Head
from storage.secrets import Place, Vault


def seal(vault: Vault, head: Head) -> str:
    """What vouches for the log up to this head."""
    return vault.seal(_place(head), f"{head.seq}:{head.hash}")


def of(vault: Vault, head: Head) -> tuple[int, str] | None:
    """The number and the hash of the entry that was witnessed; None where no key opens it."""
    try:
        seq, _, digest = vault.open(_place(head), head.witness or "").partition(":")
    except SettingsError:
        return None
    return int(seq), digest


def _place(head: Head) -> Place:
    return Place("audit_heads", "witness", head.workspace_id)
