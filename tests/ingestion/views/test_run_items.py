"""What became of each record of a run: on its page, and as a file."""

import csv
import datetime as dt
import io
from http import HTTPStatus
from typing import Any

import pytest
from django.db import connection
from django.db.models import F
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from ingestion.models import RunItem, SyncRun
from ingestion.models.item import ItemOutcome
from media.models import Asset, StageState
from media.models.stage import StageStatus
from tenants.models import Organization
from tenants.scope import org_scope
from tests.conftest import MemberClient
from tests.ingestion.crawler import as_zip, quirky_rows
from tests.ingestion.support import import_bytes, tidy
from tests.ingestion.views.run_pages import address, failed_fetch
from tests.ingestion.views.support import html_of, text_of


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
