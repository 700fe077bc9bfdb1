"""Encrypts small secrets at rest with the master key.

The form of a ciphertext, in URL-safe base64: one byte of version, eight of key id, a nonce
of twelve, AES-256-GCM. The key that encrypts is derived from the newest of
``settings.MASTER_KEYS`` and the purpose; every key of the list decrypts. Version, key id,
purpose and context are bound to the ciphertext, so that it opens in no other place.
"""

import base64
import binascii
import hashlib
import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

from tenants.errors import MasterKeyMissingError, SecretDamagedError

VERSION = b"\x01"
KEY_ID_BYTES = 8
NONCE_BYTES = 12
HEADER_BYTES = len(VERSION) + KEY_ID_BYTES
# In base 64, which has four signs for three bytes, the header ends where a sign does.
HEADER_CHARACTERS = HEADER_BYTES * 4 // 3


def encrypt(text: str, *, purpose: str, context: str = "") -> str:
    """Encrypt ``text`` with the newest master key.

    Args:
        text: the secret.
        purpose: what it is for, as in ``mfa``; each purpose has keys of its own.
        context: where it is stored, as in a row's key; the same is needed to decrypt.
    """
    master_key = settings.MASTER_KEYS[0]
    header = VERSION + _key_id(master_key)
    nonce = os.urandom(NONCE_BYTES)
    sealed = _cipher(master_key, purpose).encrypt(
        nonce, text.encode(), _bound(header, purpose, context)
    )
    return base64.urlsafe_b64encode(header + nonce + sealed).decode()


def decrypt(encrypted: str, *, purpose: str, context: str = "") -> str:
    """Return what ``encrypt`` was given.

    Raises:
        MasterKeyMissingError: no key of ``MASTER_KEYS`` made it.
        SecretDamagedError: it is not a ciphertext of this purpose and context.
    """
    try:
        raw = base64.urlsafe_b64decode(encrypted.encode())
    except (binascii.Error, ValueError) as error:
        raise SecretDamagedError("A stored secret cannot be read: it is damaged.") from error
    header, nonce = raw[:HEADER_BYTES], raw[HEADER_BYTES : HEADER_BYTES + NONCE_BYTES]
    if header[: len(VERSION)] != VERSION or len(nonce) != NONCE_BYTES:
        raise SecretDamagedError("A stored secret cannot be read: it is damaged.")
    master_key = _find_key(header[len(VERSION) :])
    try:
        opened = _cipher(master_key, purpose).decrypt(
            nonce, raw[HEADER_BYTES + NONCE_BYTES :], _bound(header, purpose, context)
        )
    except InvalidTag as error:
        raise SecretDamagedError(
            "A stored secret cannot be read: it is damaged, or was moved from another place."
        ) from error
    return opened.decode()


def missing_key_of(encrypted: str) -> str | None:
    """Return the id of the master key that made ``encrypted``, if it is not in ``MASTER_KEYS``.

    None, too, where ``encrypted`` is no ciphertext at all.
    """
    key_id = key_id_of(encrypted)
    return None if key_id is None or has_key(key_id) else key_id.hex()


def key_id_of(encrypted: str) -> bytes | None:
    """Return the id of the master key that made ``encrypted``; None where it is no ciphertext.

    Its first ``HEADER_CHARACTERS`` are enough.
    """
    try:
        header = base64.urlsafe_b64decode(encrypted[:HEADER_CHARACTERS].encode())
    except (binascii.Error, ValueError):
        return None
    version, key_id = header[: len(VERSION)], header[len(VERSION) :]
    return key_id if version == VERSION and len(key_id) == KEY_ID_BYTES else None


def newest_key_id() -> bytes:
    """Return the id of the master key that encrypts."""
    return _key_id(settings.MASTER_KEYS[0])


def has_key(key_id: bytes) -> bool:
    """Return whether the master key of this id is in ``MASTER_KEYS``."""
    return any(_key_id(master_key) == key_id for master_key in settings.MASTER_KEYS)


def cipher_for(key_id: bytes, purpose: str) -> AESGCM:
    """Return the cipher of a master key for one purpose.

    Raises:
        MasterKeyMissingError: it is not in ``MASTER_KEYS``.
    """
    return _cipher(_find_key(key_id), purpose)


def _find_key(key_id: bytes) -> str:
    for master_key in settings.MASTER_KEYS:
        if _key_id(master_key) == key_id:
            return str(master_key)
    raise MasterKeyMissingError(
        "A stored secret was encrypted with a master key that is not in MASTER_KEYS. "
        "Put that key back at the end of the list and restart.",
        key_id=key_id.hex(),
    )


def _key_id(master_key: str) -> bytes:
    return hashlib.sha256(b"magpie key id:" + master_key.encode()).digest()[:KEY_ID_BYTES]


def _cipher(master_key: str, purpose: str) -> AESGCM:
    derive = HKDF(
        algorithm=hashes.SHA256(), length=32, salt=None, info=b"magpie:" + purpose.encode()
    )
    return AESGCM(derive.derive(master_key.encode()))


def _bound(header: bytes, purpose: str, context: str) -> bytes:
    return b"|".join([header, purpose.encode(), context.encode()])
