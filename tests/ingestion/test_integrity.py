"""Stored bytes are looked at night by night, and mended where that can be."""

import datetime as dt
import hashlib
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.utils import timezone

from ingestion import control
from ingestion.models import Job, RunStep, SyncRun
from ingestion.models.run import RunState
from media import integrity
from media.again import Which
from media.models import Asset, AssetMedia, Blob, Rendition, StageState
from media.models.stage import Stage
from media.storage import HELD_PREFIX, blob_key, put_bytes, rendition_key
from tenants.models import Organization
from tenants.scope import org_scope
from tests.ingestion.support import make_due, queue_run, tidy, work
from tests.media.making import make_asset

pytestmark = pytest.mark.django_db

MONTH = dt.timedelta(days=30)
ADDRESS = "https://a.example/1.jpg"


def stored(org: Organization, number: int = 0, *, url: str = ADDRESS) -> Blob:
    """Store a picture with its thumbnail, as the stages leave it."""
    content, thumb = b"original %d" % number, b"thumb %d" % number
    sha256 = hashlib.sha256(content).hexdigest()
    with org_scope(org.pk):
        blob = Blob.objects.create(
            org=org,
            sha256=sha256,
            size_bytes=len(content),
            media_type="image/jpeg",
            storage_key=put_bytes(blob_key(org.pk, sha256), content),
            stored_at=timezone.now() - 2 * MONTH,
            checked_at=timezone.now() - MONTH + dt.timedelta(minutes=number),
        )
        Rendition.objects.create(
            org=org,
            blob=blob,
            name="thumb",
            sha256=hashlib.sha256(thumb).hexdigest(),
            storage_key=put_bytes(rendition_key(org.pk, sha256, "thumb"), thumb),
            size_bytes=len(thumb),
            width_px=1,
            height_px=1,
        )
        asset = make_asset(org, media_status="image", picture_count=1, stored_count=1)
        picture = AssetMedia.objects.create(
            org=org,
            asset=asset,
            position=0,
            key=f"picture:{number}" if url else HELD_PREFIX + sha256,
            url=url,
            blob=blob,
        )
        StageState.objects.create(org=org, stage="fetch", media=picture, status="done")
        StageState.objects.create(org=org, stage="rendition", blob=blob, status="done")
    return blob


def spoil(key: str) -> None:
    """Change bytes, and leave as many."""
    with default_storage.open(key, "rb") as file:
        content = file.read()
    default_storage.delete(key)
    default_storage.save(key, ContentFile(content[:-1] + b"!"))


def thumb_of(blob: Blob) -> Rendition:
    with org_scope(blob.org_id):
        return Rendition.objects.get(blob_id=blob.pk)


def check(org: Organization) -> SyncRun:
    """Do the chores of a night, when nothing was looked at for a month."""
    with org_scope(org.pk):
        Blob.objects.update(checked_at=timezone.now() - MONTH)
    return tidy(org)


def states(org: Organization) -> dict[str, tuple[str, str]]:
    with org_scope(org.pk):
        rows = StageState.objects.values_list("stage", "status", "error_code")
        return {stage: (status, code) for stage, status, code in rows}


def looked_at_in(org: Organization) -> list[Blob]:
    with org_scope(org.pk):
        lately = timezone.now() - dt.timedelta(hours=1)
        return list(Blob.objects.filter(checked_at__gt=lately).order_by("pk"))


def step_of(run: SyncRun) -> RunStep:
    with org_scope(run.org_id):
        return RunStep.objects.get(run=run, name="integrity")


class TestBytes:
    def test_in_order_change_nothing_but_when_they_were_looked_at(self, org: Organization) -> None:
        blob = stored(org)

        run = check(org)

        assert states(org) == {"fetch": ("done", ""), "rendition": ("done", "")}
        with org_scope(org.pk):
            assert Blob.objects.get().checked_at > blob.checked_at
        step = step_of(run)
        assert (step.state, step.dataset, step.changed_count) == ("succeeded", "stored_files", 0)

    @pytest.mark.parametrize(
        ("harm", "code"), [("delete", "bytes_missing"), ("spoil", "bytes_changed")]
    )
    def test_of_an_original_with_an_address_are_fetched_again(
        self, org: Organization, harm: str, code: str
    ) -> None:
        blob = stored(org)
        default_storage.delete(blob.storage_key) if harm == "delete" else spoil(blob.storage_key)

        run = check(org)

        assert states(org) == {"fetch": ("pending", code), "rendition": ("done", "")}
        assert step_of(run).changed_count == 1
        with org_scope(org.pk):
            assert SyncRun.objects.filter(kind="fetch", state=RunState.QUEUED).exists()

    def test_are_mended_although_people_call_off_that_all_is_run_again(
        self, org: Organization
    ) -> None:
        blob = stored(org)
        with org_scope(org.pk):
            fetch = control.run_stage(org, Stage.FETCH, Which.ALL, None).run
            make = control.run_stage(org, Stage.RENDITION, Which.ALL, None).run
        default_storage.delete(blob.storage_key)
        default_storage.delete(thumb_of(blob).storage_key)
        check(org)

        with org_scope(org.pk):
            assert control.cancel(fetch, None)
            assert control.cancel(make, None)

        assert {stage: status for stage, (status, _) in states(org).items()} == {
            "fetch": "pending",
            "rendition": "pending",
        }

    @pytest.mark.parametrize(
        ("harm", "code"), [("delete", "bytes_missing"), ("spoil", "bytes_changed")]
    )
    def test_of_an_original_without_one_have_failed(
        self, org: Organization, harm: str, code: str
    ) -> None:
        blob = stored(org, url="")
        default_storage.delete(blob.storage_key) if harm == "delete" else spoil(blob.storage_key)

        check(org)

        assert states(org)["fetch"] == ("failed", code)
        with org_scope(org.pk):
            assert Asset.objects.get().failed_count == 1

    def test_that_came_back_are_no_failure_any_more(self, org: Organization) -> None:
        blob = stored(org, url="")
        default_storage.delete(blob.storage_key)
        check(org)
        put_bytes(blob.storage_key, b"original 0")

        check(org)

        assert states(org)["fetch"] == ("done", "")
        with org_scope(org.pk):
            assert Asset.objects.get().failed_count == 0

    @pytest.mark.parametrize("harm", ["delete", "spoil"])
    def test_of_a_thumbnail_are_made_again(self, org: Organization, harm: str) -> None:
        key = thumb_of(stored(org)).storage_key
        default_storage.delete(key) if harm == "delete" else spoil(key)

        check(org)

        assert states(org) == {"fetch": ("done", ""), "rendition": ("pending", "")}

    def test_of_a_thumbnail_wait_for_an_original_that_is_gone_too(self, org: Organization) -> None:
        blob = stored(org)
        default_storage.delete(blob.storage_key)
        default_storage.delete(thumb_of(blob).storage_key)

        check(org)

        with org_scope(org.pk):
            fetch = StageState.objects.get(stage="fetch")
            rendition = StageState.objects.get(stage="rendition")
        assert (fetch.status, rendition.status) == ("pending", "pending")
        assert rendition.due_at - fetch.due_at > dt.timedelta(minutes=50)

    def test_of_another_organization_are_its_own_upkeeps_concern(
        self, org: Organization, other_org: Organization
    ) -> None:
        default_storage.delete(stored(other_org).storage_key)

        check(org)

        assert states(other_org)["fetch"] == ("done", "")


class TestANight:
    def test_looks_at_a_thirtieth_of_all_those_first_that_were_not_looked_at_for_longest(
        self, org: Organization
    ) -> None:
        for number in range(31):
            stored(org, number)
        with org_scope(org.pk):
            oldest = list(Blob.objects.order_by("checked_at")[:2])

        tidy(org)

        assert looked_at_in(org) == oldest

    def test_ends_when_enough_was_read(
        self, org: Organization, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(integrity, "NIGHTS", 1)
        monkeypatch.setattr(integrity, "MAX_BYTES", 25)
        monkeypatch.setattr(integrity, "SHARE_SIZE", 1)
        for number in range(5):
            stored(org, number)

        tidy(org)

        assert len(looked_at_in(org)) == 3

    def test_goes_on_in_the_next_slice_and_looks_at_nothing_twice(
        self, org: Organization, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(integrity, "NIGHTS", 1)
        monkeypatch.setattr(integrity, "SHARE_SIZE", 2)
        looked_at: list[str] = []
        look_at = integrity._look_at

        def counted(stored: Any) -> str:
            looked_at.append(stored.key)
            return look_at(stored)

        monkeypatch.setattr(integrity, "_look_at", counted)
        for number in range(5):
            default_storage.delete(stored(org, number).storage_key)

        with org_scope(org.pk):
            run = queue_run(Job.objects.get(kind="upkeep"))
        run = work(run, stop=lambda: True)
        while run.state == RunState.QUEUED:
            make_due(run.pk, org)
            run = work(run, stop=lambda: True)

        assert (len(looked_at), len(set(looked_at))) == (10, 10)
        assert (step_of(run).state, step_of(run).changed_count) == ("succeeded", 5)
        assert run.slices > 3

    def test_a_storage_that_is_away_is_a_warning_and_no_finding(
        self, org: Organization, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def fail(*_: object) -> None:
            raise OSError("The storage is away.")

        stored(org)
        monkeypatch.setattr(integrity, "_look_at", fail)

        run = check(org)

        step = step_of(run)
        assert (run.state, step.state) == (RunState.WARNINGS, "failed")
        assert step.error_code == "storage_unavailable"
        assert states(org)["fetch"] == ("done", "")
