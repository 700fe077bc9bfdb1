"""The key ring: wraps data keys with keys that no table of ours holds.

``settings.KEY_RING`` names the class. The local ring derives its keys from ``MASTER_KEYS``; one
that asks a key management service has the same four methods.
"""

import os
from functools import lru_cache
from typing import Final, Protocol

from cryptography.exceptions import InvalidTag
from django.conf import settings
from django.utils.module_loading import import_string

from tenants import crypto
from tenants.errors import SecretDamagedError, VaultKeyMissingError

PURPOSE: Final = "data-key"
NONCE_BYTES: Final = 12


class KeyRing(Protocol):
    """Keys that encrypt other keys, each with an id of at most 200 characters.

    A service that cannot be reached raises ``KeyRingUnavailableError``: that is tried again, where
    a key that is gone means that people must connect anew. The vault keeps opened data keys for
    minutes, so that a service is asked seldom.
    """

    def newest(self) -> str:
        """Return the id of the key that wraps."""

    def has(self, key_id: str) -> bool:
        """Return whether the key of this id can unwrap; asked often, so without a network."""

    def wrap(self, key: bytes, *, key_id: str, context: bytes) -> bytes:
        """Encrypt a data key; the same ``context`` is needed to unwrap it."""

    def unwrap(self, wrapped: bytes, *, key_id: str, context: bytes) -> bytes:
        """Return the data key.

        Raises:
            VaultKeyMissingError: the key of this id is in the ring no more.
            SecretDamagedError: what was wrapped was changed, or has another context.
        """


class LocalRing:
    """Wraps with the newest of ``MASTER_KEYS``; each of them unwraps."""

    def newest(self) -> str:
        """Return the id of the first of the list."""
        return crypto.newest_key_id().hex()

    def has(self, key_id: str) -> bool:
        """Return whether the key is in the list."""
        try:
            return crypto.has_key(bytes.fromhex(key_id))
        except ValueError:
            return False

    def wrap(self, key: bytes, *, key_id: str, context: bytes) -> bytes:
        """Encrypt with AES-256-GCM, under a key that is derived for this purpose alone."""
        nonce = os.urandom(NONCE_BYTES)
        cipher = crypto.cipher_for(bytes.fromhex(key_id), PURPOSE)
        return nonce + cipher.encrypt(nonce, key, _bound(key_id, context))

    def unwrap(self, wrapped: bytes, *, key_id: str, context: bytes) -> bytes:
        """Decrypt with the key that wrapped."""
        if not self.has(key_id):
            raise VaultKeyMissingError(
                "A stored secret was encrypted under a master key that is not in MASTER_KEYS. "
                "Put that key back at the end of the list and restart.",
                key_id=key_id,
            )
        cipher = crypto.cipher_for(bytes.fromhex(key_id), PURPOSE)
        try:
            return cipher.decrypt(
                wrapped[:NONCE_BYTES], wrapped[NONCE_BYTES:], _bound(key_id, context)
            )
        except (InvalidTag, ValueError) as error:
            raise SecretDamagedError(
                "A data key cannot be unwrapped: it is damaged, or was moved from another place."
            ) from error


def key_ring() -> KeyRing:
    """Return the ring that the settings name."""
    return _made(settings.KEY_RING)


@lru_cache(maxsize=4)
def _made(path: str) -> KeyRing:
    ring: KeyRing = import_string(path)()
    return ring


def _bound(key_id: str, context: bytes) -> bytes:
    return key_id.encode() + b"|" + context
