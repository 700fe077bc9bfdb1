"""Rows with a sealed column: written, read again while keys rotate, and found by a rotation."""

import dataclasses
from typing import Any, Final

from django.db import models

from tenants.errors import SecretUnreadableError
from tenants.known_secrets import remember_secret
from tenants.models.data_key import WrappedKey
from tenants.vault.keys import KeyChain, chain_of_org
from tenants.vault.sealing import Place, seal_with, unseal_with, version_of


@dataclasses.dataclass(frozen=True, slots=True)
class SealedColumn:
    """Where a table keeps secrets.

    Attributes:
        column: the sealed bytes; empty bytes mean that nothing is kept.
        key: the foreign key to ``DataKey`` or ``PlatformKey``; a key goes when no row refers to it.
    """

    model: type[models.Model]
    column: str
    key: str

    @property
    def table(self) -> str:
        """Name of the table."""
        return self.model._meta.db_table

    @property
    def key_model(self) -> type[WrappedKey]:
        """The table of the data keys that seal it."""
        related: Any = self.model._meta.get_field(self.key).related_model
        found: type[WrappedKey] = related
        return found

    def place(self, owner: str, row: object) -> Place:
        """Return where the secret of a row is stored."""
        return Place(owner, self.table, self.column, str(row))


_registered: Final[dict[type[models.Model], SealedColumn]] = {}


def register(model: type[models.Model], *, column: str = "sealed", key: str = "key") -> None:
    """Say that a table keeps secrets; called by the app's ``ready``."""
    _registered[model] = SealedColumn(model, column, key)


def sealed_columns() -> list[SealedColumn]:
    """Return all of them, by table."""
    return sorted(_registered.values(), key=lambda known: known.table)


def seal_into(row: models.Model, text: str) -> tuple[str, str]:
    """Set the sealed column of a row, and the key that it names; the caller saves both.

    Returns:
        The names of the two fields, for ``update_fields``.

    Raises:
        KeyRingUnavailableError: what keeps the keys does not answer.
    """
    return seal_for(chain_of_org(), row, text)


def unseal_from(row: models.Model) -> str:
    """Return the secret of a row that was read from the database.

    Raises:
        VaultKeyMissingError: its data key is gone, or the ring opens it no more.
        SecretDamagedError: it was changed, or is of another place or organization.
        KeyRingUnavailableError: what keeps the keys does not answer.
    """
    return unseal_for(chain_of_org(), row)


def prepare_to_seal() -> None:
    """Have the organization's data key open, so that sealing soon after needs no key service."""
    chain_of_org().sealing_key()


def seal_for(chain: KeyChain, row: models.Model, text: str) -> tuple[str, str]:
    """Do what ``seal_into`` says with the data keys of ``chain``."""
    known = _column_of(chain, row)
    used = chain.sealing_key()
    remember_secret(text)
    place = known.place(chain.owner, row.pk)
    sealed = seal_with(used.key, text, version=used.row.version, place=place)
    setattr(row, known.column, sealed)
    setattr(row, known.key, used.row)
    return known.column, known.key


def unseal_for(chain: KeyChain, row: models.Model) -> str:
    """Do what ``unseal_from`` says with the data keys of ``chain``.

    A rotation may have sealed the row anew, and thrown its former key away, since it was read.
    """
    known = _column_of(chain, row)
    try:
        return _unseal(chain, row, known)
    except SecretUnreadableError:
        before = bytes(getattr(row, known.column))
        fresh: Any = type(row)._default_manager.filter(pk=row.pk).first()
        if fresh is None or bytes(getattr(fresh, known.column)) == before:
            raise
        return _unseal(chain, fresh, known)


def _unseal(chain: KeyChain, row: models.Model, known: SealedColumn) -> str:
    sealed = bytes(getattr(row, known.column))
    key = chain.key_of(version_of(sealed))
    text = unseal_with(key, sealed, place=known.place(chain.owner, row.pk))
    remember_secret(text)
    return text


def _column_of(chain: KeyChain, row: models.Model) -> SealedColumn:
    known = _registered[type(row)]
    if known.key_model is not chain.model:
        raise TypeError(f"{known.table} is sealed by the keys of another owner.")
    return known
