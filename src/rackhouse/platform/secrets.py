"""Secrets at rest: AES-256-GCM (NIST SP 800-38D) under one key of 32 bytes."""

import base64
import binascii
import os
from contextlib import suppress
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from rackhouse.platform.environment import InvalidSetting
from rackhouse.platform.settings import Settings

__all__ = ["SecretBox", "read_secret_key"]

KEY_BYTES = 32
NONCE_BYTES = 12


class SecretBox:
    """Encrypts and decrypts small secrets."""

    def __init__(self, key: bytes) -> None:
        assert len(key) == KEY_BYTES
        self._cipher = AESGCM(key)

    def seal(self, secret: bytes, *, label: str) -> bytes:
        """Encrypt; the label must be given again to open it."""
        nonce = os.urandom(NONCE_BYTES)
        return nonce + self._cipher.encrypt(nonce, secret, label.encode())

    def open(self, sealed: bytes, *, label: str) -> bytes:
        """Decrypt what ``seal`` made; refuses with `InvalidSetting` under another key."""
        try:
            return self._cipher.decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], label.encode())
        except InvalidTag as error:
            raise InvalidSetting(
                "RACKHOUSE_SECRET_KEY (or secret.key in the data directory) is not the key that "
                "this database's secrets were encrypted with."
            ) from error


def read_secret_key(settings: Settings) -> bytes:
    """The key from the settings, or else from the data directory, where one is made if missing."""
    if settings.secret_key is not None:
        return _decoded(settings.secret_key, "RACKHOUSE_SECRET_KEY")
    path = settings.data / "secret.key"
    if not path.exists():
        _write_once(path, base64.b64encode(os.urandom(KEY_BYTES)))
    return _decoded(path.read_text(), str(path))


def _write_once(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f"{path.name}.{os.getpid()}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
    with suppress(FileExistsError):
        os.link(draft, path)
    draft.unlink()


def _decoded(text: str, source: str) -> bytes:
    try:
        key = base64.b64decode(text.strip(), validate=True)
    except binascii.Error as error:
        raise InvalidSetting(f"{source} is not base64.") from error
    if len(key) != KEY_BYTES:
        raise InvalidSetting(f"{source} must hold {KEY_BYTES} bytes in base64, not {len(key)}.")
    return key
