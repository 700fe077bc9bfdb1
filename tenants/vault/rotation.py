"""Brings data keys, and all that they seal, under the newest key of the ring.

Every step looks at what the rows say and does what is still to be done, so a rotation that was
killed goes on where it was, and two at once do each row once. The product runs meanwhile: rows
that others hold are left for later, and readers read a row again whose former key is gone.
"""

import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any, Final

from django.db import connection, transaction
from psycopg import sql

from tenants.errors import SecretUnreadableError
from tenants.scope import org_scope
from tenants.vault.keys import KeyChain, OpenKey, chain_of_org, chain_of_platform
from tenants.vault.ring import key_ring
from tenants.vault.rows import SealedColumn, sealed_columns
from tenants.vault.sealing import Place, seal_with, unseal_with, version_of

BATCH: Final = 500
# For a row that somebody holds, such as one whose tokens are being exchanged at its source.
LOCK_WAIT_MS: Final = 60_000
# A key goes when no row names it; somebody may have sealed with it until a moment ago.
ROUNDS: Final = 3

Owner = uuid.UUID | None
# What is being done, and how many were done at this call.
Report = Callable[[str, int], None]


def owners_to_do() -> list[Owner]:
    """Return the organizations (None: the platform) whose data keys are not what they should be."""
    newest = key_ring().newest()
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT org_id FROM engine_data_keys() GROUP BY org_id "
            "HAVING bool_or(wrapped_by <> %s OR made_under <> %s) OR count(*) > 1 ORDER BY org_id",
            [newest, newest],
        )
        orgs: list[Owner] = [org_id for (org_id,) in cursor.fetchall()]
    rows = chain_of_platform().rows()
    stale = rows.exclude(wrapped_by=newest, made_under=newest).exists()
    return [*([None] if stale or rows.count() > 1 else []), *orgs]


@contextmanager
def scope_of(owner: Owner) -> Iterator[KeyChain]:
    """Open a transaction in which the keys and rows of an owner can be reached."""
    if owner is None:
        with transaction.atomic():
            yield chain_of_platform()
    else:
        with org_scope(owner):
            yield chain_of_org()


def wrap_anew(owner: Owner) -> int:
    """Wrap the data keys of an owner with the newest key; return how many."""
    ring = key_ring()
    newest, done = ring.newest(), 0
    with scope_of(owner) as chain:
        stale = chain.rows().exclude(wrapped_by=newest).select_for_update(no_key=True)
        for row in stale:
            try:
                key = chain.open(row)
            except SecretUnreadableError:
                # What is left is told at the end.
                continue
            row.wrapped = ring.wrap(key, key_id=newest, context=chain.context(row.version))
            row.wrapped_by = newest
            row.save(update_fields=["wrapped", "wrapped_by"])
            done += 1
    return done


def count_to_replace(owner: Owner) -> int:
    """Return how many rows of an owner are sealed by a data key that an older key wrapped first."""
    newest = key_ring().newest()
    columns = _columns_of(owner)
    with scope_of(owner) as chain:
        stale = list(chain.rows().exclude(made_under=newest).values_list("pk", flat=True))
        return sum(
            column.model._default_manager.filter(**{f"{column.key}__in": stale}).count()
            for column in columns
        )


def replace_keys(owner: Owner, report: Report) -> None:
    """Give an owner a data key that no older key ever wrapped, seal all with it, drop the rest."""
    with scope_of(owner) as chain:
        newest = chain.sealing_key()
        if newest.row.made_under != key_ring().newest():
            chain.make(version=newest.row.version + 1)
    columns = _columns_of(owner)
    for _ in range(ROUNDS):
        unopened = sum(_seal_all_anew(owner, column, report) for column in columns)
        # What cannot be opened keeps its key; it is told at the end.
        if _drop_replaced(owner, columns) or unopened:
            return


def _columns_of(owner: Owner) -> list[SealedColumn]:
    with scope_of(owner) as chain:
        return [column for column in sealed_columns() if column.key_model is chain.model]


def _seal_all_anew(owner: Owner, column: SealedColumn, report: Report) -> int:
    """Seal every row of an owner with the newest key; return how many could not be opened."""
    unopened = 0
    # First what nobody holds; then, one by one, what somebody held.
    for batch, waits in ((BATCH, False), (1, True)):
        after: Any = None
        unopened = 0
        while True:
            with scope_of(owner) as chain:
                seen, done, after = _seal_batch_anew(chain, column, after, batch=batch, waits=waits)
                is_rest_lost = after is None and _count_to_do(chain, column) <= unopened
            unopened += seen - done
            report(column.table, done)
            if after is None:
                break
        if is_rest_lost:
            break
    return unopened


def _seal_batch_anew(
    chain: KeyChain, column: SealedColumn, after: Any, *, batch: int, waits: bool
) -> tuple[int, int, Any]:
    """Seal some rows behind ``after`` with the newest key.

    Returns:
        How many were looked at, how many were sealed, and the last; None where there were no more.
    """
    newest = chain.sealing_key()
    rows = _rows_to_do(chain, column, newest, after, batch=batch, waits=waits)
    anew, keys = [], FormerKeys(chain)
    for pk, sealed in rows:
        try:
            anew.append((pk, _seal_anew(keys, column, newest, pk, bytes(sealed))))
        except SecretUnreadableError:
            continue
    if anew:
        _write(column, newest, anew)
    return len(rows), len(anew), rows[-1][0] if rows else None


class FormerKeys:
    """The former keys of an owner, each read once for a batch."""

    def __init__(self, chain: KeyChain) -> None:
        self.owner, self._of_version = chain.owner, cache(chain.key_of)

    def unseal(self, sealed: bytes, place: Place) -> str:
        """Return what one of them sealed for a place."""
        return unseal_with(self._of_version(version_of(sealed)), sealed, place=place)


def _count_to_do(chain: KeyChain, column: SealedColumn) -> int:
    newest = chain.rows().last()
    return column.model._default_manager.exclude(**{column.key: newest}).count()


def _rows_to_do(  # noqa: PLR0913  # how many, and whether to wait, by name
    chain: KeyChain, column: SealedColumn, newest: OpenKey, after: Any, *, batch: int, waits: bool
) -> list[tuple[Any, bytes]]:
    """Lock and return rows that another key sealed: their keys, and what is sealed."""
    conditions = [sql.SQL("{} <> %s").format(_name(column, column.key))]
    values: list[Any] = [newest.row.pk]
    for name, value in chain.columns.items():
        conditions.append(sql.SQL("{} = %s").format(sql.Identifier(name)))
        values.append(value)
    if after is not None:
        conditions.append(sql.SQL("{} > %s").format(_pk(column)))
        values.append(after)
    statement = sql.SQL(
        "SELECT {pk}, {sealed} FROM {table} WHERE {where} ORDER BY {pk} LIMIT {batch} "
        "FOR NO KEY UPDATE {lock}"
    ).format(
        pk=_pk(column),
        sealed=_name(column, column.column),
        table=sql.Identifier(column.table),
        where=sql.SQL(" AND ").join(conditions),
        batch=sql.Literal(batch),
        lock=sql.SQL("" if waits else "SKIP LOCKED"),
    )
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('lock_timeout', %s, true)", [str(LOCK_WAIT_MS)])
        cursor.execute(statement, values)
        rows: list[tuple[Any, bytes]] = cursor.fetchall()
    return rows


def _seal_anew(
    keys: FormerKeys, column: SealedColumn, newest: OpenKey, pk: Any, sealed: bytes
) -> bytes:
    if not sealed:
        return sealed
    place = column.place(keys.owner, pk)
    text = keys.unseal(sealed, place)
    return seal_with(newest.key, text, version=newest.row.version, place=place)


def _write(column: SealedColumn, newest: OpenKey, anew: list[tuple[Any, bytes]]) -> None:
    statement = sql.SQL(
        "UPDATE {table} t SET {sealed} = u.sealed, {key} = %s "
        "FROM unnest(%s::{kind}[], %s::bytea[]) u (pk, sealed) WHERE t.{pk} = u.pk"
    ).format(
        table=sql.Identifier(column.table),
        sealed=_name(column, column.column),
        key=_name(column, column.key),
        pk=_pk(column),
        kind=sql.SQL(column.model._meta.pk.db_type(connection) or ""),
    )
    keys, sealed = zip(*anew, strict=True)
    with connection.cursor() as cursor:
        cursor.execute(statement, [newest.row.pk, list(keys), list(sealed)])


def _drop_replaced(owner: Owner, columns: list[SealedColumn]) -> bool:
    """Delete the former keys that no row names; return whether none is left that can be dropped.

    Their lock waits for everybody who is sealing with one at this moment, and from then on nobody
    can: who asks for the newest key finds another.
    """
    is_done = True
    with scope_of(owner) as chain:
        with connection.cursor() as cursor:
            cursor.execute("SELECT set_config('lock_timeout', %s, true)", [str(LOCK_WAIT_MS)])
        *replaced, _newest = chain.rows().values_list("version", flat=True)
        for row in chain.rows().filter(version__in=replaced).select_for_update():
            if any(
                column.model._default_manager.filter(**{column.key: row}).exists()
                for column in columns
            ):
                is_done = False
            else:
                row.delete()
    return is_done


def _name(column: SealedColumn, field: str) -> sql.Identifier:
    return sql.Identifier(str(column.model._meta.get_field(field).column))  # type: ignore[union-attr]  # a field of the table


def _pk(column: SealedColumn) -> sql.Identifier:
    return sql.Identifier(str(column.model._meta.pk.column))
