"""Runs of steps: what a step that fails means for the run."""

import pytest

from ingestion.models import RunEvent
from ingestion.models.run import RunState
from ingestion.pins import normalize
from ingestion.taxonomy import SYSTEM_RETRIES
from media.models import Asset
from tenants.models import Organization
from tenants.scope import org_scope
from tests.ingestion.pins.making import queue_pins
from tests.ingestion.support import make_due, work
from tests.media.making import make_asset

pytestmark = pytest.mark.django_db


@pytest.fixture
def fault(monkeypatch: pytest.MonkeyPatch) -> None:
    def judge(refs: object) -> normalize.Judged:
        raise RuntimeError("No reference is judged.")

    monkeypatch.setattr(normalize, "judge", judge)


@pytest.mark.usefixtures("fault")
def test_one_that_fails_each_time_is_tried_as_often_as_any_other_work(org: Organization) -> None:
    make_asset(org, source_ref="pin:UGluOjEyMw==")
    run = queue_pins(org, "normalize")
    waits = []

    for _ in range(SYSTEM_RETRIES + 1):
        make_due(run.pk, org)
        run = work(run)
        waits.append((run.run_after - run.claimed_at).total_seconds() if run.claimed_at else 0)

    assert (run.state, run.failed_streak) == (RunState.FAILED, SYSTEM_RETRIES + 1)
    # Each wait is longer than the one before.
    assert waits[0] < waits[1]
    with org_scope(org.pk):
        told = RunEvent.objects.filter(run=run).order_by("at", "pk").values_list("name", flat=True)
        assert list(told).count("retry_scheduled") == SYSTEM_RETRIES
        assert Asset.objects.get().source_ref == "pin:UGluOjEyMw=="
