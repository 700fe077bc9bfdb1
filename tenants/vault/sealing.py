"""How a sealed secret looks, and what it is bound to; knows no table.

One byte of format, four of the data key's version, a nonce of twelve, AES-256-GCM. Owner, table,
column, row and the header are bound to the ciphertext, so that it opens in no other place.
"""

import dataclasses
import os
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from tenants.errors import SecretDamagedError

FORMAT: Final = b"\x01"
VERSION_BYTES: Final = 4
HEADER_BYTES: Final = len(FORMAT) + VERSION_BYTES
NONCE_BYTES: Final = 12
TAG_BYTES: Final = 16
KEY_BYTES: Final = 32
# Of the header's version in SQL: ``substring(sealed FROM 2 FOR 4)``.
LAST_VERSION: Final = 2 ** (8 * VERSION_BYTES) - 1


@dataclasses.dataclass(frozen=True, slots=True)
class Place:
    """Where a secret is stored; it can be read nowhere else.

    Attributes:
        owner: id of the organization, or ``platform``.
        row: primary key, as text.
    """

    owner: str
    table: str
    column: str
    row: str

    def bound(self, header: bytes) -> bytes:
        """Return what is authenticated with the ciphertext; no two places give the same."""
        parts = [header, *(text.encode() for text in dataclasses.astuple(self))]
        return b"".join(len(part).to_bytes(4) + part for part in parts)


def seal_with(key: bytes, text: str, *, version: int, place: Place) -> bytes:
    """Encrypt ``text`` for one place with the data key of this version."""
    header = FORMAT + version.to_bytes(VERSION_BYTES)
    nonce = os.urandom(NONCE_BYTES)
    return header + nonce + AESGCM(key).encrypt(nonce, text.encode(), place.bound(header))


def version_of(sealed: bytes) -> int:
    """Return the version of the data key that sealed it.

    Raises:
        SecretDamagedError: it is no sealed secret.
    """
    if len(sealed) < HEADER_BYTES + NONCE_BYTES + TAG_BYTES or sealed[:1] != FORMAT:
        raise SecretDamagedError("A stored secret cannot be read: it is damaged.")
    return int.from_bytes(sealed[1:HEADER_BYTES])


def unseal_with(key: bytes, sealed: bytes, *, place: Place) -> str:
    """Return what was sealed with this data key for this place.

    Raises:
        SecretDamagedError: it was changed, or is of another place.
    """
    header, nonce = sealed[:HEADER_BYTES], sealed[HEADER_BYTES : HEADER_BYTES + NONCE_BYTES]
    try:
        text = AESGCM(key).decrypt(nonce, sealed[HEADER_BYTES + NONCE_BYTES :], place.bound(header))
    except InvalidTag as error:
        raise SecretDamagedError(
            "A stored secret cannot be read: it is damaged, or was moved from another place."
        ) from error
    return text.decode()
