"""``manage.py status``: what a person reads, what a program reads, and how it ends."""

import io
import json
import re
from typing import Any

import pytest
from django.core.management import call_command

from ingestion.models import Job, PlatformStatus, WorkerBeat
from tenants.models import Organization
from tenants.scope import org_scope
from tests.status.conftest import Schema, ago, let_tick_be, silence
from tests.status.test_snapshot import run_of

NOT_MIGRATED = "Not migrated yet: media.9999_later. Run manage.py migrate."
KEYS = {
    "is_well", "problems", "at", "version", "commit", "workers", "queues", "line", "leases",
    "orgs", "outcomes", "halts", "stages", "chores", "database", "storage",
    "pending_migrations", "tick_age_s", "oldest_due_s",
}  # fmt: skip


def status(*arguments: str) -> tuple[int, str]:
    """Return how the command ended, and what it said."""
    said = io.StringIO()
    try:
        call_command("status", *arguments, stdout=said)
    except SystemExit as end:
        return int(end.code or 0), said.getvalue()
    return 0, said.getvalue()


def problems() -> list[str]:
    code, said = status("--json")
    found: list[str] = json.loads(said)["problems"]
    assert code == (1 if found else 0)
    return found


@pytest.mark.usefixtures("well")
class TestStatus:
    def test_of_an_installation_that_is_well_ends_with_0(self, org: Organization) -> None:
        run_of(org)

        code, said = status()

        assert (code, said.splitlines()[1]) == (0, "All is well.")
        assert "queued  1     1    10 min" in said

    def test_says_when_the_tick_came_and_for_how_long_a_job_is_due(self, org: Organization) -> None:
        let_tick_be(2)
        with org_scope(org.pk):
            Job.objects.create(org=org, kind="upkeep", interval_s=60, next_due_at=ago(7))

        _, said = status()

        assert "The tick\n  Came last  Expected every\n  2 min ago  1 min\n" in said
        assert re.search(r"Jobs that are due and not queued +1 +7 min", said)

    def test_in_json_has_keys_that_stay(self) -> None:
        code, said = status("--json")

        found: dict[str, Any] = json.loads(said)
        assert (code, found["is_well"], found["problems"]) == (0, True, [])
        assert set(found) == KEYS
        assert {worker["cluster"] for worker in found["workers"]} == {"control", "work"}


@pytest.mark.usefixtures("well")
class TestProblems:
    def test_a_cluster_that_is_gone(self) -> None:
        WorkerBeat.objects.filter(cluster="work").delete()

        assert problems() == ["No cluster work is alive: start manage.py run_worker."]

    def test_a_host_that_fell_silent(self) -> None:
        silence("work", 3)

        assert problems() == [
            "No cluster work is alive: start manage.py run_worker.",
            "The cluster work of " + WorkerBeat.objects.filter(cluster="work").get().host
            + " has been silent for 3 min: look whether that host is up.",
        ]  # fmt: skip

    def test_a_tick_that_stays_away(self) -> None:
        let_tick_be(4)

        [problem] = problems()
        assert problem.startswith("The tick came last 4 min ago")

    def test_a_tick_that_never_came(self) -> None:
        PlatformStatus.objects.all().delete()

        assert problems() == ["The tick has never come: start manage.py run_worker."]

    def test_a_chore_that_keeps_failing(self) -> None:
        PlatformStatus.objects.filter(name="schedules").update(
            consecutive_failures=3, error_code="internal_error"
        )

        [problem] = problems()
        assert problem.startswith("The chore schedules did not succeed")
        assert "(internal_error)" in problem

    def test_a_cluster_that_only_ends_its_work(self) -> None:
        WorkerBeat.objects.filter(cluster="work").update(is_draining=True)

        assert problems() == ["No cluster work is alive: start manage.py run_worker."]

    def test_a_migration_that_was_not_applied_and_nothing_that_it_may_bring(
        self, schema: Schema
    ) -> None:
        schema.lack_migration()
        schema.lack_table()

        assert problems() == [NOT_MIGRATED]
        assert status()[1].splitlines()[1:] == [f"! {NOT_MIGRATED}"]

    def test_tables_that_this_code_does_not_know(self, schema: Schema) -> None:
        schema.lack_table()

        [problem] = problems()
        assert problem.startswith("The database answers, but is not the one of this code: ")

    def test_several_are_all_told_and_end_with_1(self) -> None:
        WorkerBeat.objects.all().delete()
        let_tick_be(10)

        code, said = status()

        assert code == 1
        assert [line[0] for line in said.splitlines()[1:4]] == ["!", "!", "!"]
