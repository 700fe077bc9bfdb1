"""The runs of one job, on their page."""

import re
from http import HTTPStatus

from tenants.models import Organization
from tenants.urls_for import org_reverse
from tests.conftest import MemberClient
from tests.ingestion.support import tidy
from tests.ingestion.views.support import html_of, text_of


def test_are_listed_newest_first(org: Organization, member_client: MemberClient) -> None:
    first, second = tidy(org), tidy(org)
    url = org_reverse(org, "ingestion:job_runs", job_id=first.job_id)

    response = member_client.get(url)

    assert [row[0].pk for row in response.context["rows"]] == [second.pk, first.pk]
    pipelines = re.escape(org_reverse(org, "ingestion:pipelines"))
    assert re.search(rf'href="{pipelines}"[^>]*aria-current="true"', html_of(response))
    assert "No run of it stands so." in text_of(member_client.get(f"{url}?state=failed"))


def test_of_others_do_not_exist(
    org: Organization, other_org: Organization, member_client: MemberClient
) -> None:
    url = org_reverse(org, "ingestion:job_runs", job_id=tidy(other_org).job_id)

    assert member_client.get(url).status_code == HTTPStatus.NOT_FOUND
