"""What the terms of a source do not allow is not done with what came from there."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.test import override_settings
from pytest_django import DjangoAssertNumQueries

from connectors.base import Use
from connectors.models import Connection, Keep
from connectors.policy import gate_of
from connectors.policy.uses import allowing
from ingestion.models.run import RunState
from media.again import Which, requeue
from media.barring import barred_assets
from media.library.detail import pictures_of
from media.models import Asset, AssetMedia, StageState
from media.models.stage import Stage
from tenants.models import Organization
from tenants.urls_for import org_reverse
from tests.conftest import MemberClient
from tests.connectors.policy.reviews import OFFICIAL, review
from tests.ingestion.policy.reports import Via, by_file, linked, report
from tests.ingestion.stages.sites import PictureSite, picture_site
from tests.ingestion.stages.units import queue_pictures, work_stage
from tests.media.making import make_asset

pytestmark = pytest.mark.django_db

LIVE: dict[str, Any] = {"keep": Keep.LIVE, "allows_ai": False, "allows_faces": False}
SAID = [None, LIVE, {"allows_ai": False}, {"allows_faces": False}, {}]
ADDRESS = "https://fast.example.com/{}.jpg"


@pytest.fixture
def site() -> Iterator[PictureSite]:
    with picture_site() as site:
        yield site


@pytest.fixture(autouse=True)
def mapped(site: PictureSite) -> Iterator[None]:
    with override_settings(FETCH_HOST_MAP={"fast.example.com": site.address}):
        yield


@pytest.fixture
def account(in_scope: Organization) -> Connection:
    return linked(in_scope)


def picture_of(connection: Connection, via: Via = Via.API) -> StageState:
    """Let a picture wait whose asset the connection has brought."""
    number = StageState.objects.count()
    (state,) = queue_pictures(connection.org, [ADDRESS.format(number)])
    assert state.media is not None
    report(state.media.asset, connection, via)
    return state


class TestBarredAssets:
    @pytest.mark.parametrize(
        "said", [None, LIVE, {"allows_ai": False}, {"allows_faces": False}, {}]
    )
    @pytest.mark.parametrize("use", list(Use))
    def test_are_those_that_the_gate_does_not_allow(
        self, account: Connection, use: Use, said: dict[str, Any] | None
    ) -> None:
        if said is not None:
            review(OFFICIAL, **said)
        asset = make_asset(account.org)
        report(asset, account)

        is_allowed = gate_of(OFFICIAL).retention.allows(use)

        assert barred_assets(use).filter(pk=asset.pk).exists() is not is_allowed
        assert Connection.objects.filter(allowing(use)).exists() is is_allowed

    def test_are_not_those_that_came_another_way_as_well(self, account: Connection) -> None:
        review(OFFICIAL, **LIVE)
        both, nobodys = make_asset(account.org), make_asset(account.org)
        report(both, account)
        report(both, by_file(account.org), Via.EXPORT)

        assert not barred_assets("store").filter(pk__in=[both.pk, nobodys.pk]).exists()

    def test_are_those_of_a_connector_that_nobody_knows(self, in_scope: Organization) -> None:
        asset = make_asset(in_scope)
        report(asset, linked(in_scope, connector="of_another_version"))

        assert barred_assets("store").filter(pk=asset.pk).exists()

    def test_cost_no_query_of_their_own(
        self, account: Connection, django_assert_num_queries: DjangoAssertNumQueries
    ) -> None:
        with django_assert_num_queries(1):
            list(Asset.objects.filter(pk__in=barred_assets("ai")))


class TestPictures:
    def test_of_a_live_view_are_not_fetched_and_say_why(
        self, account: Connection, site: PictureSite
    ) -> None:
        review(OFFICIAL, **LIVE)
        barred, free = picture_of(account), picture_of(by_file(account.org), Via.EXPORT)

        run = work_stage(account.org, Stage.FETCH)

        assert (run.state, run.raw_count, run.new_count) == (RunState.SUCCEEDED, 1, 1)
        assert site.asked == ["/1.jpg"]
        barred.refresh_from_db()
        free.refresh_from_db()
        assert (barred.status, barred.error_code, barred.attempts) == (
            "n/a", "use_not_permitted", 0,
        )  # fmt: skip
        assert free.status == "done"
        assert barred.media is not None
        (shown,) = pictures_of(barred.media.asset)
        assert (shown.state, shown.is_withheld, shown.failure) == (
            "failed",
            True,
            "The terms of its source let it be seen there, and not be kept here",
        )

    def test_lead_to_their_source_where_they_are_shown(
        self, account: Connection, member_client: MemberClient
    ) -> None:
        review(OFFICIAL, **LIVE)
        state = picture_of(account)
        assert state.media is not None
        asset = state.media.asset
        Asset.objects.filter(pk=asset.pk).update(source_url="https://www.pinterest.com/pin/7/")
        work_stage(account.org, Stage.FETCH)

        page = member_client.get(org_reverse(account.org, "media:asset", asset_id=asset.pk)).text

        (stage,) = re.findall(r'<div class="viewer__state">(.*?)</div>', page, re.DOTALL)
        assert 'href="https://www.pinterest.com/pin/7/"' in stage
        assert "See it at its source" in stage
        assert "Everything else about it is kept" not in stage

    def test_alone_in_line_end_the_run_all_the_same(
        self, account: Connection, site: PictureSite
    ) -> None:
        review(OFFICIAL, **LIVE)
        picture_of(account)

        assert work_stage(account.org, Stage.FETCH).state == RunState.SUCCEEDED
        assert site.asked == []

    def test_are_not_what_is_missing(self, account: Connection) -> None:
        review(OFFICIAL, **LIVE)
        picture_of(account)
        work_stage(account.org, Stage.FETCH)

        assert requeue(Stage.FETCH, Which.MISSING) == 0
        review(OFFICIAL, keep=Keep.ALWAYS)
        assert requeue(Stage.FETCH, Which.MISSING) == 1

    def test_that_may_be_kept_are_fetched(self, account: Connection) -> None:
        review(OFFICIAL, keep=Keep.DAYS, keep_days=10)
        picture_of(account)

        assert work_stage(account.org, Stage.FETCH).new_count == 1
        assert AssetMedia.objects.filter(blob__isnull=False).count() == 1


class TestLinks:
    def test_of_a_live_view_are_not_followed(self, account: Connection, site: PictureSite) -> None:
        review(OFFICIAL, **LIVE)
        asset = make_asset(account.org, link_url=ADDRESS.format("page"))
        report(asset, account)
        state = StageState.objects.create(org=account.org, stage=Stage.LINKS, asset=asset)

        work_stage(account.org, Stage.LINKS)

        state.refresh_from_db()
        assert (state.status, state.error_code) == ("n/a", "use_not_permitted")
        assert site.asked == []
