"""The line: whose run is next when many organizations have many."""

import datetime as dt
from collections import Counter

from django.utils import timezone

from ingestion.engine import claims, runs
from ingestion.models import Job, OrgSchedule, SyncRun
from ingestion.models.run import Lane
from tenants.models import Organization
from tenants.scope import org_scope
from tests.factories import OrganizationFactory


def flood(org: Organization, count: int, *, lane: Lane = Lane.BULK) -> None:
    """Queue ``count`` runs, all of them due."""
    due_at = timezone.now() - dt.timedelta(hours=1)
    with org_scope(org.pk):
        for _ in range(count):
            job = Job.objects.create(org=org, kind="import")
            runs.start_run(job, lane=lane, run_after=due_at)


def serve(turns: int) -> list[object]:
    """Claim and end ``turns`` runs; return whose they were, in order."""
    served: list[object] = []
    for _ in range(turns):
        held = claims.claim()
        assert held is not None
        with org_scope(held.org_id):
            runs.finish_run(held)
        served.append(held.org_id)
    return served


class TestClaimingIsFair:
    def test_a_flood_does_not_starve_the_others(
        self, org: Organization, other_org: Organization
    ) -> None:
        flood(org, 20)
        flood(other_org, 3)

        served = serve(6)

        assert Counter(served) == {org.pk: 3, other_org.pk: 3}

    def test_weight_buys_turns(self, org: Organization, other_org: Organization) -> None:
        with org_scope(org.pk):
            OrgSchedule.objects.filter(org=org).update(weight=3.0)
        flood(org, 20)
        flood(other_org, 20)

        served = Counter(serve(12))

        assert served == {org.pk: 9, other_org.pk: 3}

    def test_who_comes_late_gets_no_turns_for_the_past(
        self, org: Organization, other_org: Organization
    ) -> None:
        flood(org, 30)
        serve(20)
        flood(other_org, 30)

        served = serve(6)

        # The newcomer is first, but not for twenty turns in a row.
        assert served[0] == other_org.pk
        assert Counter(served)[org.pk] >= 2

    def test_what_somebody_waits_for_goes_before_bulk(
        self, org: Organization, other_org: Organization
    ) -> None:
        flood(org, 5)
        serve(2)
        flood(other_org, 5)
        flood(org, 1, lane=Lane.INTERACTIVE)

        assert serve(1) == [org.pk]

    def test_an_organization_holds_no_more_than_its_cap(self, org: Organization) -> None:
        flood(org, 5)

        held = [claims.claim() for _ in range(4)]

        assert sum(claim is not None for claim in held) == 2
        with org_scope(org.pk):
            assert SyncRun.objects.filter(state="running").count() == 2

    def test_every_organization_is_served(self, db: None) -> None:
        orgs = [OrganizationFactory.create() for _ in range(12)]
        flood(orgs[0], 30)
        for each in orgs[1:]:
            flood(each, 1)

        served = serve(13)

        assert set(served) == {each.pk for each in orgs}
