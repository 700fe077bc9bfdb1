"""What people save while they browse: the run, the look before it, and taking it back."""

import dataclasses
from collections.abc import Iterator
from typing import Any

import pytest
from django.test import override_settings

from ingestion.gather.captures import applying, queries, services
from ingestion.gather.captures.queries import Capture, as_capture, as_look
from ingestion.gather.services import Asking, retry
from ingestion.models import Job
from ingestion.models.run import RunState
from media import operations
from media.models import Asset, AssetMedia, AssetTag, BoardItem, Operation, Tombstone
from media.operations import Selection
from tenants.models import Organization, User
from tenants.scope import org_scope
from tests.factories import UserFactory
from tests.ingestion.gather.support import HOST, Site, a_picture, a_site, last_run, work_job
from tests.media.making import make_asset, make_board

pytestmark = pytest.mark.django_db

PIN = "424605071125340877"
SIGNATURE = "0a1b2c3d4e5f60718293a4b5c6d7e8f9"
PINIMG = f"https://i.pinimg.com/736x/0a/1b/2c/{SIGNATURE}.jpg"
ORIGINAL = f"/originals/0a/1b/2c/{SIGNATURE}.jpg"
PINTEREST = ("www.pinterest.com", "i.pinimg.com", "pin.it", "api.pinterest.com")


@pytest.fixture
def site() -> Iterator[Site]:
    """A site, and Pinterest's hosts at the same place."""
    with a_site() as serving:
        hosts = dict.fromkeys((HOST, *PINTEREST), serving.address)
        with override_settings(FETCH_HOST_MAP=hosts):
            yield serving


@pytest.fixture
def person(org: Organization) -> User:
    return UserFactory.create()


@pytest.fixture
def saver(org: Organization, person: User) -> "Saver":
    return Saver(org, person)


@dataclasses.dataclass(frozen=True)
class Saver:
    """Somebody who saves."""

    org: Organization
    person: User

    def look(self, url: str, picture: str = "") -> Job:
        with org_scope(self.org.pk):
            job = services.look_at(self.org, url, picture, Asking(self.person))
        work_job(job)
        return job

    def save(
        self, url: str, *, look: Job | None = None, choice: int | None = None, **said: Any
    ) -> Job:
        what = services.Capturing(url, **said)
        with org_scope(self.org.pk):
            return services.save(self.org, what, Asking(self.person), look=look, choice=choice)

    def saved(self, url: str, **said: Any) -> Capture:
        job = self.save(url, **said)
        work_job(job)
        return self.told(job)

    def told(self, job: Job) -> Capture:
        with org_scope(self.org.pk):
            job.refresh_from_db()
            capture = as_capture(job)
            _ = capture.card, capture.board
        return capture

    def looked(self, job: Job) -> queries.Look:
        with org_scope(self.org.pk):
            job.refresh_from_db()
            look = as_look(job)
        assert look is not None
        return look


def tags_of(asset: Asset) -> list[str]:
    return list(
        AssetTag.objects.filter(asset=asset)
        .order_by("tag__folded_name")
        .values_list("tag__name", flat=True)
    )


def page_with_preview(site: Site, path: str = "/oak") -> str:
    site.pages[path] = (
        '<!doctype html><title>Window</title><meta property="og:title" content="An oak table">'
        f'<meta property="og:image" content="http://{HOST}/9.jpg">'
        '<body><img src="/1.jpg" alt="One"><img src="/2.jpg" alt="Two">'
    )
    return f"http://{HOST}{path}"


def pin_page(site: Site) -> None:
    site.pages[f"/pin/{PIN}/"] = (
        '<!doctype html><meta property="og:title" content="Oak"><meta property="og:image"'
        f' content="{PINIMG}"><img src="https://i.pinimg.com/236x/ff/ff/ff/{"f" * 32}.jpg">'
    )
    site.pictures[ORIGINAL] = a_picture(5)


class TestAPage:
    def test_gives_its_preview_to_the_board_with_tags_and_note(
        self, saver: Saver, site: Site
    ) -> None:
        board = make_board(saver.org, "Kitchen", is_mirrored=False)

        capture = saver.saved(
            page_with_preview(site), board_name="kitchen", tags=("oak", "Light"), note="For Ada"
        )

        run = last_run(capture.job)
        assert (run.state, run.kind, run.raw_count, run.new_count) == ("succeeded", "capture", 1, 1)
        with org_scope(saver.org.pk):
            asset = Asset.objects.get()
            assert (asset.source, asset.title, asset.own_text) == ("web", "An oak table", "For Ada")
            assert asset.link_url == f"http://{HOST}/oak"
            assert asset.stored_count == 1
            assert tags_of(asset) == ["Light", "oak"]
            assert BoardItem.objects.get(asset=asset).board_id == board.pk
            assert asset.origins.get().via == "capture"
            jobs = Job.objects.filter(connection__name="Saved while browsing")
            assert jobs.filter(pk=capture.job.pk).exists()
        assert (capture.asset_id, capture.was_here) == (asset.pk, False)
        assert site.asked["/9.jpg"] == 1
        assert site.asked["/1.jpg"] == 0

    def test_saved_again_is_linked_and_fetched_no_second_time(
        self, saver: Saver, site: Site
    ) -> None:
        url = page_with_preview(site)
        first = saver.saved(url, board_name="Kitchen")

        again = saver.saved(url, board_name="Garden", note="Again")

        assert again.asset_id == first.asset_id
        assert again.was_here
        assert site.asked["/9.jpg"] == 1
        with org_scope(saver.org.pk):
            names = BoardItem.objects.values_list("board__own_name", flat=True)
            assert sorted(names) == ["Garden", "Kitchen"]

    def test_a_picture_that_was_pointed_at_needs_no_page(self, saver: Saver, site: Site) -> None:
        capture = saver.saved(
            f"http://{HOST}/behind-a-door", picture=f"http://{HOST}/3.jpg", page_title="A door"
        )

        assert capture.status == "completed"
        assert site.asked == {"/3.jpg": 1}
        with org_scope(saver.org.pk):
            asset = Asset.objects.get()
            assert (asset.title, asset.link_url) == ("A door", f"http://{HOST}/behind-a-door")

    def test_comes_back_from_the_trash_and_from_beyond(self, saver: Saver, site: Site) -> None:
        url = page_with_preview(site)
        capture = saver.saved(url)
        with org_scope(saver.org.pk):
            asset = Asset.objects.get()
            operations.trash_assets(Selection.of_ids([asset.pk]), None)

        assert saver.saved(url).asset_id == capture.asset_id
        with org_scope(saver.org.pk):
            asset.refresh_from_db()
            assert asset.removed_at is None
            Asset.objects.all().delete()
            Tombstone.objects.create(
                org=saver.org,
                source="web",
                source_ref=asset.source_ref,
                removed_at=asset.imported_at,
            )
        assert saver.saved(url).status == "completed"
        with org_scope(saver.org.pk):
            assert Asset.objects.count() == 1

    def test_that_is_not_there_fails_with_what_to_do_and_can_be_tried_again(
        self, saver: Saver, site: Site
    ) -> None:
        capture = saver.saved(f"http://{HOST}/later")
        assert (capture.status, capture.error) == ("failed", "not_found")
        assert capture.sentence

        page_with_preview(site, "/later")
        with org_scope(saver.org.pk):
            retry(capture.job, Asking(saver.person))
        work_job(capture.job)

        assert saver.told(capture.job).status == "completed"


class TestALook:
    def test_stores_what_may_be_meant_and_makes_nothing_of_it(
        self, saver: Saver, site: Site
    ) -> None:
        job = saver.look(page_with_preview(site))

        look = saver.looked(job)
        assert (look.title, look.error, look.is_over) == ("An oak table", "", True)
        assert [each.wanted.url[-6:] for each in look.candidates] == ["/9.jpg", "/1.jpg", "/2.jpg"]
        assert all(each.wanted.seen_sha256 for each in look.candidates)
        with org_scope(saver.org.pk):
            file = queries.preview_of(job, 0)
            assert file is not None
            assert file.media_type == "image/webp"
            assert Asset.objects.count() == 0

    def test_what_was_chosen_is_not_fetched_again(self, saver: Saver, site: Site) -> None:
        url = page_with_preview(site)
        job = saver.look(url)

        assert saver.save(url, look=job, choice=2, title="Mine").pk == job.pk
        work_job(job)

        capture = saver.told(job)
        assert capture.status == "completed"
        assert (site.asked["/oak"], site.asked["/2.jpg"]) == (1, 1)
        with org_scope(saver.org.pk):
            assert Asset.objects.get().alt_text == "Two"
            assert (Asset.objects.get().title, Asset.objects.get().source_title) == (
                "Mine",
                "An oak table",
            )

    def test_that_finds_nothing_says_why_and_ends_well(self, saver: Saver, site: Site) -> None:
        look = saver.looked(saver.look(f"http://{HOST}/none"))

        assert (look.code, look.candidates) == ("not_found", ())
        assert look.error
        assert look.run.state == RunState.SUCCEEDED


class TestAPin:
    @pytest.mark.parametrize(
        "url",
        [
            f"https://www.pinterest.com/pin/{PIN}/",
            f"https://de.pinterest.com/pin/oak-table--{PIN}/sent/?invite_code=1&utm_source=x",
            f"pinterest://pin/{PIN}",
            "https://pin.it/abc",
            PINIMG,
        ],
    )
    def test_that_an_export_brought_is_that_asset(self, saver: Saver, site: Site, url: str) -> None:
        asset = make_asset(saver.org, "Oak", source_ref=f"pin:{PIN}", pictures=1)
        with org_scope(saver.org.pk):
            AssetMedia.objects.filter(asset=asset).update(key=f"sig:{SIGNATURE}")
        site.broken["/abc"] = (301, {"Location": "https://api.pinterest.com/url_shortener/abc/"})
        target = f"https://www.pinterest.co.uk/pin/{PIN}/sent/?invite_code=1"
        site.broken["/url_shortener/abc/"] = (302, {"Location": target})

        capture = saver.saved(url, board_name="Oaks", tags=("wood",))

        assert (capture.asset_id, capture.was_here) == (asset.pk, True)
        assert {path for path in site.asked if "/pin/" in path or path.endswith(".jpg")} == set()
        with org_scope(saver.org.pk):
            assert Asset.objects.count() == 1
            assert BoardItem.objects.get().asset_id == asset.pk
            assert tags_of(asset) == ["wood"]

    def test_that_is_new_has_the_ref_that_an_export_would_give_it(
        self, saver: Saver, site: Site
    ) -> None:
        pin_page(site)

        capture = saver.saved(f"https://www.pinterest.de/pin/a--{PIN}/?mt=login")

        assert capture.status == "completed"
        with org_scope(saver.org.pk):
            asset = Asset.objects.get()
            assert (asset.source, asset.source_ref) == ("pinterest", f"pin:{PIN}")
            assert asset.source_url == f"https://www.pinterest.com/pin/{PIN}/"
            assert [picture.key for picture in asset.media.all()] == [f"sig:{SIGNATURE}"]
        # The largest that Pinterest has, and none of the pins around it.
        assert site.asked[ORIGINAL] == 1

    def test_the_picture_of_another_pin_on_its_page_is_not_the_pin(
        self, saver: Saver, site: Site
    ) -> None:
        pin_page(site)
        other = f"https://i.pinimg.com/236x/ff/ff/ff/{'f' * 32}.jpg"
        site.pictures[f"/originals/ff/ff/ff/{'f' * 32}.jpg"] = a_picture(6)

        saver.saved(f"https://www.pinterest.com/pin/{PIN}/", picture=other)

        with org_scope(saver.org.pk):
            assert Asset.objects.get().source == "web"


class TestTakeBack:
    def test_leaves_everything_as_it_was(self, saver: Saver, site: Site) -> None:
        capture = saver.saved(page_with_preview(site), board_name="New one", tags=("oak",))

        with org_scope(saver.org.pk):
            applying.take_back(capture.job, saver.person)
            applying.take_back(capture.job, saver.person)

            assert Asset.objects.get().removed_at is not None
            assert BoardItem.objects.filter(is_member=True).count() == 0
            assert saver.org.boards.present().count() == 0
            assert Operation.objects.filter(kind="trash").count() == 1
        assert saver.told(capture.job).is_undone
