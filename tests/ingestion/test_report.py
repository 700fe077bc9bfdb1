"""The report: the same figures everywhere, and the rows behind them however many."""

import csv
import io
import re
import tracemalloc
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from connectors.items import RejectionReason
from ingestion.gather.ledger import ALREADY_HERE, SAME_BYTES, TOO_SMALL
from ingestion.imports.report import LABELS, REASONS, rejected_csv, report_of
from ingestion.models import Job, RunItem, SyncRun
from ingestion.pins.details import CLOSED
from ingestion.pins.normalize import BAD_ID, MERGED
from ingestion.pins.repair import NO_ORIGIN
from tenants.models import Organization
from tenants.permissions import Role
from tenants.scope import org_scope
from tests.conftest import MemberClient
from tests.factories import MembershipFactory
from tests.ingestion.crawler import as_json, quirky_rows
from tests.ingestion.support import counts, import_bytes, queue_run
from tests.ingestion.views.support import address, job_of, text_of
from tests.tenants.tokens import bearer, token_of

OUTCOMES = ("new", "updated", "unchanged", "skipped", "failed")
MANY = 6_000
BATCH = 500


def rows_with_failures() -> list[Any]:
    """Return 57 records: 50 new, 4 skipped, 3 that nothing identifies."""
    return [*quirky_rows(), *({"title": f"=cmd|{number}", "images": {}} for number in range(3))]


class TestReasons:
    def test_each_has_a_word_and_a_sentence(self) -> None:
        of_pictures = {ALREADY_HERE, SAME_BYTES, TOO_SMALL}
        assert (
            set(LABELS)
            == set(REASONS)
            == {*RejectionReason, *of_pictures, BAD_ID, MERGED, NO_ORIGIN, CLOSED}
        )


class TestEverywhere:
    """A file with failures: page, API, CSV and command line say the same."""

    @pytest.fixture(params=[True, False], ids=["preflight", "import"])
    def run(self, org: Organization, request: pytest.FixtureRequest) -> SyncRun:
        content = as_json(rows_with_failures())
        return import_bytes(org, content, name="pins.json", is_dry_run=request.param)

    def test_every_record_is_accounted_for(self, run: SyncRun) -> None:
        found = counts(run)

        assert found["raw"] == 57 == sum(found[name] for name in OUTCOMES)
        assert (found["new"], found["skipped"], found["failed"]) == (50, 4, 3)

    def test_the_reasons_add_up_to_what_was_not_ingested(self, run: SyncRun) -> None:
        with org_scope(run.org_id):
            report = report_of(run)

        assert sum(each.count for each in report.reasons) == report.skipped + report.failed == 7

    def test_on_the_page(self, run: SyncRun, member_client: MemberClient) -> None:
        page = member_client.get(
            address(member_client.membership.org, "import_detail", job_of(run))
        )

        words = text_of(page)
        assert "All records 57" in words
        assert re.search(r"Skipped 4 .*Failed 3 ", words)
        assert page.context["report"].rejected == len(page.context["rows"]) == 7

    def test_in_the_api(self, org: Organization, run: SyncRun, client: Client) -> None:
        headers = bearer(token_of(MembershipFactory.create(org=org, role=Role.EDITOR)))

        report = client.get(f"/api/v1/imports/{run.job_id}", headers=headers).json()["report"]

        assert {name: report[name] for name in ("raw", *OUTCOMES)} == counts(run)
        assert sum(each["count"] for each in report["reasons"]) == 7

    def test_in_the_csv(self, run: SyncRun) -> None:
        with org_scope(run.org_id):
            lines = list(csv.DictReader(io.StringIO("".join(rejected_csv(run)))))

        assert [line["outcome"] for line in lines] == ["skipped"] * 4 + ["failed"] * 3
        assert [int(line["record"]) for line in lines] == list(range(51, 58))

    def test_on_the_command_line(
        self, org: Organization, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        MembershipFactory.create(org=org)
        path = tmp_path / "pins.json"
        path.write_bytes(as_json(rows_with_failures()))

        call_command("import_export", str(path), org=org.slug, dry_run=True)

        words = " ".join(capsys.readouterr().out.split())
        assert words.startswith("57 records (55 parsed) 50 would be new")
        assert "4 skipped 3 failed 3 failed: no_id" in words


@pytest.fixture
def crowded(in_scope: Organization) -> SyncRun:
    """A run of very many records, none of which was ingested."""
    run = queue_run(Job.objects.create(org=in_scope, kind="import"))
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO ingestion_runitem (id, org_id, run_id, ordinal, outcome, reason,"
            " source_ref, detail, excerpt) SELECT gen_random_uuid(), %s, %s, n,"
            " CASE n %% 2 WHEN 0 THEN 'skipped' ELSE 'failed' END, 'no_id', '', '',"
            " repeat('x', 200) FROM generate_series(0, %s) n",
            [in_scope.pk, run.pk, MANY - 1],
        )
    return run


class TestCsv:
    def test_of_very_many_rows_comes_in_order_and_takes_little_memory(
        self, crowded: SyncRun
    ) -> None:
        places = 0
        tracemalloc.start()
        try:
            with CaptureQueriesContext(connection) as queries:
                for place, line in enumerate(rejected_csv(crowded, batch=BATCH)):
                    assert place == 0 or line.startswith(f"{place},")
                    places = place
            _, peak_bytes = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()

        assert places == MANY
        assert len(queries) <= MANY // BATCH + 2
        assert peak_bytes < 10 * 1024**2

    @pytest.mark.parametrize(
        ("excerpt", "shown"),
        [
            ("=1+1", "'=1+1"),
            ("+1", "'+1"),
            ("-1", "'-1"),
            ("@SUM(A1)", "'@SUM(A1)"),
            ("  =1", "'  =1"),
            ("\t=1", "'\t=1"),
            ("\uff1d1", "'\uff1d1"),
            ("a;=1", "a;'=1"),
            ("a\n=1", "a'\n=1"),
            ("a-b, c=d", "a-b, c=d"),
            ("me@example.com", "me@example.com"),
        ],
    )
    def test_disarms_formulas(self, in_scope: Organization, excerpt: str, shown: str) -> None:
        run = queue_run(Job.objects.create(org=in_scope, kind="import"))
        RunItem.objects.create(
            org=in_scope, run=run, ordinal=0, outcome="failed", reason="no_id", excerpt=excerpt
        )

        [line] = csv.DictReader(io.StringIO("".join(rejected_csv(run)), newline=""))

        assert line["excerpt"].replace("'", "") == excerpt
        assert line["excerpt"].count("'") == shown.count("'")
