"""Secrets at rest: encrypted, and bound to the one place where they belong."""

import base64
import hashlib
import hmac
import secrets
from dataclasses import dataclass
from pathlib import Path

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from bot.errors import SettingsError

_NO_KEY = (
    "ENCRYPTION_KEYS: each key must be 32 bytes in url-safe base64. Make one with:"
    " python -c 'from cryptography.fernet import Fernet; print(Fernet.generate_key().decode())'"
)


@dataclass(frozen=True)
class Place:
    """Where a ciphertext belongs: it decrypts nowhere else."""

    table: str
    column: str
    workspace_id: str


class Vault:
    """Encrypts with the first key, decrypts with any; each place has keys of its own (HKDF)."""

    def __init__(self, keys: list[str]) -> None:
        """`keys` are Fernet keys (32 bytes, url-safe base64). Raises SettingsError for others."""
        try:
            for key in keys:
                Fernet(key)
        except ValueError:
            raise SettingsError([_NO_KEY]) from None
        self._masters = [base64.urlsafe_b64decode(key) for key in keys]

    def _box(self, place: Place) -> MultiFernet:
        return MultiFernet([_key(master, place) for master in self._masters])

    def seal(self, place: Place, secret: str) -> str:
        """The ciphertext to store."""
        return self._box(place).encrypt(secret.encode()).decode()

    def is_first(self, place: Place, sealed: str) -> bool:
        """Whether the first key alone opens it. A Fernet token doesn't say which key it wants."""
        try:
            _key(self._masters[0], place).decrypt(sealed.encode())
        except InvalidToken:
            return False
        return True

    def open(self, place: Place, sealed: str) -> str:
        """The secret again. Raises SettingsError where no key fits."""
        try:
            return self._box(place).decrypt(sealed.encode()).decode()
        except InvalidToken:
            fault = (
                f"ENCRYPTION_KEYS: none of the keys opens {place.table}.{place.column}."
                " Put back the key that this database was written with."
            )
            raise SettingsError([fault]) from None


def _key(master: bytes, place: Place) -> Fernet:
    info = f"{place.table}\0{place.column}\0{place.workspace_id}".encode()
    derived = HKDF(SHA256(), length=32, salt=None, info=info).derive(master)
    return Fernet(base64.urlsafe_b64encode(derived))


def key_in(folder: Path) -> str:
    """The key generated into the data folder on first use, readable by its owner only."""
    path = folder / "encryption.key"
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o600, exist_ok=True)
        if not path.read_text():
            path.write_text(Fernet.generate_key().decode())
    return path.read_text().strip()


def new_number_key() -> str:
    """A key for `phone_key`; made once for a workspace, never rotated."""
    return secrets.token_hex(32)


def phone_key(number_key: str, e164: str) -> str:
    """A number's keyed hash: it can be compared, and not be reversed without the key."""
    return hmac.new(bytes.fromhex(number_key), e164.encode(), hashlib.sha256).hexdigest()
