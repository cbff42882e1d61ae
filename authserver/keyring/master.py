"""The master key, from which every other secret is derived (decision 7)."""

import base64
import binascii
import os
import secrets
from dataclasses import dataclass, field
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from authserver.settings import Settings, SettingsError

LENGTH = 32
NONCE_LENGTH = 12
KEK_VERSION = 1


class WrongMasterKey(SettingsError):
    """What is kept was encrypted under another master key."""


@dataclass(frozen=True, slots=True)
class MasterKey:
    """32 random bytes that never leave this process."""

    secret: bytes = field(repr=False)

    def derive(self, purpose: str, version: int = 1) -> bytes:
        """A key of 32 bytes for one purpose (HKDF-SHA256, RFC 5869)."""
        info = f"authserver/{purpose}/v{version}".encode()
        return HKDF(algorithm=SHA256(), length=32, salt=None, info=info).derive(self.secret)

    def encrypt(self, clear: bytes, *, label: str) -> bytes:
        """Version byte, nonce, AES-256-GCM ciphertext; only readable under the same label."""
        nonce = secrets.token_bytes(NONCE_LENGTH)
        key = AESGCM(self.derive("key-encryption", KEK_VERSION))
        return bytes([KEK_VERSION]) + nonce + key.encrypt(nonce, clear, label.encode())

    def decrypt(self, sealed: bytes, *, label: str) -> bytes:
        """The clear bytes. Raises WrongMasterKey, also under another label."""
        key = AESGCM(self.derive("key-encryption", sealed[0]))
        try:
            return key.decrypt(sealed[1 : 1 + NONCE_LENGTH], sealed[1 + NONCE_LENGTH :], label.encode())
        except InvalidTag:
            raise WrongMasterKey(
                "AUTHSERVER_MASTER_KEY: the keys in the database were encrypted under another master key"
            ) from None


def load(settings: Settings) -> MasterKey:
    """From AUTHSERVER_MASTER_KEY, else `keys/master.key`, which is made (mode 0600) when missing."""
    if settings.master_key is not None:
        return _decoded(settings.master_key.get_secret_value(), source="AUTHSERVER_MASTER_KEY")
    path = settings.keys_dir / "master.key"
    if not path.exists():
        _make(path)
    return _decoded(path.read_text(encoding="ascii", errors="replace"), source=str(path))


def _make(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f"{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(base64.b64encode(secrets.token_bytes(LENGTH)).decode() + "\n")
        file.flush()
        os.fsync(file.fileno())
    try:
        os.link(draft, path)  # whole, and only once when two processes start together
    except FileExistsError:
        pass
    finally:
        draft.unlink()


def _decoded(text: str, *, source: str) -> MasterKey:
    try:
        secret = base64.b64decode(text.strip(), validate=True)
    except (binascii.Error, ValueError):
        secret = b""
    if len(secret) != LENGTH:
        raise SettingsError(f"{source}: must be {LENGTH} bytes in base64")
    return MasterKey(secret)
