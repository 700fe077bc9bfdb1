"""One run on its page: what it is at, and what happens next."""

import datetime as dt
import re
from html import unescape
from http import HTTPStatus
from urllib.parse import parse_qs, urlsplit

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from ingestion.codes import FailureType
from ingestion.driver import start_run
from ingestion.models import SyncRun
from ingestion.models.run import RunState
from ingestion.pins.kind import standing_job
from ingestion.taxonomy import Failure
from tenants.models import Organization
from tenants.permissions import Role
from tenants.scope import org_scope
from tests.conftest import ClientFor, MemberClient
from tests.ingestion.crawler import as_json, as_zip, quirky_rows
from tests.ingestion.support import claimed, import_bytes, make_due, queue_import, tidy
from tests.ingestion.views.run_pages import address, fail
from tests.ingestion.views.support import HTMX, html_of, text_of

STOPS_POLLING = 286


class TestRun:
    def test_shows_figures_that_add_up_and_what_happened(
        self, org: Organization, member_client: MemberClient
    ) -> None:
        run = import_bytes(org, as_zip(quirky_rows()))

        response = member_client.get(address(run))

        words = text_of(response)
        assert re.search(r"New 50 Updated 0 Unchanged 0 Skipped 4 Failed 0 All records 54", words)
        assert "Finished" in words
        assert "Begun" in words
        assert "The import and its report" in words
        assert "style=" not in html_of(response)
        assert "hx-trigger" not in html_of(response).split('id="run-live"')[1].split(">")[0]

    def test_sums_nothing_up_where_each_step_counts_the_same_pins(
        self, org: Organization, member_client: MemberClient
    ) -> None:
        with org_scope(org.pk):
            run = start_run(standing_job(org.pk))
            SyncRun.objects.filter(pk=run.pk).update(
                raw_count=40, updated_count=30, failed_count=10
            )

        words = text_of(member_client.get(address(run)))

        assert "New 0 Updated 30 Unchanged 0 Skipped 0 Failed 10 Each step counts" in words
        assert "All records" not in words

    def test_says_large_what_went_wrong_and_small_its_code(
        self, org: Organization, member_client: MemberClient
    ) -> None:
        run = queue_import(org, as_zip(quirky_rows()))
        fail(run, Failure(FailureType.TRANSIENT, "network", "The site could not be reached."))

        response = member_client.get(address(run))

        words, html = text_of(response), html_of(response)
        assert "<strong>The site could not be reached.</strong>" in html
        assert "<code>network</code>" in html
        assert "Tries again at" in words
        assert "Retry now" in words
        assert 'hx-trigger="every 2s' in html

    def test_gives_no_reason_for_turns_that_it_does_not_know(
        self, org: Organization, member_client: MemberClient
    ) -> None:
        run = queue_import(org, as_zip(quirky_rows()))
        for _ in range(2):
            make_due(run.pk, org)
            fail(run, Failure(FailureType.TRANSIENT, "network", "The site could not be reached."))

        words = text_of(member_client.get(address(run)))

        # Nobody else wanted a turn: it failed twice.
        assert "worked in 2 turns" in words
        assert "had theirs" not in words

    def test_offers_a_viewer_no_button(self, org: Organization, client_for: ClientFor) -> None:
        run = queue_import(org, as_zip(quirky_rows()))
        fail(run, Failure(FailureType.TRANSIENT, "network", "The site could not be reached."))

        response = client_for(Role.VIEWER).get(address(run))

        words = text_of(response)
        assert "Tries again at" in words
        assert "Retry now" not in words
        assert "run-cancel" not in html_of(response)

    def test_shows_the_steps_with_what_became_of_each(
        self, org: Organization, member_client: MemberClient
    ) -> None:
        words = text_of(member_client.get(address(tidy(org))))

        assert "Emptying of the trash Done" in words

    @pytest.mark.parametrize("count", [3, 54])
    def test_costs_the_same_for_any_number_of_records(
        self, org: Organization, member_client: MemberClient, count: int
    ) -> None:
        run = import_bytes(org, as_json(quirky_rows()[-count:]), name="pins.json")
        member_client.get(address(run))

        with CaptureQueriesContext(connection) as queries:
            member_client.get(address(run))

        relevant = [q for q in queries if "ingestion_run" in q["sql"] or "media_" in q["sql"]]
        assert len(relevant) <= 4

    def test_of_others_does_not_exist(
        self, other_org: Organization, member_client: MemberClient
    ) -> None:
        theirs = import_bytes(other_org, as_zip(quirky_rows()))

        for name in ("run", "run_live", "run_items", "run_download"):
            url = address(theirs, name).replace("/o/other/", "/o/acme/")
            assert member_client.get(url).status_code == HTTPStatus.NOT_FOUND
        for name in ("run_cancel", "run_retry_now", "run_retry_failed"):
            url = address(theirs, name).replace("/o/other/", "/o/acme/")
            assert member_client.post(url).status_code == HTTPStatus.NOT_FOUND


class TestLive:
    def test_is_one_query_over_the_engine(
        self, org: Organization, member_client: MemberClient
    ) -> None:
        run = queue_import(org, as_zip(quirky_rows()))
        claimed(run)
        url = address(run, "run_live")
        member_client.get(url, headers=HTMX)

        with CaptureQueriesContext(connection) as queries:
            member_client.get(url, headers=HTMX)

        relevant = [q for q in queries if "ingestion_" in q["sql"] or "media_" in q["sql"]]
        assert len(relevant) == 1

    def test_says_nothing_twice(self, org: Organization, member_client: MemberClient) -> None:
        run = queue_import(org, as_zip(quirky_rows()))
        claimed(run)
        url = address(run, "run_live")
        version = member_client.get(url, headers=HTMX).context["version"]

        again = member_client.get(f"{url}?seen={version}", headers=HTMX)

        assert again.status_code == HTTPStatus.NO_CONTENT

    def test_stops_at_the_end_and_brings_what_became_of_the_records(
        self, org: Organization, member_client: MemberClient
    ) -> None:
        run = import_bytes(org, as_zip(quirky_rows()))

        response = member_client.get(address(run, "run_live"), headers=HTMX)

        html = html_of(response)
        assert response.status_code == STOPS_POLLING
        assert 'id="run-items" hx-swap-oob="true"' in html
        assert 'id="run-history" hx-swap-oob="true"' in html
        assert '"Done."' in response["HX-Trigger"]

    def test_asks_seldom_while_the_run_waits(
        self, org: Organization, member_client: MemberClient
    ) -> None:
        run = queue_import(org, as_zip(quirky_rows()))
        with org_scope(org.pk):
            SyncRun.objects.filter(pk=run.pk).update(
                state=RunState.RETRY_WAIT, run_after=timezone.now() + dt.timedelta(hours=1)
            )

        html = html_of(member_client.get(address(run, "run_live"), headers=HTMX))

        assert 'hx-trigger="every 15s' in html

    def test_tells_the_pace_of_what_the_page_has_seen(
        self, org: Organization, member_client: MemberClient
    ) -> None:
        run = queue_import(org, as_zip(quirky_rows()))
        claimed(run)
        with org_scope(org.pk):
            SyncRun.objects.filter(pk=run.pk).update(
                raw_count=4_000, new_count=4_000, bytes_read=400, bytes_total=1_000
            )
        now = int(timezone.now().timestamp())
        seen = ".".join(f"{now - 40 + 8 * i}-{800 * i}" for i in range(5))

        words = text_of(member_client.get(f"{address(run, 'run_live')}?samples={seen}"))

        assert re.search(r"4,000 records (9\d|100) a second · about 1 minute left", words)

    def test_brings_the_records_once_the_first_have_come_and_then_how_many_there_are(
        self, org: Organization, member_client: MemberClient
    ) -> None:
        run = queue_import(org, as_zip(quirky_rows()))
        claimed(run)
        url = address(run, "run_live")

        def answer(**counts: int) -> str:
            with org_scope(org.pk):
                SyncRun.objects.filter(pk=run.pk).update(raw_count=sum(counts.values()), **counts)
            return html_of(member_client.get(f"{url}?shown={shown}", headers=HTMX))

        shown = ""
        assert "run-outcomes" not in answer()
        first = answer(new_count=30)
        assert 'id="run-items" hx-swap-oob="true"' in first
        assert first.count("hx-swap-oob") == 2
        assert "&amp;shown=new" in first

        shown = "new"
        later = answer(new_count=1_204, failed_count=2)

        assert 'id="run-items"' not in later
        assert 'id="run-outcomes" hx-swap-oob="true"' in later
        assert re.findall(r'chip__count">([0-9,]+)<', later) == ["2", "1,204"]
        assert "aria-current" in later.split('id="run-outcome-new"')[1].split(">")[0]

    def test_keeps_the_records_that_its_reader_chose(
        self, org: Organization, member_client: MemberClient
    ) -> None:
        run = queue_import(org, as_zip(quirky_rows()))

        html = html_of(member_client.get(address(run), {"outcome": "skipped", "reason": "a&b"}))

        [asked] = re.findall(r'hx-get="([^"]+)"', html.split('id="run-live"')[1])[:1]
        kept = parse_qs(urlsplit(unescape(asked)).query)
        assert (kept["outcome"], kept["reason"]) == (["skipped"], ["a&b"])
