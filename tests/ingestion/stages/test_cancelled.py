"""Units that people put in line again stand as before once they call that off."""

from collections import Counter

import pytest

from ingestion.control import cancel, run_stage
from ingestion.engine import runs
from ingestion.freshness.datasets import PICTURES
from ingestion.models import SyncRun
from ingestion.models.run import RunState
from ingestion.stages.queueing import start_stage_run
from media.again import Which
from media.models import Asset, StageState
from media.models.stage import Stage, StageStatus
from media.results import UnitResult, write_states
from tenants.models import Organization
from tests.ingestion.freshness.worlds import of
from tests.ingestion.stages.units import queue_pictures, statuses
from tests.ingestion.support import claimed

pytestmark = pytest.mark.django_db


@pytest.fixture
def units(in_scope: Organization) -> list[StageState]:
    """Four pictures: two are there, one failed, one waits."""
    found = queue_pictures(in_scope, [f"https://a.example/{number}" for number in range(4)])
    write_states(
        [
            UnitResult(found[0].pk, StageStatus.DONE),
            UnitResult(found[1].pk, StageStatus.DONE),
            UnitResult(found[2].pk, StageStatus.FAILED, "not_found"),
        ]
    )
    Asset.objects.filter(media__stagestate=found[2]).update(failed_count=1)
    return found


def again(org: Organization, which: Which = Which.ALL) -> SyncRun:
    return run_stage(org, Stage.FETCH, which, None).run


def codes() -> dict[str, int]:
    """Return how many pictures failed, by reason."""
    failed = StageState.objects.filter(status=StageStatus.FAILED)
    return dict(Counter(failed.values_list("error_code", flat=True)))


def test_all_that_a_waiting_run_was_to_do_stands_as_before(
    in_scope: Organization, units: list[StageState]
) -> None:
    run = again(in_scope)
    assert statuses(Stage.FETCH) == {"pending": 4}
    assert Asset.objects.filter(failed_count=1).count() == 0

    cancel(run, None)

    assert statuses(Stage.FETCH) == {"done": 2, "failed": 1, "pending": 1}
    assert codes() == {"not_found": 1}
    assert Asset.objects.get(failed_count=1).media.get().pk == units[2].media_id
    assert (of(PICTURES).row_count, of(PICTURES).pending_count) == (2, 1)


def test_a_run_at_work_leaves_what_it_has_done(
    in_scope: Organization, units: list[StageState]
) -> None:
    run = again(in_scope)
    held = claimed(run)
    write_states(
        [
            UnitResult(units[0].pk, StageStatus.FAILED, "forbidden"),
            UnitResult(units[2].pk, StageStatus.DONE),
            UnitResult(units[3].pk, StageStatus.DONE),
        ]
    )
    cancel(run, None)

    runs.cancel_run(held)

    assert statuses(Stage.FETCH) == {"done": 3, "failed": 1}
    assert codes() == {"forbidden": 1}


@pytest.mark.parametrize("which", [Which.ALL, Which.FAILED])
def test_nothing_is_left_for_the_next_run(
    in_scope: Organization, units: list[StageState], which: Which
) -> None:
    StageState.objects.filter(pk=units[3].pk).update(status=StageStatus.DONE)

    cancel(again(in_scope, which), None)

    assert start_stage_run(in_scope.pk, Stage.FETCH) is None
    assert not SyncRun.objects.filter(kind=Stage.FETCH).exclude(state=RunState.CANCELLED).exists()


def test_what_waited_by_itself_goes_on_waiting(
    in_scope: Organization, units: list[StageState]
) -> None:
    run = start_stage_run(in_scope.pk, Stage.FETCH)
    assert run is not None

    cancel(run, None)

    assert statuses(Stage.FETCH) == {"done": 2, "failed": 1, "pending": 1}


def test_a_try_that_failed_meanwhile_tells_of_its_own_reason(
    in_scope: Organization, units: list[StageState]
) -> None:
    run = again(in_scope, Which.FAILED)
    write_states([UnitResult(units[2].pk, StageStatus.PENDING, "network")])

    cancel(run, None)

    assert codes() == {"network": 1}
