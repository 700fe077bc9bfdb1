"""The data keys of an owner: made when first needed, opened by the ring, kept open for minutes."""

import dataclasses
import hashlib
import os
import threading
import time
from collections import OrderedDict
from typing import Any, Final

from django.db import connection, models

from tenants.errors import SecretUnreadableError, VaultKeyMissingError
from tenants.models.data_key import DataKey, PlatformKey, WrappedKey
from tenants.scope import current_org_id
from tenants.vault.ring import key_ring
from tenants.vault.sealing import KEY_BYTES

PLATFORM: Final = "platform"
# Another may make, or retire, the newest key at the same moment; not for ever.
TRIES: Final = 5
KEPT_S: Final = 300.0
KEPT_KEYS: Final = 256


@dataclasses.dataclass(frozen=True, slots=True)
class OpenKey:
    """A data key that can be used."""

    row: WrappedKey
    key: bytes = dataclasses.field(repr=False)


@dataclasses.dataclass(frozen=True, slots=True)
class KeyChain:
    """All data keys of one owner, newest last.

    Attributes:
        owner: id of the organization, or ``platform``.
        model: the table of the keys.
        columns: what tells this owner's rows from others', by column.
    """

    owner: str
    model: type[WrappedKey]
    columns: dict[str, Any]

    def rows(self) -> "models.QuerySet[Any]":
        """Return the keys of the owner."""
        return self.model._default_manager.filter(**self.columns).order_by("version")

    def sealing_key(self) -> OpenKey:
        """Return the newest key, made where there is none, and keep it until the transaction ends.

        Where the newest cannot be opened any more, a newer one is made: what it sealed is lost,
        and must not keep people from connecting anew.

        Raises:
            KeyRingUnavailableError: the ring does not answer.
        """
        for _ in range(TRIES):
            row = self.newest_locked()
            if row is None:
                if not self.rows().exists():
                    self.make(version=1)
                continue
            try:
                return OpenKey(row, self.open(row))
            except SecretUnreadableError:
                self.make(version=row.version + 1)
        raise RuntimeError(f"No data key could be had in {TRIES} tries.")

    def newest_locked(self) -> WrappedKey | None:
        """Return the newest row, which cannot be deleted before the transaction ends.

        None, too, where it was deleted while we waited for its lock: ask again.
        """
        if not connection.in_atomic_block:
            raise RuntimeError("Secrets are sealed in the transaction that writes them.")
        table, quote = self.model._meta.db_table, connection.ops.quote_name
        where = " AND ".join(f"{quote(name)} = %s" for name in self.columns) or "true"
        found = self.model._default_manager.raw(
            # Shared by all who seal; only who retires the key has to wait.
            f"SELECT * FROM {quote(table)} WHERE {where} "  # noqa: S608  # names of our models
            "ORDER BY version DESC LIMIT 1 FOR KEY SHARE",
            list(self.columns.values()),
        )
        return next(iter(found), None)

    def make(self, *, version: int) -> None:
        """Make the key of this version, unless another process does."""
        ring = key_ring()
        key_id = ring.newest()
        wrapped = ring.wrap(os.urandom(KEY_BYTES), key_id=key_id, context=self.context(version))
        self.model._default_manager.bulk_create(
            [
                self.model(
                    version=version,
                    wrapped=wrapped,
                    wrapped_by=key_id,
                    made_under=key_id,
                    **self.columns,
                )
            ],
            ignore_conflicts=True,
        )

    def key_of(self, version: int) -> bytes:
        """Return the key of this version.

        Raises:
            VaultKeyMissingError: it is gone, or the ring opens it no more.
            SecretDamagedError: it was changed, or moved from another owner.
            KeyRingUnavailableError: the ring does not answer.
        """
        row = self.rows().filter(version=version).first()
        if row is None:
            raise VaultKeyMissingError(
                "A stored secret was encrypted with a data key that is gone.", version=version
            )
        return self.open(row)

    def open(self, row: WrappedKey) -> bytes:
        """Return the key of a row, from the ring or from what is kept of late."""
        context = self.context(row.version)
        wrapped = bytes(row.wrapped)
        kept = _kept_name(row.wrapped_by, wrapped, context)
        ring = key_ring()
        key = _opened.get(kept)
        if key is None or not ring.has(row.wrapped_by):
            key = ring.unwrap(wrapped, key_id=row.wrapped_by, context=context)
            _opened.put(kept, key)
        return key

    def context(self, version: int) -> bytes:
        """Return what a wrapped key is bound to."""
        return f"{self.owner}|{version}".encode()


def chain_of_org() -> KeyChain:
    """Return the data keys of the organization in scope."""
    org_id = current_org_id()
    return KeyChain(str(org_id), DataKey, {"org_id": org_id})


def chain_of_platform() -> KeyChain:
    """Return the data keys of the platform."""
    return KeyChain(PLATFORM, PlatformKey, {})


def forget_opened() -> None:
    """Open every key anew from now on."""
    _opened.clear()


class _Opened:
    """Opened keys, for a while: a ring that is a service is asked seldom.

    The row is read each time all the same, so a key whose row was deleted opens nothing.
    """

    def __init__(self) -> None:
        self._keys: OrderedDict[bytes, tuple[float, bytes]] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, name: bytes) -> bytes | None:
        with self._lock:
            until, key = self._keys.get(name, (0.0, b""))
            return key if until > time.monotonic() else None

    def put(self, name: bytes, key: bytes) -> None:
        with self._lock:
            self._keys[name] = time.monotonic() + KEPT_S, key
            while len(self._keys) > KEPT_KEYS:
                self._keys.popitem(last=False)

    def clear(self) -> None:
        with self._lock:
            self._keys.clear()


_opened = _Opened()


def _kept_name(key_id: str, wrapped: bytes, context: bytes) -> bytes:
    return hashlib.sha256(b"|".join([key_id.encode(), context, wrapped])).digest()
