"""Secrets that belong to no organization; only operators' code imports this."""

from django.db import models

from tenants.known_secrets import remember_secret
from tenants.vault.keys import chain_of_platform
from tenants.vault.rows import seal_for, unseal_for
from tenants.vault.sealing import Place, seal_with, unseal_with, version_of

__all__ = ["seal_into_platform", "seal_platform", "unseal_from_platform", "unseal_platform"]


def seal_platform(text: str, *, table: str, column: str, row: object) -> bytes:
    """Encrypt a secret for one column of one row of a table of the platform.

    Called in the transaction that writes it.

    Raises:
        KeyRingUnavailableError: what keeps the keys does not answer.
    """
    chain = chain_of_platform()
    used = chain.sealing_key()
    remember_secret(text)
    place = Place(chain.owner, table, column, str(row))
    return seal_with(used.key, text, version=used.row.version, place=place)


def unseal_platform(sealed: bytes, *, table: str, column: str, row: object) -> str:
    """Return what ``seal_platform`` was given for this very place.

    Raises:
        VaultKeyMissingError: its data key is gone, or the ring opens it no more.
        SecretDamagedError: it was changed, or is of another place.
        KeyRingUnavailableError: what keeps the keys does not answer.
    """
    chain = chain_of_platform()
    key = chain.key_of(version_of(sealed))
    text = unseal_with(key, sealed, place=Place(chain.owner, table, column, str(row)))
    remember_secret(text)
    return text


def seal_into_platform(row: models.Model, text: str) -> tuple[str, str]:
    """Set the sealed column of a row of the platform, as ``rows.seal_into`` does for others."""
    return seal_for(chain_of_platform(), row, text)


def unseal_from_platform(row: models.Model) -> str:
    """Return the secret of a row of the platform, as ``rows.unseal_from`` does for others."""
    return unseal_for(chain_of_platform(), row)
