"""Finds out, before anything is restored, whether the master keys of today open its secrets."""

import re
from pathlib import Path

from config.backup.archive import read_entries, sentence_for_damage
from config.backup.errors import BackupError
from config.backup.manifest import Manifest
from tenants.crypto import missing_key_of

# Where secrets lie that nothing but their key can bring back: those of the second factor.
TABLE = "mfa_authenticator"
# Header, nonce and seal of a ciphertext take fifty characters before its first own.
_CIPHERTEXT = re.compile(rb'"([\w-]{50,}={0,2})"')


def refuse_lost_secrets(path: Path, manifest: Manifest) -> None:
    """Make sure that whoever has a second factor can use it after the restore.

    Raises:
        BackupError: a master key is missing; the sentence says what to do.
    """
    missing = _missing_keys(path, manifest)
    if not missing:
        return
    message = (
        f"Nothing was restored: the backup holds second factors of sign-in that no key of "
        f"MASTER_KEYS opens (made with the key{'s' if len(missing) > 1 else ''} of id "
        f"{', '.join(sorted(missing))}). Add the MASTER_KEYS of the backup's time at the end of "
        "the list (local product: put its var/secrets.json back) and run it again. If they are "
        "lost, add --without-keys, and afterwards reset the second factor of whoever has one: "
        "manage.py reset_second_factor EMAIL"
    )
    raise BackupError(message)


def _missing_keys(path: Path, manifest: Manifest) -> set[str]:
    """Return the ids of the keys that made secrets of the archive and are not here."""
    table = manifest.tables.get(TABLE)
    left = set(table.parts) if table else set()
    missing: set[str] = set()
    with sentence_for_damage(path):
        for entry in read_entries(path):
            if not left:
                break
            if entry.name not in left:
                continue
            left.remove(entry.name)
            with entry.rows() as rows:
                for line in rows:
                    found = (missing_key_of(text.decode()) for text in _CIPHERTEXT.findall(line))
                    missing.update(key_id for key_id in found if key_id)
    return missing
