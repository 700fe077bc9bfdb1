"""Finds out, before anything is restored, whether the keys of today open its secrets."""

import re
from collections.abc import Iterable
from pathlib import Path

from config.backup.archive import read_entries, sentence_for_damage
from config.backup.errors import BackupError
from config.backup.manifest import Manifest
from tenants.crypto import missing_key_of
from tenants.vault.ring import key_ring

# Where secrets lie that nothing but their key can bring back: those of the second factor.
FACTORS = "mfa_authenticator"
# The data keys of linked accounts, and of the platform's own secrets; a column names their key.
DATA_KEYS = ("tenants_datakey", "tenants_platformkey")
WRAPPED_BY = "wrapped_by"
# Header, nonce and seal of a ciphertext take fifty characters before its first own.
_CIPHERTEXT = re.compile(rb'"([\w-]{50,}={0,2})"')


def refuse_lost_secrets(path: Path, manifest: Manifest) -> None:
    """Make sure that second factors and linked accounts can be used after the restore.

    Raises:
        BackupError: a key is missing; the sentence says what to do.
    """
    missing = _missing_keys(path, manifest)
    if not missing:
        return
    what = " and ".join(sorted(missing))
    keys = sorted(set().union(*missing.values()))
    message = (
        f"Nothing was restored: the backup holds {what} that no key of "
        f"MASTER_KEYS opens (made with the key{'s' if len(keys) > 1 else ''} of id "
        f"{', '.join(keys)}). Add the MASTER_KEYS of the backup's time at the end of "
        "the list (local product: put its var/secrets.json back) and run it again. If they are "
        "lost, add --without-keys; afterwards linked accounts are to be reconnected, and the "
        "second factor of whoever has one is to be reset: manage.py reset_second_factor EMAIL"
    )
    raise BackupError(message)


def _missing_keys(path: Path, manifest: Manifest) -> dict[str, set[str]]:
    """Return the ids of the keys that made secrets of the archive and are not here, by what."""
    parts = {
        part: name
        for name in (FACTORS, *DATA_KEYS)
        if (table := manifest.tables.get(name))
        for part in table.parts
    }
    missing: dict[str, set[str]] = {}
    with sentence_for_damage(path):
        for entry in read_entries(path):
            if not parts:
                break
            table_name = parts.pop(entry.name, None)
            if table_name is None:
                continue
            with entry.rows() as rows:
                if table_name == FACTORS:
                    what, found = "second factors of sign-in", _keys_of_factors(rows)
                else:
                    column = manifest.tables[table_name].columns.index(WRAPPED_BY)
                    what, found = "access to linked accounts", _keys_of_data_keys(rows, column)
            if found:
                missing.setdefault(what, set()).update(found)
    return missing


def _keys_of_factors(rows: Iterable[bytes]) -> set[str]:
    found = (missing_key_of(text.decode()) for line in rows for text in _CIPHERTEXT.findall(line))
    return {key_id for key_id in found if key_id}


def _keys_of_data_keys(rows: Iterable[bytes], column: int) -> set[str]:
    """Return the keys that the ring lacks; the rows are in PostgreSQL's text format."""
    ring = key_ring()
    found = {line.rstrip(b"\n").split(b"\t")[column].decode() for line in rows}
    return {key_id for key_id in found if not ring.has(key_id)}
