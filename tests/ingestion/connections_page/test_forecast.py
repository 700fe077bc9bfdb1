"""Until when an account may be read, and what that hangs on."""

import datetime as dt

import pytest
from django.utils import timezone

from connectors.credentials import Tokens
from ingestion.connections_page.reads import account_of
from ingestion.control import pause
from ingestion.models import Job
from tenants.models import Organization
from tenants.scope import org_scope
from tests.conftest import MemberClient
from tests.ingestion.connections_page.support import DAY, linked, note, page
from tests.ingestion.views.support import text_of
from tests.pinterest_api.fake import ALL_SCOPES, FakePinterest

pytestmark = pytest.mark.django_db


def forecast(org: Organization, job: Job) -> str:
    with org_scope(org.pk):
        assert job.connection is not None
        account = account_of(job.connection)
        assert account is not None
        return account.forecast


class TestForecast:
    def test_a_sync_that_runs_renews_it(self, fake: FakePinterest, org: Organization) -> None:
        assert forecast(org, linked(org)).startswith("Renews by itself while it syncs")

    def test_without_a_sync_it_names_the_day(self, fake: FakePinterest, org: Organization) -> None:
        job = linked(org)
        note(org, refresh_expires_at=dt.datetime(2031, 3, 3, 12, tzinfo=dt.UTC))
        with org_scope(org.pk):
            pause(job, None)

        assert forecast(org, job).startswith("Reconnect before 3 March 2031:")

    def test_days_before_it_ends_it_is_told_though_syncs_run(
        self, fake: FakePinterest, org: Organization
    ) -> None:
        job = linked(org)
        ends = timezone.now() + 5 * DAY
        note(org, refresh_expires_at=ends)

        assert forecast(org, job).startswith(f"Reconnect before {ends:%-d %B}")

    def test_what_has_ended_has_to_be_reconnected(
        self, fake: FakePinterest, org: Organization, admin_client: MemberClient
    ) -> None:
        job = linked(org)
        note(org, refresh_expires_at=timezone.now() - DAY)

        assert forecast(org, job) == ""
        assert "Has to be reconnected" in text_of(admin_client.get(page(org)))

    def test_what_nothing_renews_ends_with_its_one_token(
        self, fake: FakePinterest, org: Organization, admin_client: MemberClient
    ) -> None:
        ends = dt.datetime(2031, 3, 3, 12, tzinfo=dt.UTC)
        job = linked(org, tokens=Tokens("hush-a", "", ends, None, ALL_SCOPES))

        assert (
            forecast(org, job) == "Reconnect before 3 March 2031: Pinterest lets nothing renew it."
        )
        assert "Reconnect before 3 March 2031" in text_of(admin_client.get(page(org)))
        note(org, access_expires_at=timezone.now() - DAY)
        assert forecast(org, job) == ""
        assert "Has to be reconnected" in text_of(admin_client.get(page(org)))

    def test_where_the_source_names_no_end_nothing_is_claimed(
        self, fake: FakePinterest, org: Organization
    ) -> None:
        job = linked(org)
        note(org, refresh_expires_at=None)

        assert forecast(org, job) == ""
