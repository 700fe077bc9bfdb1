"""The banner on pages that show synced data: what is old, and a button that mends it."""

import datetime as dt
from typing import Any

import pytest
from django.db import connection as database
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from connectors.models import Connection
from ingestion.freshness.datasets import PICTURES, SAVED_ITEMS, THUMBNAILS
from ingestion.models import DatasetStatus, Job
from ingestion.models.job import JobKind, JobState
from media.models import Board
from tenants.models import Organization
from tenants.permissions import Role
from tenants.scope import org_scope
from tests.conftest import ClientFor
from tests.ingestion.freshness.worlds import DAY, HOUR, make_connection

pytestmark = pytest.mark.django_db

MUTE = "Mute for everybody for a week"


@pytest.fixture
def connection(org: Organization) -> Connection:
    with org_scope(org.pk):
        return make_connection(org)


def note(org: Organization, name: str, **changes: Any) -> DatasetStatus:
    values = {"as_of": timezone.now() - HOUR, "state": "fresh"} | changes
    with org_scope(org.pk):
        return DatasetStatus.objects.create(org=org, name=name, **values)


def old_export(org: Organization, connection: Connection) -> DatasetStatus:
    as_of = timezone.now() - 34 * DAY
    return note(org, SAVED_ITEMS, connection=connection, as_of=as_of, remind_every_s=30 * 24 * 3600)


def page(client: Client, address: str = "/o/acme/library/") -> str:
    response = client.get(address)
    assert response.status_code == 200
    return " ".join(response.content.decode().split())


class TestPages:
    def test_say_nothing_when_all_is_well(
        self, org: Organization, connection: Connection, client_for: ClientFor
    ) -> None:
        note(org, SAVED_ITEMS, connection=connection, remind_every_s=30 * 24 * 3600)
        note(org, PICTURES)

        assert 'class="freshness"' not in page(client_for(Role.EDITOR))

    def test_with_synced_data_say_what_is_old(
        self, org: Organization, connection: Connection, client_for: ClientFor
    ) -> None:
        old_export(org, connection)
        with org_scope(org.pk):
            board = Board.objects.create(org=org, own_name="Kitchen")
        client = client_for(Role.EDITOR)

        for place in ("library/", "boards/", f"boards/{board.pk}/", "imports/"):
            shown = page(client, f"/o/acme/{place}")
            assert "<strong>Your Pinterest export is 34 days old.</strong>" in shown, place
            assert 'role="status"' in shown

    def test_name_two_things_and_fold_the_others(
        self, org: Organization, connection: Connection, client_for: ClientFor
    ) -> None:
        old_export(org, connection)
        note(org, PICTURES, failed_count=1_204)
        note(org, THUMBNAILS, failed_count=1)

        before, _, folded = page(client_for(Role.EDITOR)).partition("freshness__more")
        assert "34 days old" in before
        assert "1,204 pictures could not be fetched." in before
        assert "1 more thing to know" in folded
        assert "1 thumbnail could not be made." in folded

    def test_ask_as_often_whatever_they_have_to_say(
        self, org: Organization, connection: Connection, client_for: ClientFor
    ) -> None:
        client = client_for(Role.EDITOR)
        page(client)

        with CaptureQueriesContext(database) as silent:
            page(client)
        old_export(org, connection)
        note(org, PICTURES, failed_count=1_204)
        note(org, THUMBNAILS, failed_count=1)
        with CaptureQueriesContext(database) as loud:
            page(client)

        assert len(loud) == len(silent)


class TestButtons:
    def test_lead_to_a_new_export_and_how_to_get_it(
        self, org: Organization, connection: Connection, client_for: ClientFor
    ) -> None:
        old_export(org, connection)

        shown = page(client_for(Role.EDITOR))

        assert 'href="/o/acme/imports/#upload"' in shown
        assert 'href="/o/acme/imports/#guide-pinterest"' in shown
        guide = page(client_for(Role.EDITOR), "/o/acme/imports/")
        assert 'id="guide-pinterest"' in guide
        assert 'id="upload"' in guide

    @pytest.mark.parametrize(
        ("name", "stage", "words"),
        [
            (PICTURES, "fetch", "Fetch again what failed"),
            (THUMBNAILS, "rendition", "Make again what failed"),
        ],
    )
    def test_try_again_what_failed(
        self, org: Organization, client_for: ClientFor, name: str, stage: str, words: str
    ) -> None:
        note(org, name, failed_count=3)

        shown = page(client_for(Role.EDITOR))
        assert words in shown
        assert f'method="post" action="/o/acme/pipelines/stages/{stage}/failed/"' in shown

    def test_resume_what_is_paused(self, org: Organization, client_for: ClientFor) -> None:
        with org_scope(org.pk):
            job = Job.objects.get(kind=JobKind.FETCH)
            Job.objects.filter(pk=job.pk).update(
                state=JobState.PAUSED, paused_at=timezone.now(), pause_reason="We moved."
            )
        note(org, PICTURES, job=job, state="paused")
        client = client_for(Role.EDITOR)

        shown = page(client)
        assert "Pictures are paused: We moved." in shown
        client.post(f"/o/acme/pipelines/jobs/{job.pk}/resume/")

        assert 'class="freshness"' not in page(client)

    def test_are_not_for_people_who_may_only_look(
        self, org: Organization, connection: Connection, client_for: ClientFor
    ) -> None:
        old_export(org, connection)
        note(org, PICTURES, failed_count=3)

        shown = page(client_for(Role.VIEWER))

        assert "34 days old" in shown
        assert "3 pictures could not be fetched." in shown
        for words in ("Upload a new", "Fetch again", MUTE):
            assert words not in shown

    def test_silence_it_for_a_week(
        self, org: Organization, connection: Connection, client_for: ClientFor
    ) -> None:
        status = old_export(org, connection)
        client = client_for(Role.EDITOR)
        assert MUTE in page(client)

        client.post(f"/o/acme/pipelines/datasets/{status.pk}/mute/", {"days": "7"})

        assert 'class="freshness"' not in page(client)
        with org_scope(org.pk):
            status.refresh_from_db()
        assert status.muted_until is not None
        assert timezone.now() + dt.timedelta(days=6) < status.muted_until


class TestText:
    def test_of_a_source_cannot_write_into_the_page(
        self, org: Organization, connection: Connection, client_for: ClientFor
    ) -> None:
        note(
            org,
            SAVED_ITEMS,
            connection=connection,
            state="action_required",
            consecutive_failures=1,
            failure_type="config_error",
            error_code="upload_corrupt",
            user_message="<script>alert(1)</script>",
        )

        shown = page(client_for(Role.EDITOR))
        assert "&lt;script&gt;alert(1)&lt;/script&gt;" in shown
        assert "<script>alert(1)" not in shown


def test_a_missing_folder_is_mended_on_its_page(
    org: Organization, connection: Connection, client_for: ClientFor
) -> None:
    note(
        org,
        "drop_folder",
        connection=connection,
        state="action_required",
        consecutive_failures=1,
        failure_type="config_error",
        error_code="drop_folder_missing",
        user_message="There is no folder “exports”.",
    )

    shown = page(client_for(Role.EDITOR), "/o/acme/imports/")

    assert f'href="/o/acme/imports/folder/?connection={connection.pk}#watch"' in shown
    assert "Try now" not in shown
