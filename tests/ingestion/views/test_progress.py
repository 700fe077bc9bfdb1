"""An import while it goes on."""

import re
from http import HTTPStatus

from django.utils import timezone

from ingestion.models import SyncRun
from ingestion.models.run import RunState
from tenants.models import Organization
from tenants.scope import org_scope
from tests.conftest import MemberClient
from tests.ingestion.crawler import as_json, as_zip, quirky_rows
from tests.ingestion.support import claimed, import_bytes, queue_import
from tests.ingestion.views.support import (
    address,
    html_of,
    job_of,
    text_of,
)


class TestProgress:
    def test_says_nothing_twice(self, org: Organization, member_client: MemberClient) -> None:
        run = queue_import(org, as_zip(quirky_rows()))
        url = address(org, "import_progress", job_of(run))
        first = member_client.get(url, headers={"HX-Request": "true"})

        again = member_client.get(
            f"{url}?seen={first.context['version']}&said={first.context['said']}",
            headers={"HX-Request": "true"},
        )

        assert first.status_code == HTTPStatus.OK
        assert again.status_code == HTTPStatus.NO_CONTENT
        assert again.content == b""

    def test_shows_the_records_of_a_run_at_work(
        self, org: Organization, member_client: MemberClient
    ) -> None:
        run = queue_import(org, as_zip(quirky_rows()))
        claimed(run)
        with org_scope(org.pk):
            SyncRun.objects.filter(pk=run.pk).update(
                raw_count=20, new_count=15, skipped_count=5, bytes_read=500, bytes_total=1000
            )

        response = member_client.get(address(org, "import_progress", job_of(run)))

        html = html_of(response)
        assert 'hx-trigger="every 2s"' in html
        assert re.search(r'<progress class="progress" max="1000" value="500"', html)
        assert "All records so far 20" in text_of(response)
        assert '"Importing: 50 percent."' in response["HX-Trigger"]

    def test_brings_the_report_once_at_the_end_and_stops(
        self, org: Organization, member_client: MemberClient
    ) -> None:
        run = import_bytes(
            org, as_json(["only", "words", {"id": "1", "image": None}]), name="p.json"
        )
        url = address(org, "import_progress", job_of(run))

        with_report = member_client.get(f"{url}?rest=0")
        without = member_client.get(f"{url}?rest=1")

        assert (with_report.status_code, without.status_code) == (286, 286)
        assert 'id="import-rest" hx-swap-oob="true"' in html_of(with_report)
        assert b"import-rest" not in without.content
        assert b"hx-trigger" not in without.content

    def test_goes_on_while_pictures_arrive(
        self, org: Organization, member_client: MemberClient
    ) -> None:
        run = import_bytes(org, as_zip(quirky_rows()))

        response = member_client.get(address(org, "import_progress", job_of(run)))

        assert response.status_code == HTTPStatus.OK
        assert "0 done · 48 to do" in text_of(response)
        assert b'hx-trigger="every 5s"' in response.content

    def test_of_a_run_that_waits_says_until_when(
        self, org: Organization, member_client: MemberClient
    ) -> None:
        run = queue_import(org, as_zip(quirky_rows()))
        at = timezone.now().replace(year=2027, month=1, day=2, hour=10, minute=5)
        with org_scope(org.pk):
            SyncRun.objects.filter(pk=run.pk).update(
                state=RunState.RETRY_WAIT,
                run_after=at,
                failed_streak=2,
                user_message="Storage is away.",
            )

        words = text_of(member_client.get(address(org, "import_progress", job_of(run))))

        assert "Magpie will try again at 2 Jan 2027, 10:05 UTC Storage is away." in words
        assert "Attempt 2 of 6" in words
