"""People choose what the job over the pins does, and start it."""

from http import HTTPStatus

import pytest

from ingestion.models import Job, SyncRun
from ingestion.models.run import RunState
from ingestion.pins.kind import standing_job
from tenants.models import Organization
from tenants.permissions import Role
from tenants.scope import org_scope
from tenants.urls_for import org_reverse
from tests.conftest import ClientFor, MemberClient
from tests.ingestion.views.support import address, html_of, text_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def job(org: Organization) -> Job:
    with org_scope(org.pk):
        return standing_job(org.pk)


def told(job: Job) -> dict[str, object]:
    with org_scope(job.org_id):
        return dict(Job.objects.get(pk=job.pk).params)


class TestChoosing:
    def test_shows_every_step_and_what_is_chosen(
        self, org: Organization, member_client: MemberClient, job: Job
    ) -> None:
        with org_scope(org.pk):
            Job.objects.filter(pk=job.pk).update(params={"steps": ["enhance"]})

        response = member_client.get(address(org, "job_more", job))

        text, html = text_of(response), html_of(response)
        assert "Ask Pinterest for what is missing" in text
        assert "Only pins without a picture" in text
        assert "Requests at a time" in text
        assert html.count("checked") == 1

    def test_is_kept_and_leads_to_a_run(
        self, org: Organization, member_client: MemberClient, job: Job
    ) -> None:
        chosen = {"steps": ["enhance", "pictures"], "only_images": "on", "max_concurrent": "12"}

        response = member_client.post(address(org, "job_told", job), chosen, follow=True)

        with org_scope(org.pk):
            run = SyncRun.objects.get(job=job)
        page = org_reverse(org, "ingestion:run", run_id=run.pk)
        assert [where for where, _ in response.redirect_chain] == [page]
        assert (run.state, run.created_by) == (RunState.QUEUED, member_client.user)
        assert told(job) == {
            "steps": ["enhance", "pictures"],
            "only_images": True,
            "max_concurrent": 12,
        }

    def test_nothing_changes_while_a_run_is_not_done(
        self, org: Organization, member_client: MemberClient, job: Job
    ) -> None:
        member_client.post(address(org, "job_told", job), {"steps": ["repair"]})

        response = member_client.post(address(org, "job_told", job), {"steps": ["enhance"]})

        assert response.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
        assert "runs already" in text_of(response)
        assert told(job) == {"steps": ["repair"]}

    def test_what_makes_no_sense_is_shown_again(
        self, org: Organization, member_client: MemberClient, job: Job
    ) -> None:
        response = member_client.post(address(org, "job_told", job), {"max_concurrent": "21"})

        assert response.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
        assert "less than or equal to 20" in text_of(response)
        with org_scope(org.pk):
            assert not SyncRun.objects.filter(job=job).exists()

    def test_jobs_that_always_do_the_same_are_not_told(
        self, org: Organization, member_client: MemberClient
    ) -> None:
        with org_scope(org.pk):
            other = Job.objects.get(kind="upkeep")

        response = member_client.post(address(org, "job_told", other))

        assert response.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
        assert told(other) == {}

    def test_a_viewer_may_not(self, org: Organization, client_for: ClientFor, job: Job) -> None:
        response = client_for(Role.VIEWER).post(address(org, "job_told", job))

        assert response.status_code == HTTPStatus.FORBIDDEN
