"""A whole installation comes back on another server, from the command line."""

import contextlib
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from config.backup.archive import checked_manifest
from config.backup.manifest import Manifest
from config.embedded.server import PROJECT_DIR, ensure_running
from tests.backup.test_archive import rewrite
from tests.embedded.conftest import connect, temporary_var_dir

# Two organizations whose rows may not mix, text that COPY must escape, and stored files.
FILL = r"""
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from media.models import Blob, Tag
from tenants.models import User
from tenants.scope import org_scope
from tenants.services.organizations import create_organization

for number, name in enumerate(["first", "second"]):
    user = User.objects.create_user(email=f"{name}@example.org", password="x" * 12)
    org = create_organization(name=name, owner=user)
    with org_scope(org.pk):
        Tag.objects.create(org=org, name=f"{name}\t\\N\n\\.\nčř 🐦")
        key = default_storage.save(f"{org.pk}/blob", ContentFile(name.encode() * 1000))
        Blob.objects.create(
            org=org, sha256=str(number) * 64, size_bytes=5, media_type="image/png", storage_key=key
        )
"""


# Somebody whose second factor, and whose linked account, only the source's master key opens.
SET_UP_SECRETS = """
import datetime as dt
from connectors.credentials import Tokens, store_tokens
from connectors.models import Connection
from tenants.scope import org_scope
from tenants.services.organizations import organizations_of
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from tenants.models import User

user = User.objects.get(email="first@example.org")
TOTP.activate(user, generate_totp_secret())
RecoveryCodes.activate(user)
[org] = organizations_of(user)
with org_scope(org.pk):
    tokens = Tokens("hush-a", "hush-r", dt.datetime.now(dt.UTC), None, ())
    link = Connection.objects.create(org=org, source="pinterest", name="Pins")
    store_tokens(link, tokens, account_id="", account_name="")
"""
READ_TOKENS = """
from connectors.credentials import read_tokens
from connectors.models import Connection
from tenants.models import User
from tenants.scope import org_scope
from tenants.services.organizations import organizations_of

[org] = organizations_of(User.objects.get(email="first@example.org"))
with org_scope(org.pk):
    print(read_tokens(Connection.objects.get()).refresh_token)
"""


def manage(var_dir: Path, *arguments: str, expect: int = 0) -> str:
    """Run a command of the product on the installation in ``var_dir``; return what it says."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("DATABASE_")}
    done = subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=PROJECT_DIR,
        env={**kept, "VAR_DIR": str(var_dir), "DJANGO_SETTINGS_MODULE": "config.settings"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == expect, done.stderr
    return done.stdout + done.stderr


@pytest.fixture(scope="module")
def source() -> Iterator[Path]:
    """An installation with people's data."""
    with temporary_var_dir() as var_dir:
        manage(var_dir, "migrate", "--skip-checks", "--verbosity=0")
        manage(var_dir, "shell", "--no-imports", "--command", FILL)
        yield var_dir


@pytest.fixture(scope="module")
def archive(source: Path) -> Path:
    path = source.parent / "backup.tar"
    manage(source, "backup", str(path))
    return path


@pytest.fixture(scope="module")
def restored(archive: Path) -> Iterator[Path]:
    """An installation made from a backup of an older release, on a bare server."""
    manifest = checked_manifest(archive)
    older = archive.with_name("older.tar")
    older.write_bytes(archive.read_bytes())
    # Changes constraints only, and nothing follows it.
    manifest.migrations.remove("mfa.0003_authenticator_type_uniq")
    rewrite(older, {"manifest.json": manifest.as_json()})
    with temporary_var_dir() as var_dir:
        manage(var_dir, "restore", str(older))
        yield var_dir


@pytest.fixture(scope="module")
def bare() -> Iterator[Path]:
    """An installation without tables, in which no test puts anything."""
    with temporary_var_dir() as var_dir:
        yield var_dir


def content_of(manifest: Manifest) -> tuple[object, ...]:
    return manifest.tables, manifest.files, manifest.sequences, manifest.migrations


def test_holds_the_rows_of_every_organization(archive: Path) -> None:
    manifest = checked_manifest(archive)

    assert manifest.tables["tenants_user"].rows == 2
    assert manifest.tables["tenants_organization"].rows == 2
    assert manifest.tables["media_tag"].rows == 2
    assert len(manifest.tables["media_tag"].parts) == 2
    assert len(manifest.files) == 2
    assert "django_session" not in manifest.tables


def test_older_backup_comes_back_whole_and_is_migrated(restored: Path, archive: Path) -> None:
    again = restored.parent / "again.tar"

    manage(restored, "backup", str(again))

    assert content_of(checked_manifest(again)) == content_of(checked_manifest(archive))


def test_walls_stand_again_after_a_restore(restored: Path) -> None:
    with contextlib.closing(connect(ensure_running(restored).owner_url)) as owner:
        row = owner.execute(
            "SELECT bool_and(relforcerowsecurity) FROM pg_class WHERE relrowsecurity"
        ).fetchone()

    assert row == (True,)


def test_peoples_data_are_replaced_only_on_demand(restored: Path, archive: Path) -> None:
    stray = restored / "blobs" / "stray"
    stray.write_bytes(b"not in the backup")

    assert "--replace" in manage(restored, "restore", str(archive), expect=1)
    assert stray.exists()

    manage(restored, "restore", str(archive), "--replace")
    assert not stray.exists()


def test_backup_of_a_newer_release_is_refused(archive: Path, source: Path) -> None:
    manifest = checked_manifest(archive)
    newer = source.parent / "newer.tar"
    newer.write_bytes(archive.read_bytes())
    manifest.migrations.append("media.9999_from_the_future")
    rewrite(newer, {"manifest.json": manifest.as_json()})

    said = manage(source, "restore", str(newer), "--replace", expect=1)

    assert "made by a newer release" in said


def test_database_that_lacks_migrations_is_not_saved(bare: Path) -> None:
    said = manage(bare, "backup", str(bare.parent / "b.tar"), expect=1)

    assert "manage.py migrate" in said
    assert not (bare.parent / "b.tar").exists()


def test_paths_that_lead_nowhere_are_answered_with_a_sentence(source: Path) -> None:
    nowhere = source / "gone" / "backup.tar"

    saved = manage(source, "backup", str(nowhere), expect=1)
    restored = manage(source, "restore", str(nowhere), "--replace", expect=1)

    assert saved.startswith("CommandError: There is no folder")
    assert "CommandError: There is no file" in restored
    assert "Errno" not in saved + restored


@pytest.fixture(scope="module")
def locked(source: Path) -> Path:
    """A backup with a second factor and a linked account of the source's key."""
    path = source.parent / "locked.tar"
    manage(source, "shell", "--no-imports", "--command", SET_UP_SECRETS)
    manage(source, "backup", str(path))
    manage(source, "reset_second_factor", "first@example.org")
    return path


def test_secrets_whose_master_key_is_not_here_are_restored_only_knowingly(
    locked: Path, source: Path, bare: Path, restored: Path
) -> None:
    """Refused before anything is written; then restored without its key, and with it."""
    said = manage(bare, "restore", str(locked), expect=1)

    assert "CommandError: Nothing was restored" in said
    assert (
        "access to linked accounts and second factors of sign-in that no key of MASTER_KEYS" in said
    )
    assert "--without-keys" in said
    assert "Putting the files back" not in said
    assert not (bare / "blobs").exists()

    manage(restored, "restore", str(locked), "--replace", "--without-keys")
    lost = manage(restored, "shell", "--no-imports", "--command", READ_TOKENS, expect=1)
    assert "CredentialsUnreadableError" in lost
    shutil.copy(source / "secrets.json", restored / "secrets.json")
    manage(restored, "restore", str(locked), "--replace")
    read = manage(restored, "shell", "--no-imports", "--command", READ_TOKENS)
    assert "hush-r" in read


def test_storage_that_fails_is_named(archive: Path, restored: Path) -> None:
    """The last of those that restore there: the stored files are gone after it."""
    shutil.rmtree(restored / "blobs")
    (restored / "blobs").write_text("a file where the folder should be")

    said = manage(restored, "restore", str(archive), "--replace", expect=1)

    assert "CommandError: The restore could not be finished: " in said
    assert f"({restored}/blobs" in said
    assert "Errno" not in said
