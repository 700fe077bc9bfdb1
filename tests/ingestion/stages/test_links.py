"""Checking links: what a page says of itself, whether it is there, and never more than that."""

import datetime as dt
from collections.abc import Iterator

import pytest
from django.test import override_settings
from django.utils import timezone

from connectors.web.walled import is_walled
from ingestion.models import SyncRun
from ingestion.models.run import RunState
from ingestion.stages.base import MAX_ATTEMPTS
from ingestion.stages.queueing import look_again, queue_links
from media.library import LibraryFilter, page_of
from media.models import Asset, AssetMedia, LinkPreview, StageState
from media.models.stage import Stage
from tenants.models import Organization
from tests.ingestion.stages.pages import (
    DAY,
    HOUR,
    FreeManners,
    PageSite,
    a_link,
    check,
    later,
    serving_pages,
)
from tests.ingestion.stages.units import statuses, work_stage
from tests.ingestion.support import make_due, work

pytestmark = pytest.mark.django_db


@pytest.fixture
def site(monkeypatch: pytest.MonkeyPatch) -> Iterator[PageSite]:
    monkeypatch.setattr("ingestion.stages.links.SiteManners", FreeManners)
    with serving_pages() as found:
        hosts = {"market.example.com": f"127.0.0.1:{found.server_port}"}
        with override_settings(ENRICH_LINKS=True, FETCH_HOST_MAP=hosts):
            yield found


class TestALinkWithoutAPicture:
    def test_gets_the_pages_words_and_its_best_picture(
        self, in_scope: Organization, site: PageSite
    ) -> None:
        asset = a_link(in_scope, source_title="Mine")

        run = work_stage_of_links(in_scope)

        assert (run.state, run.new_count) == (RunState.SUCCEEDED, 1)
        found = LinkPreview.objects.get()
        assert (found.title, found.site_name, found.health) == (
            "Quince paste, the slow way",
            "Market Table",
            "ok",
        )
        assert found.description == "Marmelada <script>alert(1)</script>"
        picture = AssetMedia.objects.get()
        assert (picture.origin, picture.url) == (
            "preview",
            "https://market.example.com/quince.jpg",
        )
        assert site.pages == ["/quince"]
        # The source's words stay, and the page's are found.
        asset.refresh_from_db()
        assert (asset.title, asset.media_status, asset.picture_count) == ("Mine", "link_only", 1)
        (card,) = page_of(LibraryFilter(q="marmelada")).items
        assert card.id == asset.pk

    def test_shows_the_preview_once_it_is_fetched_and_the_sources_own_before_it(
        self, in_scope: Organization, site: PageSite
    ) -> None:
        asset = a_link(in_scope)
        work_stage_of_links(in_scope)

        assert work_stage(in_scope, Stage.FETCH).new_count == 1
        assert work_stage(in_scope, Stage.RENDITION).new_count == 1

        (card,) = page_of(LibraryFilter()).items
        assert (card.state, card.is_preview, card.name) == (
            "ready",
            True,
            "Quince paste, the slow way",
        )
        asset.refresh_from_db()
        assert asset.dominant_color
        blob = AssetMedia.objects.get().blob
        own = {"org": in_scope, "asset": asset, "position": 0, "key": "own", "url": "https://x.org"}
        AssetMedia.objects.create(**own, blob=blob)
        (card,) = page_of(LibraryFilter()).items
        assert not card.is_preview

    def test_is_checked_again_after_a_long_while_and_not_before(
        self, in_scope: Organization, site: PageSite
    ) -> None:
        a_link(in_scope)
        check(in_scope)

        check(in_scope)
        assert site.pages == ["/quince"]
        later(100 * DAY)
        site.answers["/quince"] = (200, {"Content-Type": "text/html"}, b"<title>Moved on</title>")
        check(in_scope)

        assert site.pages == ["/quince", "/quince"]
        assert LinkPreview.objects.get().title == "Moved on"
        assert AssetMedia.objects.filter(origin="preview").count() == 1

    def test_that_leads_to_a_file_is_there_and_says_nothing(
        self, in_scope: Organization, site: PageSite
    ) -> None:
        site.answers["/quince"] = (200, {"Content-Type": "application/pdf"}, b"%PDF-1.7 \0")
        a_link(in_scope)

        check(in_scope)

        assert LinkPreview.objects.values_list("health", "title").get() == ("ok", "")
        assert statuses(Stage.LINKS) == {"done": 1}


class TestALinkThatChanged:
    @pytest.mark.parametrize("status", [404, 503])
    def test_keeps_nothing_of_the_page_before(
        self, in_scope: Organization, site: PageSite, status: int
    ) -> None:
        asset = a_link(in_scope)
        check(in_scope)
        site.answers["/other"] = (status, {}, b"")
        Asset.objects.update(link_url="https://market.example.com/other")

        check(in_scope)

        found = LinkPreview.objects.get()
        assert (found.url, found.title, found.final_url, found.health, found.fetched_at) == (
            "https://market.example.com/other", "", "", "unknown", None,
        )  # fmt: skip
        assert not AssetMedia.objects.exists()
        asset.refresh_from_db()
        assert asset.picture_count == 0
        assert page_of(LibraryFilter(q="marmelada")).items == []


class TestHealth:
    def test_a_page_is_gone_only_where_it_was_missing_a_day_ago_too(
        self, in_scope: Organization, site: PageSite
    ) -> None:
        a_link(in_scope, "/none")

        check(in_scope)
        check(in_scope)
        look_again(Asset.objects.get())
        check(in_scope)
        assert LinkPreview.objects.values_list("health", "failures").get() == ("unknown", 2)
        later(DAY + HOUR)
        check(in_scope)

        assert LinkPreview.objects.values_list("health", "failures").get() == ("gone", 3)
        # That a page is gone is a result, and nothing for people to mend.
        assert statuses(Stage.LINKS) == {"done": 1}
        assert len(page_of(LibraryFilter(link="gone")).items) == 1
        assert page_of(LibraryFilter(link="blocked")).items == []

    def test_a_page_that_comes_back_is_there_again(
        self, in_scope: Organization, site: PageSite
    ) -> None:
        a_link(in_scope, "/none")
        check(in_scope)
        later(DAY + HOUR)
        check(in_scope)

        site.answers["/none"] = site.answers["/quince"]
        assert look_again(Asset.objects.get())
        check(in_scope)

        found = LinkPreview.objects.get()
        assert (found.health, found.failures, found.failing_since) == ("ok", 0, None)

    @pytest.mark.parametrize("status", [401, 451])
    def test_a_page_that_is_refused_is_closed_to_us(
        self, in_scope: Organization, site: PageSite, status: int
    ) -> None:
        site.answers["/quince"] = (status, {}, b"")
        a_link(in_scope)

        check(in_scope)

        assert LinkPreview.objects.values_list("health", "error_code").get() == (
            "blocked",
            "forbidden",
        )

    def test_what_the_sites_rules_refuse_is_not_asked_for(
        self, in_scope: Organization, site: PageSite
    ) -> None:
        site.answers["/robots.txt"] = (200, {}, b"User-agent: *\nDisallow: /quince\n")
        a_link(in_scope)

        check(in_scope)

        assert site.pages == []
        assert LinkPreview.objects.values_list("health", "error_code").get() == (
            "blocked",
            "robots_refused",
        )

    def test_trouble_of_the_site_is_no_answer_and_is_tried_again(
        self, in_scope: Organization, site: PageSite
    ) -> None:
        site.answers["/quince"] = (503, {}, b"")
        a_link(in_scope)

        check(in_scope)

        assert LinkPreview.objects.get().health == "unknown"
        assert StageState.objects.values_list("status", "attempts", "error_code").get() == (
            "pending",
            1,
            "source_unavailable",
        )

    @pytest.mark.parametrize("status", [503, 418])
    def test_trouble_is_over_once_the_site_answers_again(
        self, in_scope: Organization, site: PageSite, status: int
    ) -> None:
        page = site.answers["/quince"]
        site.answers["/quince"] = (status, {}, b"")
        a_link(in_scope)
        for _ in range(MAX_ATTEMPTS):
            check(in_scope)
            later(2 * HOUR)
        assert statuses(Stage.LINKS) == {"failed": 1}

        site.answers["/quince"] = page
        later(DAY if status == 503 else 100 * DAY)
        check(in_scope)

        assert LinkPreview.objects.values_list("health", "error_code").get() == ("ok", "")
        assert statuses(Stage.LINKS) == {"done": 1}

    def test_a_site_that_nobody_reaches_for_long_is_gone(
        self, in_scope: Organization, site: PageSite
    ) -> None:
        a_link(in_scope)
        with override_settings(FETCH_HOST_MAP={"market.example.com": "127.0.0.1:9"}):
            health: list[tuple[str, str]] = []
            for _ in range(2):
                for _ in range(MAX_ATTEMPTS):
                    check(in_scope)
                    later(2 * HOUR)
                health += LinkPreview.objects.values_list("health", "error_code")
                later(7 * DAY)

        assert health == [("unknown", "network"), ("gone", "network")]
        assert statuses(Stage.LINKS) == {"done": 1}

    def test_a_site_that_asks_to_wait_holds_all_links_to_it_back(
        self, in_scope: Organization, site: PageSite
    ) -> None:
        site.answers["/quince"] = (429, {"Retry-After": "3600"}, b"")
        for _ in range(3):
            a_link(in_scope)

        check(in_scope)

        assert len(site.pages) == 1
        assert set(StageState.objects.values_list("status", "attempts", "error_code")) == {
            ("pending", 0, "rate_limited")
        }
        soonest = StageState.objects.order_by("due_at").values_list("due_at", flat=True)[0]
        assert soonest > timezone.now() + dt.timedelta(minutes=59)


class TestWhatIsNeverAsked:
    @pytest.mark.parametrize(
        "address",
        [
            "https://www.facebook.com/groups/1",
            "https://de.pinterest.com/pin/1/",
            "https://www.pinterest.co.uk/pin/1/",
            "https://pin.it/abc",
            "https://m.facebook.com:443/x",
            "https://fb.watch/1",
        ],
    )
    def test_pages_of_the_sources_themselves(self, address: str) -> None:
        assert is_walled(address)

    @pytest.mark.parametrize(
        "address", ["https://mypinterest.com/", "https://facebook.com.evil.example/", "http://["]
    )
    def test_others_are_not_taken_for_them(self, address: str) -> None:
        assert not is_walled(address)

    def test_what_has_a_picture_of_its_own_or_no_link(
        self, in_scope: Organization, site: PageSite
    ) -> None:
        a_link(in_scope, pictures=1)
        a_link(in_scope, link_url="javascript:alert(1)")
        a_link(in_scope, link_url="")
        a_link(in_scope, removed_at=timezone.now())

        assert queue_links(in_scope.pk) is None

    @pytest.mark.parametrize("settings", [{"ENRICH_LINKS": False}, {"DEMO": True}])
    def test_anything_where_that_is_switched_off_or_leads_out_of_the_demo(
        self, in_scope: Organization, site: PageSite, settings: dict[str, bool]
    ) -> None:
        a_link(in_scope)
        assert queue_links(in_scope.pk)

        with override_settings(**settings, FETCH_HOST_MAP={}):
            check(in_scope)

        assert site.asked == []
        assert statuses(Stage.LINKS) == {"n/a": 1}
        assert not LinkPreview.objects.exists()

    def test_addresses_of_the_inner_network_and_redirects_to_them(
        self, in_scope: Organization, site: PageSite
    ) -> None:
        with serving_pages() as inner:
            home = f"http://127.0.0.1:{inner.server_port}/"
            site.answers["/quince"] = (302, {"Location": home}, b"")
            for address in (home, f"http://localhost:{inner.server_port}/", "http://[::1]/"):
                a_link(in_scope, link_url=address)
            a_link(in_scope)

            check(in_scope)

            assert inner.asked == []
        assert site.pages == ["/quince"]
        assert set(LinkPreview.objects.values_list("health", "error_code")) == {
            ("blocked", "unsafe_url")
        }

    def test_more_of_a_page_than_fits(self, in_scope: Organization, site: PageSite) -> None:
        a_link(in_scope)

        with override_settings(PAGE_MAX_BYTES=100):
            check(in_scope)

        assert LinkPreview.objects.values_list("health", "title").get() == ("ok", "")


def work_stage_of_links(org: Organization) -> SyncRun:
    """Check the links that an import has just brought."""
    run = queue_links(org.pk)
    assert run is not None
    make_due(run.pk, org)
    return work(run)
