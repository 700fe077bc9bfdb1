"""What is sealed, and by which keys: the proof at the end of a rotation."""

import dataclasses
from collections import Counter
from typing import Final

from django.db import connection
from psycopg import sql

from tenants import crypto
from tenants.errors import SecretDamagedError
from tenants.vault.keys import KeyChain, chain_of_platform
from tenants.vault.ring import key_ring
from tenants.vault.rotation import FormerKeys, Owner, scope_of
from tenants.vault.rows import SealedColumn, sealed_columns
from tenants.vault.second_factors import factors_by_key, sessions_by_key

DATA_KEYS: Final = "data keys"
REPLACED: Final = "data keys that were replaced, and still seal something"
AT_ODDS: Final = "rows sealed by another data key than they name"
DAMAGED: Final = "rows that were changed, or moved from another place"
FACTORS: Final = "secrets of second factors"
SESSIONS: Final = "secrets in sessions"
# So many rows are named; whoever looks for more finds them once these are mended.
MOST_NAMED: Final = 5


@dataclasses.dataclass(frozen=True, slots=True)
class Left:
    """Something that is not under the newest key.

    Attributes:
        key_id: of the key that it is under; empty where it is not about one.
        can_be_opened: the key is in the ring, so that another run does it.
        is_lost: nobody can read it any more, so that no run does it.
    """

    what: str
    count: int
    key_id: str = ""
    can_be_opened: bool = True
    is_lost: bool = False


@dataclasses.dataclass(slots=True)
class Proof:
    """Everything that was looked at, by what it is, and what of it is left to do."""

    newest: str
    seen: Counter[str] = dataclasses.field(default_factory=Counter)
    left: list[Left] = dataclasses.field(default_factory=list)


def prove() -> Proof:
    """Look at every data key, every sealed row, every second factor and every session."""
    proof = Proof(key_ring().newest())
    owners = _look_at_keys(proof)
    for owner in owners:
        with scope_of(owner) as chain:
            for column in sealed_columns():
                if column.key_model is chain.model:
                    _look_at_rows(proof, chain, column)
                    _look_for_damage(proof, chain, column)
    newest = crypto.newest_key_id().hex()
    for what, by_key in ((FACTORS, factors_by_key()), (SESSIONS, sessions_by_key())):
        proof.seen[what] += by_key.total()
        for key_id, count in sorted(by_key.items()):
            if key_id != newest:
                is_here = crypto.has_key(bytes.fromhex(key_id))
                proof.left.append(Left(what, count, key_id, is_here))
    return proof


def _look_at_keys(proof: Proof) -> list[Owner]:
    """Look at the data keys of all owners; return who has any."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT org_id, version, wrapped_by, made_under FROM engine_data_keys()")
        found: list[tuple[Owner, int, str, str]] = list(cursor.fetchall())
    platform = chain_of_platform().rows().values_list("version", "wrapped_by", "made_under")
    found += [(None, *row) for row in platform]
    ring, stale = key_ring(), Counter[str]()
    for _, _, wrapped_by, made_under in found:
        # One that an older key wrapped first is known to whoever has that one and an old copy.
        former = {wrapped_by, made_under} - {proof.newest}
        if former:
            stale[wrapped_by if wrapped_by in former else made_under] += 1
    proof.seen[DATA_KEYS] += len(found)
    proof.left += [
        Left(DATA_KEYS, count, key_id, ring.has(key_id)) for key_id, count in sorted(stale.items())
    ]
    owners = Counter(owner for owner, *_ in found)
    if replaced := owners.total() - len(owners):
        proof.left.append(Left(REPLACED, replaced))
    return list(owners)


def _look_at_rows(proof: Proof, chain: KeyChain, column: SealedColumn) -> None:
    """Compare the version in each sealed value with that of the key that its row names."""
    names = {
        "table": sql.Identifier(column.table),
        "keys": sql.Identifier(chain.model._meta.db_table),
        "key": sql.Identifier(f"{column.key}_id"),
        "sealed": sql.Identifier(column.column),
    }
    statement = sql.SQL(
        "SELECT count(*), count(*) FILTER (WHERE k.id IS NULL OR length(t.{sealed}) > 0 "
        "AND substring(t.{sealed} FROM 2 FOR 4) <> int4send(k.version)) "
        "FROM {table} t LEFT JOIN {keys} k ON k.id = t.{key}"
    ).format(**names)
    with connection.cursor() as cursor:
        cursor.execute(statement)
        count, at_odds = cursor.fetchone() or (0, 0)
    proof.seen[column.table] += count
    if at_odds:
        proof.left.append(Left(AT_ODDS, at_odds, is_lost=True))


def _look_for_damage(proof: Proof, chain: KeyChain, column: SealedColumn) -> None:
    """Find what keeps a former key though that key is here: it cannot be sealed anew."""
    *former, _newest = chain.rows()
    here = [key.pk for key in former if key_ring().has(key.wrapped_by)]
    rows = column.model._default_manager.filter(**{f"{column.key}__in": here}).order_by("pk")
    keys, damaged = FormerKeys(chain), []
    for pk, sealed in rows.values_list("pk", column.column).iterator():
        try:
            if sealed:
                keys.unseal(bytes(sealed), column.place(chain.owner, pk))
        except SecretDamagedError:
            damaged.append(pk)
    if damaged:
        named = ", ".join(map(str, damaged[:MOST_NAMED]))
        more = ", …" if len(damaged) > MOST_NAMED else ""
        what = f"{DAMAGED} ({column.table} {named}{more})"
        proof.left.append(Left(what, len(damaged), is_lost=True))
