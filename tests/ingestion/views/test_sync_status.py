"""Sync status on the page that people land on."""

import datetime as dt
import re
from http import HTTPStatus
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from connectors.models import Connection
from ingestion.freshness.datasets import PICTURES, SAVED_ITEMS, STORED_FILES, THUMBNAILS
from ingestion.freshness.states import Freshness
from ingestion.models import DatasetStatus, Job
from ingestion.models.job import JobKind, JobState
from tenants.models import Organization
from tenants.permissions import Role
from tenants.scope import org_scope
from tenants.urls_for import org_reverse
from tests.conftest import ClientFor, MemberClient
from tests.ingestion.support import queue_run
from tests.ingestion.views.support import HTMX, html_of, text_of
from tests.media.making import make_asset

STOPS_POLLING = 286
FOLDED = '<details class="sync" id="sync-status" >'
UNFOLDED = '<details class="sync" id="sync-status" open>'


@pytest.fixture
def fresh(org: Organization) -> DatasetStatus:
    """Pictures that are up to date, in a library that is not empty."""
    with org_scope(org.pk):
        make_asset(org)
    return dataset(org, PICTURES)


def dataset(org: Organization, name: str, **values: Any) -> DatasetStatus:
    """Return a dataset that succeeded a moment ago, unless ``values`` say otherwise."""
    now = timezone.now()
    known = {"state": Freshness.FRESH, "as_of": now, "last_success_at": now}
    with org_scope(org.pk):
        status, _ = DatasetStatus.objects.update_or_create(
            org=org,
            name=name,
            connection=values.pop("connection", None),
            defaults={**known, **values},
        )
    return status


def library(org: Organization) -> str:
    return org_reverse(org, "media:library")


def panel(org: Organization) -> str:
    return org_reverse(org, "ingestion:sync_status")


class TestPanel:
    def test_is_one_quiet_line_when_all_is_well(
        self, org: Organization, member_client: MemberClient, fresh: DatasetStatus
    ) -> None:
        response = member_client.get(library(org))

        assert "All up to date, checked" in text_of(response)
        assert FOLDED in html_of(response)

    def test_names_the_worst_first_with_the_one_action(
        self, org: Organization, member_client: MemberClient, fresh: DatasetStatus
    ) -> None:
        with org_scope(org.pk):
            source = Connection.objects.create(org=org, source="pinterest", name="Pinterest")
            job = Job.objects.create(
                org=org,
                kind=JobKind.FETCH,
                is_one_off=False,
                connection=source,
                state=JobState.PAUSED,
                paused_at=timezone.now(),
            )
        dataset(org, SAVED_ITEMS, connection=source, state=Freshness.ACTION)
        dataset(org, THUMBNAILS, state=Freshness.PAUSED, job=job)

        response = member_client.get(library(org))

        words, html = text_of(response), html_of(response)
        assert "2 of 3 need a look" in words
        # The banner above has told.
        assert FOLDED in html
        order = [
            words.index(name) for name in ("Needs you Pinterest", "Paused Thumb", "Up to date P")
        ]
        assert order == sorted(order)
        assert f'action="{org_reverse(org, "ingestion:job_resume", job_id=job.pk)}"' in html

    def test_unfolds_for_what_the_banner_does_not_speak_of(
        self, org: Organization, member_client: MemberClient, fresh: DatasetStatus
    ) -> None:
        late = timezone.now() - dt.timedelta(days=3)
        dataset(org, STORED_FILES, state=Freshness.STALE, as_of=late)

        html = html_of(member_client.get(library(org)))

        assert UNFOLDED in html

    def test_folds_over_what_the_banner_tells_and_leads_on(
        self, org: Organization, member_client: MemberClient, fresh: DatasetStatus
    ) -> None:
        late = timezone.now() - dt.timedelta(days=3)
        dataset(org, PICTURES, state=Freshness.STALE, as_of=late, oldest_pending_at=late)

        response = member_client.get(library(org))

        assert "1 of 1 needs a look" in text_of(response)
        assert FOLDED in html_of(response)
        assert f'href="{org_reverse(org, "ingestion:pipelines")}">Pipelines</a>' in html_of(
            response
        )

    def test_calls_nothing_well_of_which_some_failed(
        self, org: Organization, member_client: MemberClient
    ) -> None:
        dataset(org, THUMBNAILS, failed_count=3)

        words = text_of(member_client.get(panel(org), headers=HTMX))

        assert "Needs a look Thumbnails 3 thumbnails" in words

    def test_offers_a_viewer_no_action(
        self, org: Organization, client_for: ClientFor, fresh: DatasetStatus
    ) -> None:
        dataset(org, THUMBNAILS, failed_count=3)

        panel_html = html_of(client_for(Role.VIEWER).get(panel(org), headers=HTMX))

        assert "Thumbnails" in panel_html
        assert "<form" not in panel_html

    def test_is_not_there_where_nothing_was_ever_brought(
        self, org: Organization, member_client: MemberClient
    ) -> None:
        with org_scope(org.pk):
            make_asset(org)
        dataset(org, PICTURES, state=Freshness.NEVER, as_of=None, last_success_at=None)

        assert "sync-status" not in html_of(member_client.get(library(org)))


class TestPolling:
    def test_stops_where_all_is_at_rest(
        self, org: Organization, member_client: MemberClient, fresh: DatasetStatus
    ) -> None:
        response = member_client.get(panel(org), headers=HTMX)

        assert response.status_code == STOPS_POLLING
        assert 'id="sync-summary" hx-swap-oob="true"' in html_of(response)

    def test_says_nothing_twice_while_a_run_is_in_line(
        self, org: Organization, member_client: MemberClient, fresh: DatasetStatus
    ) -> None:
        with org_scope(org.pk):
            job = Job.objects.get(kind=JobKind.FETCH)
        queue_run(job)
        dataset(org, PICTURES, job=job)
        first = member_client.get(panel(org), headers=HTMX)

        [version] = re.findall(r"seen=(\w+)", html_of(first))
        again = member_client.get(f"{panel(org)}?seen={version}", headers=HTMX)

        assert 'hx-trigger="every 15s' in html_of(first)
        assert again.status_code == HTTPStatus.NO_CONTENT

    @pytest.mark.parametrize("count", [1, 6])
    def test_is_one_query_for_any_number_of_sources(
        self, org: Organization, member_client: MemberClient, count: int
    ) -> None:
        for number in range(count):
            with org_scope(org.pk):
                source = Connection.objects.create(org=org, source="web", name=f"Site {number}")
            late = timezone.now() - dt.timedelta(days=3)
            dataset(org, SAVED_ITEMS, connection=source, state=Freshness.STALE, as_of=late)
        member_client.get(panel(org))

        with CaptureQueriesContext(connection) as queries:
            member_client.get(panel(org))

        assert len([q for q in queries if "ingestion_" in q["sql"]]) == 1


def test_a_row_says_why_and_leads_to_its_line(
    org: Organization, member_client: MemberClient, fresh: DatasetStatus
) -> None:
    with org_scope(org.pk):
        source = Connection.objects.create(org=org, source="pinterest", name="Pinterest")
        job = Job.objects.create(org=org, kind=JobKind.DROP, connection=source, is_one_off=False)
    dataset(
        org,
        "drop_folder",
        connection=source,
        job=job,
        state=Freshness.ACTION,
        consecutive_failures=1,
        failure_type="config_error",
        error_code="drop_folder_missing",
        user_message="There is no folder “exports”.",
    )

    response = member_client.get(panel(org), headers=HTMX)

    assert "needs you. There is no folder “exports”." in text_of(response)
    line = f"{org_reverse(org, 'ingestion:pipelines')}#line-{job.pk}"
    assert f'href="{line}"' in html_of(response)
    folder = f"{org_reverse(org, 'ingestion:drop_folder')}?connection={source.pk}#watch"
    assert f'href="{folder}"' in html_of(response)
