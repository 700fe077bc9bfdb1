"""The API of scrape jobs: the shapes that clients were promised, and what they do."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client, override_settings

from ingestion.models import Job
from media.models import Asset
from tenants.models import Membership
from tenants.scope import org_scope
from tests.ingestion.gather.support import HOST, Site, a_site, work_job
from tests.tenants.tokens import bearer, token_of

pytestmark = pytest.mark.django_db

JOBS = "/api/v1/scrape-jobs"


@pytest.fixture
def site() -> Iterator[Site]:
    with a_site() as site, override_settings(FETCH_HOST_MAP={HOST: site.address}, PAGE_PAUSE_S=0):
        yield site


@pytest.fixture
def api(owner_membership: Membership) -> Client:
    return Client(headers=bearer(token_of(owner_membership)))


def post(api: Client, path: str = "", **body: Any) -> Any:
    return api.post(f"{JOBS}{path}", body, content_type="application/json")


def job_of(answer: Any, membership: Membership) -> Job:
    with org_scope(membership.org_id):
        return Job.objects.get(pk=answer["id"])


class TestAJob:
    def test_is_told_as_promised_from_its_beginning_to_its_end(
        self, api: Client, site: Site, owner_membership: Membership
    ) -> None:
        site.broken["/2.jpg"] = (404, {})
        url = site.show("/summer", [1, 2], title="Summer")

        response = post(api, url=url)

        assert response.status_code == 202
        new = response.json()
        promised = {"url": url, "status": "pending", "total_images": None, "processed_count": 0}
        assert promised.items() <= new.items()
        assert {"id", "created_at"} <= new.keys()
        work_job(job_of(new, owner_membership))

        (listed,) = api.get(JOBS).json()["jobs"]
        counts = {"total_images": 2, "processed_count": 1, "skipped_count": 0, "failed_count": 1}
        assert ({"id": new["id"], "url": url, "status": "completed"} | counts).items() <= (
            listed.items()
        )
        told = api.get(f"{JOBS}/{new['id']}").json()
        assert counts.items() <= told.items()
        first, second = told["items"]
        with org_scope(owner_membership.org_id):
            asset = Asset.objects.get()
        assert {
            "source_url": f"http://{HOST}/1.jpg",
            "status": "completed",
            "image_id": str(asset.pk),
            "error": None,
        }.items() <= first.items()
        assert {"status": "failed", "image_id": None, "error": "not_found"}.items() <= (
            second.items()
        )
        site.broken.clear()

        again = post(api, f"/{new['id']}/retry").json()

        assert (again["status"], again["failed_count"]) == ("processing", 0)
        assert [item["status"] for item in again["items"]] == ["completed", "queued"]
        work_job(job_of(new, owner_membership))
        assert api.get(f"{JOBS}/{new['id']}").json()["processed_count"] == 2

    @pytest.mark.parametrize("chooses", [False, True])
    def test_is_called_off_and_taken_off_the_list(
        self, api: Client, site: Site, owner_membership: Membership, *, chooses: bool
    ) -> None:
        new = post(api, url=site.show("/summer", [1]), choose=chooses).json()
        if chooses:
            # It awaits a choice, that is.
            work_job(job_of(new, owner_membership))

        gone = post(api, f"/{new['id']}/cancel").json()

        assert (gone["status"], gone["error"]) == ("failed", "cancelled_by_user")
        assert api.delete(f"{JOBS}/{new['id']}").status_code == 204
        assert api.get(JOBS).json() == {"next": None, "jobs": []}
        assert api.get(f"{JOBS}/{new['id']}").status_code == 404

    def test_are_listed_page_by_page(self, api: Client, site: Site) -> None:
        made = [post(api, url=site.show(f"/{n}", [n])).json()["id"] for n in (1, 2, 3)]

        first = api.get(f"{JOBS}?limit=2").json()
        second = api.get(first["next"]).json()

        assert [each["id"] for each in first["jobs"] + second["jobs"]] == made[::-1]
        assert second["next"] is None

    def test_warns_of_a_page_that_was_scraped_before(
        self, api: Client, site: Site, owner_membership: Membership
    ) -> None:
        url = site.show("/summer", [1, 2])
        before = post(api, url=url).json()
        work_job(job_of(before, owner_membership))
        api.delete(f"{JOBS}/{before['id']}")

        again = post(api, url=f"{url}#top").json()

        assert again["earlier"]["id"] == before["id"]
        assert again["earlier"]["likely_skipped"] == 2

    @pytest.mark.parametrize(
        "url", ["http://127.0.0.1/", "http://[::1]/", "http://localhost/", "ftp://a.example.com/"]
    )
    def test_of_an_address_that_is_refused_is_none(
        self, api: Client, owner_membership: Membership, url: str
    ) -> None:
        response = post(api, url=url)

        assert response.status_code == 422
        assert response.json()["code"] == "unsafe_url"
        with org_scope(owner_membership.org_id):
            assert not Job.objects.filter(kind="scrape").exists()
