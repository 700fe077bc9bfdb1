"""The page of one job over single pictures."""

import io
from http import HTTPStatus
from typing import Any

import pytest
from PIL import Image

from ingestion.gather.ledger import queue_items
from ingestion.gather.wanted import Wanted
from ingestion.models import Job, RunItem, SyncRun
from ingestion.models.item import ItemOutcome
from ingestion.models.run import RunState
from media.models import Asset
from media.storage import put_bytes, rendition_key
from tenants.models import Organization
from tenants.permissions import Role
from tenants.scope import org_scope
from tenants.urls_for import org_reverse
from tests.conftest import ClientFor, MemberClient
from tests.ingestion.gather.support import a_picture, bring_files, last_run, submit, work_job
from tests.ingestion.support import claimed, make_due
from tests.ingestion.views.support import HTMX, address, html_of, text_of

PAGE = "https://photos.example.com/summer"
SEEN = "ab" * 32


@pytest.fixture
def mixed(org: Organization) -> Job:
    """A job of which a picture came and another is none."""
    job = bring_files(org, {"good.jpg": a_picture(1), "bad.jpg": b"no picture"})
    work_job(job)
    return job


@pytest.fixture
def looked(org: Organization) -> Job:
    """A page of which two pictures were found; one of them is small."""
    job = submit(org, PAGE, chooses=True)
    found = [
        Wanted(
            "key-0",
            f"{PAGE}/0.jpg",
            alt_text="A lamp",
            caption="In the hall",
            seen_sha256=SEEN,
            width_px=800,
        ),
        Wanted("key-1", f"{PAGE}/1.jpg", seen_sha256=SEEN, width_px=40, height_px=30),
    ]
    with org_scope(org.pk):
        run = SyncRun.objects.get(job=job)
        queue_items(run, list(enumerate(found)))
        RunItem.objects.filter(run=run, ordinal=0).update(outcome=ItemOutcome.NEW)
        small = {"outcome": ItemOutcome.SKIPPED, "reason": "too_small"}
        RunItem.objects.filter(run=run, ordinal=1).update(**small)
        SyncRun.objects.filter(pk=run.pk).update(
            state=RunState.SUCCEEDED, finished_at=job.created_at, started_at=job.created_at
        )
    return job


class TestItsPictures:
    def test_stand_in_a_grid_with_their_reasons(
        self, org: Organization, member_client: MemberClient, mixed: Job
    ) -> None:
        response = member_client.get(address(org, "upload", mixed))

        words, html = text_of(response), html_of(response)
        with org_scope(org.pk):
            (asset,) = Asset.objects.all()
        assert org_reverse(org, "media:asset", asset_id=asset.pk) in html
        assert "/thumb?v=" in html
        assert "Failed bad" in words
        assert "Completed 1 new 1 failed" in words
        assert "every " not in html

    def test_can_be_narrowed_by_how_they_stand(
        self, org: Organization, member_client: MemberClient, mixed: Job
    ) -> None:
        page = member_client.get(address(org, "upload", mixed), {"status": "failed"})

        assert [tile.name for tile in page.context["tiles"]] == ["bad"]

    def test_follow_while_they_come(self, org: Organization, member_client: MemberClient) -> None:
        job = bring_files(org, {"a.jpg": a_picture(1)})
        url = address(org, "upload_live", job)
        first = member_client.get(url, headers=HTMX)
        again = member_client.get(url, {"seen": first.context["version"]}, headers=HTMX)
        work_job(job)

        ended = member_client.get(url, {"seen": first.context["version"]}, headers=HTMX)

        assert 'hx-trigger="every 2s, ' in html_of(first)
        assert again.status_code == HTTPStatus.NO_CONTENT
        assert ended.status_code == 286
        assert "magpie:library-behind" in ended["HX-Trigger"]

    def test_come_page_by_page(
        self,
        org: Organization,
        member_client: MemberClient,
        monkeypatch: pytest.MonkeyPatch,
        mixed: Job,
    ) -> None:
        monkeypatch.setattr("ingestion.uploads_page.reads.PAGE_SIZE", 1)

        page = member_client.get(address(org, "upload", mixed), {"page": "2"})

        assert [tile.name for tile in page.context["tiles"]] == ["bad"]
        assert "Page 2 of 2" in text_of(page)


class TestWhatPeopleDo:
    def test_failed_ones_are_tried_again(
        self, org: Organization, member_client: MemberClient, mixed: Job
    ) -> None:
        response = member_client.post(address(org, "upload_retry", mixed), headers=HTMX)

        assert "What failed is tried again." in text_of(response)
        assert "magpie:sync-changed" in response["HX-Trigger"]
        again = member_client.post(address(org, "upload_retry", mixed), headers=HTMX)
        assert "This goes on still." in text_of(again)

    def test_is_cancelled(self, org: Organization, member_client: MemberClient) -> None:
        job = submit(org, PAGE)

        response = member_client.post(address(org, "upload_cancel", job))

        assert response["Location"] == address(org, "upload", job)
        words = text_of(member_client.get(address(org, "upload", job)))
        assert "Cancelled." in words
        assert "Retry" in words

    def test_says_that_it_is_cancelled_until_its_batch_is_over(
        self, org: Organization, member_client: MemberClient
    ) -> None:
        job = submit(org, PAGE)
        run = last_run(job)
        make_due(run.pk, org)
        claimed(run)

        member_client.post(address(org, "upload_cancel", job))

        for url in (address(org, "upload", job), address(org, "uploads")):
            page = member_client.get(url)
            assert "Cancelling…" in text_of(page)
            assert address(org, "upload_cancel", job) not in html_of(page)

    def test_is_deleted_and_put_back(
        self, org: Organization, member_client: MemberClient, mixed: Job
    ) -> None:
        response = member_client.post(address(org, "upload_delete", mixed), headers=HTMX)

        undo = address(org, "upload_restore", mixed)
        assert "“2 pictures” is off the list. Its pictures stay." in text_of(response)
        assert undo in html_of(response)
        gone = member_client.get(address(org, "upload", mixed))
        assert gone.status_code == HTTPStatus.NOT_FOUND
        with org_scope(org.pk):
            assert Asset.objects.count() == 1
        assert member_client.post(undo)["Location"] == address(org, "uploads")
        assert member_client.get(address(org, "upload", mixed)).status_code == HTTPStatus.OK

    def test_is_not_for_viewers(self, org: Organization, client_for: ClientFor, mixed: Job) -> None:
        viewer = client_for(Role.VIEWER)

        for name in ("upload_retry", "upload_cancel", "upload_delete", "upload_choose"):
            response = viewer.post(address(org, name, mixed))
            assert response.status_code == HTTPStatus.FORBIDDEN
        assert "Retry" not in text_of(viewer.get(address(org, "upload", mixed)))


class TestTheChoice:
    def test_shows_sizes_and_what_stands_out(
        self, org: Organization, member_client: MemberClient, looked: Job
    ) -> None:
        response = member_client.get(address(org, "upload", looked))

        words, html = text_of(response), html_of(response)
        assert "2 pictures were found, 1 of them new." in words
        assert "In the hall Alternative text: A lamp 800 px wide" in words
        assert "40 \xd7 30 px" in words
        assert "Small" in words
        assert html.count('data-choosable="yes"') == 1
        assert "every " not in html

    def test_never_shows_a_picture_from_its_site(
        self, org: Organization, member_client: MemberClient, looked: Job
    ) -> None:
        image = io.BytesIO()
        Image.new("RGB", (8, 8)).save(image, "WEBP")
        put_bytes(rendition_key(org.pk, SEEN, "thumb"), image.getvalue())

        html = html_of(member_client.get(address(org, "upload", looked)))

        assert f'src="{PAGE}' not in html
        with org_scope(org.pk):
            first = RunItem.objects.get(run__job=looked, ordinal=0)
        own = org_reverse(org, "ingestion:upload_candidate", job_id=looked.pk, item_id=first.pk)
        assert f'src="{own}?v=' in html
        picture: Any = member_client.get(own)
        assert picture["Content-Type"] == "image/webp"
        assert b"".join(picture.streaming_content) == image.getvalue()

    def test_is_taken(self, org: Organization, member_client: MemberClient, looked: Job) -> None:
        response = member_client.post(
            address(org, "upload_choose", looked), {"ids": ["0", "x", "99999999"]}
        )

        assert response["Location"] == address(org, "upload", looked)
        with org_scope(org.pk):
            queued = RunItem.objects.filter(run__job=looked, run__is_dry_run=False)
            assert [item.ordinal for item in queued] == [0]
        again = member_client.post(
            address(org, "upload_choose", looked), {"ids": ["0"]}, follow=True
        )
        assert "was said before" in text_of(again)

    def test_is_cancelled_by_a_page_of_its_own(
        self, org: Organization, member_client: MemberClient, looked: Job
    ) -> None:
        own = address(org, "upload", looked)
        cancel = address(org, "upload_cancel", looked)
        before = html_of(member_client.get(own))

        words = text_of(member_client.post(cancel, follow=True))

        # Once in the head and once in the menu: nothing on this page follows by itself.
        assert before.count(f'action="{cancel}"') == 2
        assert f'hx-post="{cancel}"' not in before
        assert "Cancelled. Nothing was taken." in words
        assert "Retry" in words
        assert f'hx-post="{cancel}"' not in html_of(member_client.get(own))

    def test_of_nothing_asks_for_one(
        self, org: Organization, member_client: MemberClient, looked: Job
    ) -> None:
        response = member_client.post(address(org, "upload_choose", looked), follow=True)

        assert "Choose at least one picture." in text_of(response)

    def test_is_brought_by_a_page_of_its_own(
        self, org: Organization, member_client: MemberClient, looked: Job
    ) -> None:
        response = member_client.get(address(org, "upload_live", looked), headers=HTMX)

        assert response["HX-Refresh"] == "true"

    def test_that_is_not_kept_any_more_offers_another_look(
        self, org: Organization, member_client: MemberClient, looked: Job
    ) -> None:
        with org_scope(org.pk):
            RunItem.objects.all().delete()

        assert "Look again" in text_of(member_client.get(address(org, "upload", looked)))
        member_client.post(address(org, "upload_retry", looked))

        with org_scope(org.pk):
            assert SyncRun.objects.filter(job=looked, is_dry_run=True).count() == 2
