"""Secrets at rest: sealed with a data key of their organization, which a key ring wraps.

``seal`` and ``unseal`` work in an organization's scope. What belongs to no organization is sealed
by ``tenants.vault.platform``, which operators' code alone imports. A table with a sealed column is
told to ``register`` (``tenants.vault.rows``), so that ``manage.py rotate_keys`` finds it.
"""

from tenants.known_secrets import remember_secret
from tenants.vault.keys import chain_of_org
from tenants.vault.sealing import Place, seal_with, unseal_with, version_of

__all__ = ["seal", "unseal"]


def seal(text: str, *, table: str, column: str, row: object) -> bytes:
    """Encrypt a secret for one column of one row of the organization in scope.

    Args:
        row: the primary key.

    Raises:
        KeyRingUnavailableError: what keeps the keys does not answer.
    """
    chain = chain_of_org()
    used = chain.sealing_key()
    remember_secret(text)
    place = Place(chain.owner, table, column, str(row))
    return seal_with(used.key, text, version=used.row.version, place=place)


def unseal(sealed: bytes, *, table: str, column: str, row: object) -> str:
    """Return what ``seal`` was given for this very place.

    Raises:
        VaultKeyMissingError: its data key is gone, or the ring opens it no more.
        SecretDamagedError: it was changed, or is of another place or organization.
        KeyRingUnavailableError: what keeps the keys does not answer.
    """
    chain = chain_of_org()
    key = chain.key_of(version_of(sealed))
    text = unseal_with(key, sealed, place=Place(chain.owner, table, column, str(row)))
    remember_secret(text)
    return text
