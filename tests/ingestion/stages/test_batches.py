"""Batches of the stages end in time, whatever a unit does to the worker."""

import math
import uuid
from collections.abc import Sequence
from typing import Any, ClassVar

import pytest
from django.conf import settings
from django.db.models import QuerySet

from connectors.base import Use
from ingestion.engine import claims
from ingestion.engine.drain import BUDGET_S
from ingestion.engine.kinds import Slice
from ingestion.engine.lease import Watch
from ingestion.models import SyncRun
from ingestion.stages import base
from ingestion.stages.base import Pace, work_stage
from media.imaging.values import Limits
from media.models import StageState
from media.models.stage import Stage, StageStatus
from media.results import UnitResult
from tenants.models import Organization
from tests.ingestion.stages.units import queue_pictures, queue_stage, statuses
from tests.ingestion.support import claimed, make_due

# Writing the batch, and what a busy machine adds.
ROOM_S = 20
# Of a child: the picture in hand, and the one that was read ahead.
PICTURES_PER_CHILD = 2


@pytest.mark.parametrize(
    "longest_unit_s", [settings.FETCH_DEADLINE_S, PICTURES_PER_CHILD * Limits().timeout_s]
)
def test_a_slice_and_its_longest_batch_end_before_the_queue_ends_the_worker(
    longest_unit_s: float,
) -> None:
    cluster = settings.Q_CLUSTER | settings.Q_CLUSTER["ALT_CLUSTERS"]["work"]

    assert BUDGET_S + base.BEGIN_S + longest_unit_s + ROOM_S <= cluster["timeout"]


@pytest.mark.django_db
def test_a_batch_begins_no_further_unit_once_others_wait(in_scope: Organization) -> None:
    queue_pictures(in_scope, ["https://a.example/1.jpg"])
    watch = Watch()
    held = claimed(queue_stage(in_scope, Stage.FETCH))
    pace = Pace(Slice(held, should_stop=lambda: False, seconds=math.inf, watch=watch))

    assert pace.may_begin()
    watch.awaited.set()
    assert not pace.may_begin()


class Deadly:
    """Work that is done at once, but for one unit that takes the worker with it.

    Attributes:
        poison: key of the unit's state.
        batches: how many units each batch had.
    """

    stage: ClassVar[Stage] = Stage.FETCH
    use: ClassVar[Use | None] = None
    batch_size: ClassVar[int] = 200
    then: ClassVar[tuple[Stage, ...]] = ()

    def __init__(self, poison: uuid.UUID) -> None:
        self.poison = poison
        self.batches: list[int] = []

    def choose(self, due: QuerySet[StageState]) -> QuerySet[StageState]:
        return due

    def take(self, states: Sequence[StageState]) -> Sequence[StageState]:
        return states

    def do(
        self, units: Sequence[StageState], *, org_id: uuid.UUID, pace: Pace
    ) -> tuple[list[UnitResult], None]:
        self.batches.append(len(units))
        if any(state.pk == self.poison for state in units):
            # How the queue's time-out ends a worker.
            raise SystemExit
        return [UnitResult(state.pk, StageStatus.DONE) for state in units], None

    def write(self, units: Sequence[Any], found: Any) -> None:
        """Write nothing."""


def work_until_lost(run: SyncRun, stage_work: Deadly) -> None:
    """Work a slice of ``run``; a worker that it loses gives its lease back."""
    make_due(run.pk, run.org)
    turn = Slice(claimed(run), should_stop=lambda: False, seconds=math.inf)
    try:
        work_stage(turn, stage_work)
    except SystemExit:
        claims.release(claims.lease_owner())
    run.refresh_from_db()


@pytest.mark.django_db
class TestAUnitThatTakesItsWorkerWithIt:
    @pytest.fixture
    def states(self, in_scope: Organization) -> list[StageState]:
        return queue_pictures(in_scope, ["https://a.example/1.jpg"] * 3)

    def test_holds_up_no_other(self, in_scope: Organization, states: list[StageState]) -> None:
        deadly = Deadly(states[1].pk)
        run = queue_stage(in_scope, Stage.FETCH)

        for _ in range(3):
            work_until_lost(run, deadly)

        # Twice all of them; then one by one, the first of which is done.
        assert deadly.batches == [3, 3, 1, 1]
        assert statuses(Stage.FETCH) == {"done": 1, "pending": 2}

        work_until_lost(run, deadly)

        # It waits behind the others, and has used up a try.
        assert statuses(Stage.FETCH) == {"done": 1, "pending": 2}
        states[1].refresh_from_db()
        states[2].refresh_from_db()
        assert (states[1].attempts, states[1].error_code) == (1, "worker_lost")
        assert states[1].due_at > states[2].due_at

    def test_ends_once_its_tries_are_used_up(
        self, in_scope: Organization, states: list[StageState]
    ) -> None:
        deadly = Deadly(states[0].pk)

        while "pending" in statuses(Stage.FETCH):
            work_until_lost(queue_stage(in_scope, Stage.FETCH), deadly)

        assert statuses(Stage.FETCH) == {"failed": 1, "done": 2}
        states[0].refresh_from_db()
        assert (states[0].attempts, states[0].error_code) == (5, "worker_lost")

    def test_a_try_that_ends_is_counted_once(
        self, in_scope: Organization, states: list[StageState]
    ) -> None:
        run = queue_stage(in_scope, Stage.FETCH)
        SyncRun.objects.filter(pk=run.pk).update(lost_streak=base.SUSPICIOUS_LOSSES)

        harmless = Deadly(uuid.uuid4())
        work_until_lost(run, harmless)

        assert harmless.batches == [1, 1, 1]
        assert set(StageState.objects.values_list("status", "attempts")) == {("done", 1)}
