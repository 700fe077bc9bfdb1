"""Pokes: as many as needed, none that lies about what was committed."""

from datetime import timedelta

import psycopg
import pytest
from django.conf import settings
from django.db import connection, transaction
from django.test import override_settings
from django.utils import timezone
from django_q.models import OrmQ, Schedule

from tenants.queue import CONTROL, WORK, ensure_tick, is_poke_overdue, poke


def clusters_poked() -> list[str]:
    """Return the clusters of all pokes in the queue."""
    return list(OrmQ.objects.order_by("pk").values_list("key", flat=True))


@pytest.mark.django_db(transaction=True)
class TestPoke:
    def test_each_cluster_has_its_own_entry_point(self) -> None:
        poke(WORK)
        poke(CONTROL)

        work, control = OrmQ.objects.order_by("pk")
        assert (work.key, work.task["func"]) == (WORK, "ingestion.engine.drain")
        assert (control.key, control.task["func"]) == (CONTROL, "ingestion.engine.tick")

    def test_many_pokes_that_wait_become_one(self) -> None:
        for _ in range(5):
            poke()

        assert clusters_poked() == [WORK]

    def test_a_poke_that_a_worker_has_taken_does_not_stand_for_another(self) -> None:
        poke()
        OrmQ.objects.update(lock=timezone.now() + timedelta(minutes=10))

        poke()

        assert clusters_poked() == [WORK, WORK]

    def test_a_rolled_back_transaction_leaves_no_poke(self) -> None:
        with transaction.atomic():
            poke()
            transaction.set_rollback(True)

        assert clusters_poked() == []

    def test_no_worker_takes_the_waiting_poke_before_the_work_is_committed(self) -> None:
        poke()
        take = "SELECT id FROM django_q_ormq FOR UPDATE NOWAIT"

        with psycopg.connect(**connection.get_connection_params()) as worker:
            with transaction.atomic():
                poke()
                with pytest.raises(psycopg.errors.LockNotAvailable):
                    worker.execute(take)
                worker.rollback()
            taken = worker.execute(take).fetchall()

        assert len(taken) == 1

    def test_a_broker_outside_the_database_is_told_after_the_commit(self) -> None:
        outside = {key: value for key, value in settings.Q_CLUSTER.items() if key != "orm"}
        with override_settings(Q_CLUSTER=outside), transaction.atomic():
            poke()
            before = clusters_poked()

        assert (before, clusters_poked()) == ([], [WORK])

    def test_a_poke_is_overdue_once_it_has_waited_for_too_long(self) -> None:
        poke(CONTROL)
        at_once = is_poke_overdue(CONTROL, after_s=60)

        OrmQ.objects.update(lock=timezone.now() - timedelta(seconds=61))

        assert (at_once, is_poke_overdue(CONTROL, after_s=60)) == (False, True)


@pytest.mark.django_db
class TestEnsureTick:
    def test_twice_makes_one_schedule_without_arguments(self) -> None:
        ensure_tick()
        ensure_tick()

        schedule = Schedule.objects.get()
        assert (schedule.func, schedule.cluster) == ("ingestion.engine.tick", CONTROL)
        assert (schedule.args, schedule.kwargs, schedule.repeats) == (None, None, -1)

    def test_a_schedule_that_somebody_broke_is_put_right(self) -> None:
        ensure_tick()
        Schedule.objects.update(args="not Python(")

        ensure_tick()

        assert Schedule.objects.get().args is None

    def test_when_it_runs_next_is_left_alone(self) -> None:
        ensure_tick()
        before = Schedule.objects.get()

        ensure_tick()

        after = Schedule.objects.get()
        assert (after.pk, after.next_run) == (before.pk, before.next_run)
