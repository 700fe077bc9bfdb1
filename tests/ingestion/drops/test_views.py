"""The page on which people watch folders."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from ingestion.models import Job, SyncRun
from ingestion.models.job import JobKind, JobState
from ingestion.models.run import RunState
from tenants.models import Organization
from tenants.permissions import Role
from tenants.scope import org_scope
from tests.conftest import ClientFor, MemberClient
from tests.ingestion.drops.support import look, pinterest, put, space_of, watched

pytestmark = pytest.mark.django_db
PAGE = "/o/acme/imports/folder/"


def drop_job(org: Organization) -> Job:
    with org_scope(org.pk):
        return Job.objects.get(kind=JobKind.DROP)


class TestPage:
    def test_says_where_files_are_put(self, org: Organization, member_client: Client) -> None:
        text = member_client.get(PAGE).text

        assert f"{space_of(org)}/" in text
        assert "No folder is watched yet" in text

    def test_lists_folders_with_how_the_last_look_went(
        self, org: Organization, member_client: Client
    ) -> None:
        put(org, "exports/a.json", b"no export at all")
        look(watched(org, "exports"))

        text = " ".join(member_client.get(PAGE).text.split())

        assert "1 file, 0 imported, 0 known, 1 refused." in text
        assert "Some refused" in text

    def test_says_what_a_look_failed_with(self, org: Organization, member_client: Client) -> None:
        job = watched(org, "exports")
        (space_of(org) / "exports").rmdir()
        look(job)

        text = member_client.get(PAGE).text

        assert "There is no folder “exports”" in text
        assert "Needs you" in text

    def test_needs_as_many_queries_for_many_folders_as_for_one(
        self,
        org: Organization,
        member_client: Client,
    ) -> None:
        watched(org, "one")
        member_client.get(PAGE)
        with CaptureQueriesContext(connection) as few:
            member_client.get(PAGE)
        with org_scope(org.pk):
            first = drop_job(org)
            for number in range(4):
                account = pinterest(org)
                account.pk, account.name, account.is_default = None, f"Account {number}", False
                account.save(force_insert=True)
                job = Job.objects.create(
                    org=org, kind="drop", connection=account, is_one_off=False, params=first.params
                )
                SyncRun.objects.create(
                    org=org, job=job, kind="drop", state=RunState.SUCCEEDED,
                    finished_at=timezone.now(),
                )  # fmt: skip

        with CaptureQueriesContext(connection) as many:
            member_client.get(PAGE)

        assert len(many) == len(few)

    def test_is_for_those_who_may_control_sources(self, client_for: ClientFor) -> None:
        assert client_for(Role.VIEWER).get(PAGE).status_code == 403

    def test_is_reached_from_the_imports(self, member_client: Client) -> None:
        assert f'href="{PAGE}"' in member_client.get("/o/acme/imports/").text


class TestWatching:
    def test_takes_a_connection_a_folder_and_how_often(
        self, org: Organization, member_client: MemberClient
    ) -> None:
        answer = member_client.post(
            PAGE, {"connection": "new:pinterest", "folder": "exports", "every": "21600"}
        )

        job = drop_job(org)
        assert (answer.status_code, answer.headers["Location"]) == (302, PAGE)
        assert (job.params, job.interval_s) == ({"folder": "exports"}, 21600)
        with org_scope(org.pk):
            assert job.created_by == member_client.user

    def test_says_beside_the_field_what_is_wrong(
        self, org: Organization, member_client: Client
    ) -> None:
        answer = member_client.post(
            PAGE, {"connection": "new:pinterest", "folder": "../theirs", "every": "3600"}
        )

        assert answer.status_code == 422
        assert "cannot be empty, begin with a dot" in answer.text
        with org_scope(org.pk):
            assert not Job.objects.filter(kind=JobKind.DROP).exists()

    def test_refuses_another_organizations_connection(
        self, org: Organization, other_org: Organization, member_client: Client
    ) -> None:
        theirs = pinterest(other_org)

        answer = member_client.post(
            PAGE, {"connection": str(theirs.pk), "folder": "", "every": "3600"}
        )

        assert answer.status_code == 422


class TestStopping:
    def test_archives_the_job(self, org: Organization, member_client: Client) -> None:
        job = watched(org)

        member_client.post(f"{PAGE}{job.pk}/stop/")

        assert drop_job(org).state == JobState.ARCHIVED

    def test_finds_no_other_organizations_folder(
        self, org: Organization, other_org: Organization, member_client: Client
    ) -> None:
        theirs = watched(other_org)

        answer = member_client.post(f"{PAGE}{theirs.pk}/stop/")

        assert answer.status_code == 404
        assert drop_job(other_org).state == JobState.ACTIVE


class TestChanging:
    def test_shows_what_is_watched_with_its_schedule(
        self, org: Organization, member_client: Client
    ) -> None:
        job = watched(org, "exports")

        text = member_client.get(f"{PAGE}?connection={job.connection_id}").text

        assert 'value="exports"' in text
        assert f'<option value="{job.connection_id}" selected>' in text
        assert '<option value="3600" selected>' in text
        assert f'href="{PAGE}?connection={job.connection_id}#watch"' in text

    def test_keeps_a_schedule_that_was_written_elsewhere(
        self, org: Organization, member_client: Client
    ) -> None:
        job = watched(org, "exports")
        with org_scope(org.pk):
            Job.objects.filter(pk=job.pk).update(interval_s=None, cron="30 6 * * *", jitter_s=0)
        page = f"{PAGE}?connection={job.connection_id}"
        assert '<option value="keep" selected>As it is:' in member_client.get(page).text

        member_client.post(
            page, {"connection": str(job.connection_id), "folder": "others", "every": "keep"}
        )

        after = drop_job(org)
        assert (after.params, after.cron) == ({"folder": "others"}, "30 6 * * *")

    def test_knows_no_other_organizations_folder(
        self, other_org: Organization, member_client: Client
    ) -> None:
        theirs = watched(other_org, "secret")

        page = member_client.get(f"{PAGE}?connection={theirs.connection_id}").text
        text = " ".join(page.split())

        assert 'value="secret"' not in text
        assert "Folder to watch" in text

    @pytest.mark.parametrize("name", ["", "nonsense"])
    def test_is_the_empty_form_without_a_connection(self, member_client: Client, name: str) -> None:
        text = member_client.get(f"{PAGE}?connection={name}").text

        assert "Folder to watch" in " ".join(text.split())
