"""Secrets at rest: they open in one place only, and in no other form."""

import itertools
import uuid

import pytest
from django.db import IntegrityError, connection, transaction
from pytest_django import Settings

from tenants.errors import (
    KeyRingUnavailableError,
    OrgScopeMissingError,
    SecretDamagedError,
    SecretUnreadableError,
    VaultKeyMissingError,
)
from tenants.models import DataKey, Organization, PlatformKey
from tenants.scope import org_scope
from tenants.vault import seal, unseal
from tenants.vault.keys import chain_of_org, forget_opened
from tenants.vault.platform import seal_platform, unseal_platform
from tenants.vault.ring import LocalRing
from tenants.vault.sealing import KEY_BYTES, Place, seal_with, unseal_with

FIRST, SECOND = "the first of the master keys in tests", "the second of the master keys in tests"
ROW = uuid.UUID(int=1)


class RingThatIsAway(LocalRing):
    """A key service that does not answer."""

    def unwrap(self, wrapped: bytes, *, key_id: str, context: bytes) -> bytes:
        raise KeyRingUnavailableError("Away.")


def here(text: str = "a secret") -> bytes:
    return seal(text, table="t", column="c", row=ROW)


def opened(sealed: bytes) -> str:
    return unseal(sealed, table="t", column="c", row=ROW)


@pytest.fixture(autouse=True)
def keys(settings: Settings) -> None:
    settings.MASTER_KEYS = [FIRST]
    forget_opened()


class TestPlace:
    """With the right key in hand, even."""

    def test_no_secret_opens_in_another_row_table_column_or_organization(self) -> None:
        key = bytes(KEY_BYTES)
        owners, tables, columns = ("ours", "theirs"), ("t", "tt"), ("c", "t", "")
        places = [
            Place(*parts)
            for parts in itertools.product(owners, tables, columns, ("1", "11", "2", "1c", ""))
        ]
        sealed = {place: seal_with(key, "a secret", version=1, place=place) for place in places}

        moves = list(itertools.permutations(places, 2))
        for source, target in moves:
            with pytest.raises(SecretDamagedError):
                unseal_with(key, sealed[source], place=target)

        assert len(moves) > 3000
        assert {unseal_with(key, found, place=place) for place, found in sealed.items()} == {
            "a secret"
        }


@pytest.mark.django_db
class TestSeal:
    def test_what_was_sealed_comes_back(self, in_scope: Organization) -> None:
        assert opened(here("naïve 🔑")) == "naïve 🔑"
        assert here() != here()
        assert b"secret" not in here()
        assert DataKey.objects.count() == 1

    def test_needs_a_scope(self) -> None:
        with pytest.raises(OrgScopeMissingError):
            here()

    def test_each_organization_has_a_key_of_its_own(
        self, in_scope: Organization, other_org: Organization
    ) -> None:
        ours = here()
        with org_scope(other_org.pk):
            here()
            with pytest.raises(SecretDamagedError):
                opened(ours)

    def test_refuses_every_flipped_bit_and_every_cut(self, in_scope: Organization) -> None:
        sealed = here()

        for place in range(len(sealed) * 8):
            flipped = bytearray(sealed)
            flipped[place // 8] ^= 1 << place % 8
            with pytest.raises(SecretUnreadableError):
                opened(bytes(flipped))
        for length in range(len(sealed)):
            with pytest.raises(SecretUnreadableError):
                opened(sealed[:length])

    def test_refuses_a_data_key_that_was_changed_or_moved(
        self, in_scope: Organization, other_org: Organization
    ) -> None:
        sealed = here()
        [row] = DataKey.objects.all()
        with org_scope(other_org.pk):
            here()
            foreign = bytes(DataKey.objects.get().wrapped)

        changed = bytearray(row.wrapped)
        changed[-1] ^= 1
        for wrapped in (bytes(changed), foreign, b""):
            DataKey.objects.update(wrapped=wrapped)
            with pytest.raises(SecretDamagedError):
                opened(sealed)

    def test_a_key_that_is_lost_is_told_and_keeps_nobody_from_sealing_anew(
        self, in_scope: Organization, settings: Settings
    ) -> None:
        lost = here()
        settings.MASTER_KEYS = [SECOND]

        with pytest.raises(VaultKeyMissingError, match="Put that key back"):
            opened(lost)
        anew = here("another")

        assert opened(anew) == "another"
        settings.MASTER_KEYS = [SECOND, FIRST]
        assert opened(lost) == "a secret"

    def test_a_key_service_that_is_away_loses_nothing(
        self, in_scope: Organization, settings: Settings
    ) -> None:
        sealed = here()
        forget_opened()
        settings.KEY_RING = f"{__name__}.{RingThatIsAway.__name__}"

        for work in (here, lambda: opened(sealed)):
            with pytest.raises(KeyRingUnavailableError):
                work()

        assert DataKey.objects.count() == 1

    def test_a_key_that_is_gone_opens_nothing_though_it_was_used_before(
        self, in_scope: Organization
    ) -> None:
        sealed = here()
        assert opened(sealed)

        DataKey.objects.all().delete()

        with pytest.raises(VaultKeyMissingError):
            opened(sealed)

    def test_does_not_show_the_key(self, in_scope: Organization) -> None:
        used = chain_of_org().sealing_key()

        assert repr(used.key) not in repr(used)


@pytest.mark.django_db
class TestPlatform:
    def test_has_keys_of_its_own(self, in_scope: Organization) -> None:
        sealed = seal_platform("a secret", table="t", column="c", row=ROW)

        assert unseal_platform(sealed, table="t", column="c", row=ROW) == "a secret"
        assert PlatformKey.objects.count() == 1
        assert not DataKey.objects.exists()
        here()
        with pytest.raises(SecretDamagedError):
            opened(sealed)


@pytest.mark.django_db
class TestVersions:
    def test_one_version_is_one_row(self, in_scope: Organization) -> None:
        here()
        [row] = DataKey.objects.all()

        with pytest.raises(IntegrityError), transaction.atomic():
            DataKey.objects.create(
                org=in_scope, version=1, wrapped=b"", wrapped_by="", made_under=""
            )
        chain_of_org().make(version=1)

        assert list(DataKey.objects.all()) == [row]

    def test_stands_in_the_header_as_the_database_reads_it(self, in_scope: Organization) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT substring(%s::bytea FROM 2 FOR 4) = int4send(1)", [here()])

            assert cursor.fetchone() == (True,)
