"""What is removed for good is gone whole, is remembered, and nothing else is touched."""

import datetime as dt
import hashlib
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings
from django.core.files.storage import default_storage
from django.test import override_settings
from django.utils import timezone

from media.models import Asset, AssetMedia, Blob, Rendition, SearchDocument, Tombstone
from media.operations import Selection, restore_assets, trash_assets
from media.storage import blob_key, put_bytes
from media.upkeep import (
    GRACE,
    NIGHTS,
    delete_strays,
    delete_unused,
    forget_unused,
    purge_trash,
    shards_of_night,
)
from tenants.models import Organization, User
from tenants.scope import org_scope
from tests.media.making import attach_tag, make_asset, make_board, make_picture

LIMIT = dt.timedelta(days=settings.TRASH_DAYS)


def sweep(org: Organization, now: dt.datetime) -> int:
    """Delete all that nothing uses as of ``now``, as far as one night goes."""
    with org_scope(org.pk):
        keys = forget_unused(now)
    deleted = delete_unused(org.pk, keys)
    return deleted + sum(delete_strays(org.pk, shard, now) for shard in shards_of_night(now))


class TestPurge:
    def test_the_trash_is_emptied_after_its_days_and_not_before(
        self, in_scope: Organization, owner_user: User
    ) -> None:
        board = make_board(in_scope, "Kitchen")
        asset = make_asset(in_scope, "Chair", boards=(board,), tags=("oak",), pictures=2)
        other = make_asset(in_scope, "Table", boards=(board,), pictures=1)
        removed = trash_assets(Selection.of_ids([asset.pk]), owner_user).created_at

        before = purge_trash(removed + LIMIT)
        after = purge_trash(removed + LIMIT + dt.timedelta(seconds=1))
        again = purge_trash(removed + LIMIT + dt.timedelta(seconds=1))

        assert (before, after, again) == (0, 1, 0)
        assert list(Asset.objects.all()) == [other]
        assert list(AssetMedia.objects.values_list("asset_id", flat=True)) == [other.pk]
        assert list(SearchDocument.objects.values_list("asset_id", flat=True)) == [other.pk]
        assert list(Tombstone.objects.values_list("source_ref", "title", "removed_at")) == [
            (asset.source_ref, "Chair", removed)
        ]

    def test_what_was_restored_stays(self, in_scope: Organization, owner_user: User) -> None:
        asset = make_asset(in_scope)
        removed = trash_assets(Selection.of_ids([asset.pk]), owner_user).created_at
        restored = restore_assets(in_scope, [asset.pk], by=owner_user)

        assert (restored, purge_trash(removed + 2 * LIMIT)) == (1, 0)

    def test_another_organizations_trash_is_its_own(
        self, in_scope: Organization, other_org: Organization
    ) -> None:
        make_asset(other_org, removed_at=timezone.now() - 2 * LIMIT)

        assert purge_trash() == 0
        with org_scope(other_org.pk):
            assert Asset.objects.count() == 1


@pytest.mark.django_db(transaction=True)
class TestOrphans:
    @pytest.fixture(autouse=True)
    def folder(self, tmp_path: Path) -> Iterator[None]:
        backend = {
            "BACKEND": "django.core.files.storage.FileSystemStorage",
            "OPTIONS": {"location": tmp_path},
        }
        with override_settings(STORAGES={**settings.STORAGES, "default": backend}):
            yield

    def test_bytes_go_when_their_last_picture_went(self, org: Organization) -> None:
        with org_scope(org.pk):
            shared = [make_picture(make_asset(org), content=b"shared") for _ in range(2)]
            alone = make_picture(make_asset(org), content=b"alone")
            for blob in Blob.objects.all():
                put_bytes(blob.storage_key, b"original")
            for rendition in Rendition.objects.all():
                put_bytes(rendition.storage_key, b"thumb")
            gone = [alone.asset_id, shared[0].asset_id]
            Asset.objects.filter(pk__in=gone).delete()
            kept = set(Blob.objects.filter(uses=shared[1]).values_list("storage_key", flat=True))

        later = timezone.now() + GRACE + dt.timedelta(minutes=1)
        deleted = sweep(org, later)
        with org_scope(org.pk):
            assert set(Blob.objects.values_list("storage_key", flat=True)) == kept

        assert deleted == 2
        assert all(default_storage.exists(key) for key in kept)
        assert alone.blob is not None
        assert not default_storage.exists(alone.blob.storage_key)

    def test_nothing_younger_than_a_day_is_touched(self, org: Organization) -> None:
        with org_scope(org.pk):
            picture = make_picture(make_asset(org))
            AssetMedia.objects.filter(pk=picture.pk).update(blob=None)

        assert sweep(org, timezone.now()) == 0

    def test_bytes_without_a_row_are_found_within_eight_nights(self, org: Organization) -> None:
        stray = f"blobs/{org.pk}/ab/{'ab' * 32}"
        put_bytes(stray, b"left by a kill")
        tomorrow = timezone.now() + GRACE + dt.timedelta(hours=1)

        for night in range(NIGHTS):
            sweep(org, tomorrow + dt.timedelta(days=night))

        assert not default_storage.exists(stray)

    def test_bytes_that_are_in_use_again_stay(self, org: Organization) -> None:
        with org_scope(org.pk):
            picture = make_picture(make_asset(org), content=b"again")
            assert picture.blob is not None
            key = picture.blob.storage_key
            put_bytes(key, b"again")
            Asset.objects.all().delete()

        with org_scope(org.pk):
            keys = forget_unused(timezone.now() + 2 * GRACE)
        with org_scope(org.pk):
            make_picture(make_asset(org), content=b"again")

        assert (len(keys), delete_unused(org.pk, keys)) == (2, 0)
        assert default_storage.exists(key)

    @pytest.mark.parametrize("had_a_row", [True, False])
    def test_bytes_that_came_with_a_record_wait_for_their_fetch(
        self, org: Organization, *, had_a_row: bool
    ) -> None:
        sha256 = hashlib.sha256(b"held").hexdigest()
        key = put_bytes(blob_key(org.pk, sha256), b"held")
        with org_scope(org.pk):
            if had_a_row:
                make_picture(make_asset(org), content=b"held")
                Asset.objects.all().delete()
            asset = make_asset(org)
            AssetMedia.objects.create(
                org=org, asset=asset, position=0, key=f"sha256:{sha256}", url=""
            )

        self.sweep_all_nights(org)
        assert default_storage.exists(key)
        with org_scope(org.pk):
            asset.delete()
        self.sweep_all_nights(org)

        assert not default_storage.exists(key)

    def sweep_all_nights(self, org: Organization) -> None:
        for night in range(2, 2 + NIGHTS):
            sweep(org, timezone.now() + night * GRACE)


def test_the_vocabulary_outlives_its_assets(in_scope: Organization) -> None:
    asset = make_asset(in_scope, removed_at=timezone.now() - 2 * LIMIT)
    tag = attach_tag(asset, "oak").tag

    purge_trash()

    tag.refresh_from_db()
    assert tag.name == "oak"
