"""Pictures from a person's disk."""

import pytest
from django.test import override_settings

from ingestion.gather.lists import listed
from ingestion.gather.queries import as_gatherings, pictures_of
from ingestion.gather.status import ItemStatus, JobStatus
from ingestion.models import AssetOrigin
from ingestion.models.run import RunState
from media.models import Asset, AssetMedia, Rendition, StageState
from tenants.models import Organization
from tenants.scope import org_scope
from tests.ingestion.gather.support import a_picture, bring_files, work_job

pytestmark = pytest.mark.django_db


class TestPicturesOfADisk:
    def test_are_assets_with_their_bytes_and_renditions(self, org: Organization) -> None:
        job = bring_files(org, {"cat.jpg": a_picture("red"), "dog.png": a_picture("blue", "PNG")})

        run = work_job(job)

        assert (run.state, run.new_count, run.raw_count) == (RunState.SUCCEEDED, 2, 2)
        with org_scope(org.pk):
            assets = Asset.objects.order_by("source_title")
            assert [(a.title, a.source, a.stored_count) for a in assets] == [
                ("cat", "upload", 1),
                ("dog", "upload", 1),
            ]
            assert Rendition.objects.count() == 4
            assert set(StageState.objects.values_list("stage", "status")) == {
                ("fetch", "done"),
                ("rendition", "done"),
            }
            assert set(AssetOrigin.objects.values_list("via", flat=True)) == {"upload"}
            (found,) = as_gatherings(list(listed()))
            assert (found.status, found.counts.completed) == (JobStatus.COMPLETED, 2)

    def test_brought_twice_are_one(self, org: Organization) -> None:
        work_job(bring_files(org, {"cat.jpg": a_picture("red")}))

        again = bring_files(org, {"a copy.jpg": a_picture("red"), "other.jpg": a_picture("teal")})
        work_job(again)

        with org_scope(org.pk):
            assert Asset.objects.count() == 2
            (found,) = as_gatherings([again])
            first, second = pictures_of(found)
        assert (first.status, second.status) == (ItemStatus.SKIPPED, ItemStatus.COMPLETED)
        assert first.asset_id is not None

    def test_of_which_one_is_none_loses_only_that(self, org: Organization) -> None:
        job = bring_files(
            org, {"cat.jpg": a_picture("red"), "notes.txt": b"hello", "empty.jpg": b""}
        )

        run = work_job(job)

        assert (run.state, run.new_count, run.failed_count) == (RunState.WARNINGS, 1, 2)
        with org_scope(org.pk):
            (found,) = as_gatherings([job])
            assert found.status == JobStatus.COMPLETED
            pictures = pictures_of(found)
            assert [p.error for p in pictures] == ["", "image_unsupported", "image_unsupported"]
            assert AssetMedia.objects.count() == 1

    def test_of_which_all_are_none_fails_and_says_why(self, org: Organization) -> None:
        job = bring_files(org, {"notes.txt": b"hello"})

        run = work_job(job)

        assert (run.state, run.error_code) == (RunState.FAILED, "all_failed")
        assert "JPEG" in run.user_message
        with org_scope(org.pk):
            (found,) = as_gatherings([job])
            assert (found.status, found.error) == (JobStatus.FAILED, "all_failed")

    def test_of_which_one_is_too_large_lose_only_that(self, org: Organization) -> None:
        small = a_picture("red")
        with override_settings(FETCH_MAX_BYTES=len(small)):
            job = bring_files(org, {"cat.jpg": small, "huge.jpg": bytes(len(small) + 1)})

        run = work_job(job)

        assert (run.state, run.new_count, run.failed_count) == (RunState.WARNINGS, 1, 1)
        with org_scope(org.pk):
            (found,) = as_gatherings([job])
            came, huge = pictures_of(found)
        assert (came.status, huge.error) == (ItemStatus.COMPLETED, "payload_too_large")
        assert huge.wanted.name == "huge.jpg"
        assert "Make a smaller copy" in huge.explanation
