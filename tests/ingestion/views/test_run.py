"""One run on its page: what it is at, what became of its records, what happens next."""

import csv
import datetime as dt
import io
import re
from html import unescape
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.db import connection
from django.db.models import F
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from ingestion.codes import FailureType
from ingestion.driver import start_run
from ingestion.engine import runs as engine
from ingestion.models import RunItem, SyncRun
from ingestion.models.item import ItemOutcome
from ingestion.models.run import RunState
from ingestion.pins.kind import standing_job
from ingestion.taxonomy import Failure
from media.models import Asset, StageState
from media.models.stage import Stage, StageStatus
from tenants.models import Organization
from tenants.permissions import Role
from tenants.scope import org_scope
from tenants.urls_for import org_reverse
from tests.conftest import ClientFor, MemberClient
from tests.ingestion.crawler import as_json, as_zip, quirky_rows
from tests.ingestion.stages.units import queue_pictures, queue_stage
from tests.ingestion.support import claimed, import_bytes, make_due, queue_import, tidy
from tests.ingestion.views.support import HTMX, html_of, text_of

STOPS_POLLING = 286


def address(run: SyncRun, name: str = "run") -> str:
    with org_scope(run.org_id):
        return org_reverse(run.org, f"ingestion:{name}", run_id=run.pk)


def fail(run: SyncRun, failure: Failure) -> None:
    held = claimed(run)
    with org_scope(run.org_id):
        engine.fail_run(held, failure)


def failed_fetch(org: Organization, *, count: int = 1) -> SyncRun:
    """Return a run of the stage that gave ``count`` pictures up."""
    with org_scope(org.pk):
        states = queue_pictures(org, [f"https://example.com/{n}.jpg" for n in range(count)])
        run = queue_stage(org, Stage.FETCH)
        held = claimed(run)
        StageState.objects.filter(pk__in=[state.pk for state in states]).update(
            status=StageStatus.FAILED, error_code="not_found", updated_at=timezone.now()
        )
        SyncRun.objects.filter(pk=run.pk).update(raw_count=count, failed_count=count)
        engine.finish_run(held, with_warnings=True)
    return run


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


class TestItems:
    @pytest.mark.parametrize("name", ["outcome", "reason", "after"])
    @pytest.mark.parametrize("kind", ["fetch", "import"])
    def test_for_what_no_database_can_hold_are_none(
        self, org: Organization, member_client: MemberClient, name: str, kind: str
    ) -> None:
        run = failed_fetch(org) if kind == "fetch" else import_bytes(org, as_zip(quirky_rows()))

        response = member_client.get(address(run), {name: "\0"})

        assert response.status_code == HTTPStatus.OK

    def test_that_failed_are_tried_again_only_where_the_work_is_not_a_whole(
        self, org: Organization, member_client: MemberClient
    ) -> None:
        run = tidy(org)
        with org_scope(org.pk):
            SyncRun.objects.filter(pk=run.pk).update(raw_count=F("raw_count") + 1, failed_count=1)

        html = html_of(member_client.get(address(run)))

        assert 'id="items"' in html
        assert "run-retry-failed" not in html

    def test_are_narrowed_by_outcome_and_reason(
        self, org: Organization, member_client: MemberClient
    ) -> None:
        run = import_bytes(org, as_zip(quirky_rows()))

        skipped = member_client.get(address(run)).context["items"]
        new = member_client.get(f"{address(run)}?outcome=new").context["items"]
        doubles = member_client.get(
            f"{address(run)}?outcome=skipped&reason=duplicate_in_file"
        ).context["items"]

        assert (skipped.outcome, len(skipped.rows)) == ("skipped", 4)
        assert sum(choice.count for choice in skipped.reasons) == 4
        assert all(row.asset_id for row in new.rows)
        assert [row.number for row in doubles.rows] == [51, 52]

    def test_go_on_behind_their_last_row(
        self, org: Organization, member_client: MemberClient, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("ingestion.runs_page.items.PAGE_SIZE", 2)
        run = import_bytes(org, as_zip(quirky_rows()))

        first = member_client.get(address(run)).context["items"]
        second = member_client.get(f"{address(run)}?after={first.following}").context["items"]

        assert [row.number for row in first.rows] == [51, 52]
        assert [row.number for row in second.rows] == [53, 54]
        assert (second.following, second.is_first) == ("", False)

    def test_whose_asset_is_gone_lead_nowhere(
        self, org: Organization, member_client: MemberClient
    ) -> None:
        run = import_bytes(org, as_zip(quirky_rows()))
        with org_scope(org.pk):
            Asset.objects.all().delete()

        items = member_client.get(f"{address(run)}?outcome=new").context["items"]

        assert len(items.rows) == 50
        assert not any(row.asset_id for row in items.rows)

    def test_of_a_trial_say_what_would_become_of_them(
        self, org: Organization, member_client: MemberClient
    ) -> None:
        run = import_bytes(org, as_zip(quirky_rows()), is_dry_run=True)

        words = text_of(member_client.get(address(run)))

        assert "Would be added 50" in words
        assert "it reads everything and writes nothing" in words

    def test_of_a_stage_are_the_pictures_it_gave_up(
        self, org: Organization, member_client: MemberClient
    ) -> None:
        run = failed_fetch(org, count=2)

        response = member_client.get(address(run))

        words = text_of(response)
        assert "Pictures with trouble" in words
        assert "It is gone at the source." in words
        assert len(response.context["items"].rows) == 2
        assert "Fetch again what failed" in words

    def test_of_a_stage_are_also_those_that_wait_for_another_try(
        self, org: Organization, member_client: MemberClient
    ) -> None:
        run = failed_fetch(org, count=2)
        with org_scope(org.pk):
            failed = StageState.objects.filter(status=StageStatus.FAILED)
            StageState.objects.filter(pk=failed[0].pk).update(
                status=StageStatus.PENDING,
                error_code="source_unavailable",
                due_at=timezone.now() + dt.timedelta(minutes=5),
            )

        response = member_client.get(f"{address(run)}?outcome=waiting")

        [row] = response.context["items"].rows
        assert row.label == "Waits"
        assert "The site has trouble of its own; we try again. Next try:" in text_of(response)
        assert [choice.count for choice in response.context["items"].outcomes] == [1, 1]

    @pytest.mark.parametrize("count", [1, 7])
    def test_of_a_stage_cost_the_same_for_any_number(
        self, org: Organization, member_client: MemberClient, count: int
    ) -> None:
        url = address(failed_fetch(org, count=count), "run_items")
        member_client.get(url)

        with CaptureQueriesContext(connection) as queries:
            member_client.get(url)

        relevant = [q for q in queries if "ingestion_run" in q["sql"] or "media_" in q["sql"]]
        assert len(relevant) == 7


class TestDownload:
    def rows_of(self, response: Any) -> list[dict[str, str]]:
        text = response.getvalue().decode("utf-8-sig")
        return list(csv.DictReader(io.StringIO(text)))

    def test_is_every_record_with_its_reason(
        self, org: Organization, member_client: MemberClient
    ) -> None:
        run = import_bytes(org, as_zip(quirky_rows()))

        rows = self.rows_of(member_client.get(address(run, "run_download")))
        skipped = self.rows_of(member_client.get(f"{address(run, 'run_download')}?outcome=skipped"))

        assert [row["record"] for row in rows] == [str(n) for n in range(1, 55)]
        assert {row["outcome"] for row in skipped} == {"skipped"}
        assert all(row["why"] for row in skipped)
        assert rows[0]["asset"].startswith("http://testserver/o/acme/assets/")

    def test_comes_in_batches(
        self, org: Organization, member_client: MemberClient, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("ingestion.runs_page.download.BATCH", 10)
        run = import_bytes(org, as_zip(quirky_rows()))

        response = member_client.get(address(run, "run_download"))

        assert response.streaming
        assert len(self.rows_of(response)) == 54

    def test_runs_no_formula(self, org: Organization, member_client: MemberClient) -> None:
        run = import_bytes(org, as_zip(quirky_rows()))
        with org_scope(org.pk):
            RunItem.objects.filter(run=run, outcome=ItemOutcome.SKIPPED).update(
                excerpt="=HYPERLINK(1)", asset_id=None
            )

        rows = self.rows_of(member_client.get(f"{address(run, 'run_download')}?outcome=skipped"))

        assert {row["title"] for row in rows} == {"'=HYPERLINK(1)"}

    def test_of_a_stage_is_what_it_gave_up(
        self, org: Organization, member_client: MemberClient
    ) -> None:
        rows = self.rows_of(member_client.get(address(failed_fetch(org, count=3), "run_download")))

        assert [row["code"] for row in rows] == ["not_found"] * 3
