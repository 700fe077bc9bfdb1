"""Two supervised hosts, many organizations, random kills and pauses: nothing is lost or doubled.

The short version is one of all tests; ``make chaos`` runs the long one.
"""

import os
from collections import Counter
from pathlib import Path

import pytest
from django.core.files.storage import default_storage
from django.db.models import Count

from ingestion.models import RunAttempt, RunEvent, RunItem, SourceCheckpoint, SyncRun
from ingestion.models.run import RunState
from media.models import Asset, AssetMedia, Blob, StageState
from tenants.models import Organization
from tenants.scope import org_scope
from tests.factories import MembershipFactory, OrganizationFactory
from tests.ingestion.chaos.storm import PINS_PER_EXPORT, Storm, pictures

IS_LONG = os.environ.get("CHAOS") == "long"
ORGS, KILLS, PAUSES = (10, 20, 20) if IS_LONG else (2, 1, 1)
COUNTERS = {
    "new": "new_count",
    "updated": "updated_count",
    "unchanged": "unchanged_count",
    "skipped": "skipped_count",
    "failed": "failed_count",
}
GOOD_ENDS = (RunState.SUCCEEDED, RunState.WARNINGS)

pytestmark = [
    pytest.mark.chaos,
    pytest.mark.timeout(3_000 if IS_LONG else 600),
    pytest.mark.django_db(transaction=True, databases=["default", "owner"]),
]


def test_kills_and_pauses_lose_and_double_nothing(tmp_path: Path) -> None:
    orgs = [OrganizationFactory.create(name=f"Org {number}") for number in range(ORGS)]
    for org in orgs:
        MembershipFactory.create(org=org)
    with pictures() as host_map:
        storm = Storm(tmp_path, host_map, orgs)
        try:
            for org in orgs:
                storm.bring(org)
            storm.rage(kills=KILLS, pauses=PAUSES)
            storm.calm()
        finally:
            storm.end()

    assert (storm.kills, storm.pauses) >= (KILLS, PAUSES)
    for org in orgs:
        with org_scope(org.pk):
            assert_nothing_lost_or_doubled(org, pins=storm.exports[org.pk] * PINS_PER_EXPORT)
            assert_true_reasons()


def assert_nothing_lost_or_doubled(org: Organization, *, pins: int) -> None:
    """Compare what is there with what was brought, one by one."""
    imports = SyncRun.objects.filter(kind="import")
    for run in imports:
        became = Counter(RunItem.objects.filter(run=run).values_list("outcome", flat=True))
        assert {name: getattr(run, counter) for name, counter in COUNTERS.items()} == {
            name: became[name] for name in COUNTERS
        }
        assert run.raw_count == PINS_PER_EXPORT
        assert SourceCheckpoint.objects.get(stream=f"import:{run.job_id}").is_complete
    assert Asset.objects.count() == pins
    assert AssetMedia.objects.exclude(blob=None).count() == pins
    assert Blob.objects.count() == pins
    assert set(StageState.objects.values_list("stage", "status").annotate(Count("pk"))) == {
        ("fetch", "done", pins),
        ("rendition", "done", pins),
    }
    assert all(
        default_storage.exists(key) for key in Blob.objects.values_list("storage_key", flat=True)
    )


def assert_true_reasons() -> None:
    """Each run ended well, once; each try that did not end well says why."""
    for run in SyncRun.objects.all():
        assert run.state in GOOD_ENDS, (run.kind, run.state, run.error_code)
        told = Counter(RunEvent.objects.filter(run=run).values_list("name", flat=True))
        attempts = list(RunAttempt.objects.filter(run=run).order_by("number"))
        assert (told["queued"], told["finished"]) == (1, 1)
        assert told["claimed"] == len(attempts)
        assert attempts[-1].outcome == run.state
        lost = [attempt for attempt in attempts if attempt.outcome not in GOOD_ENDS]
        # The server ends the transaction of a worker that was stopped within one.
        assert {attempt.error_code for attempt in lost} <= {"worker_lost", "db_unavailable"}
        assert told["rescued"] + told["retry_scheduled"] == len(lost)
