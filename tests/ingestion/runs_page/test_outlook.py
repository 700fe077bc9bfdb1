"""What happens next with a run, and the one thing that a person can do about it."""

import datetime as dt
from typing import Any

import pytest

from connectors.models import Connection
from ingestion.models import Job, SyncRun
from ingestion.models.job import JobState
from ingestion.models.run import HELD_UNTIL, RunState
from ingestion.runs_page.outlook import Action, outlook_of
from ingestion.runs_page.reads import Seen, WaitingRow
from tenants.ids import uuid7
from tenants.models import User

NOW = dt.datetime(2026, 11, 21, 10, 0, tzinfo=dt.UTC)
LATER = NOW + dt.timedelta(minutes=20)


def seen(
    *, job: dict[str, Any] | None = None, waiting: WaitingRow | None = None, **run: Any
) -> Seen:
    values = {"run_after": NOW, "kind": "import", "job": Job(kind="import", **(job or {})), **run}
    return Seen(SyncRun(**values), (), (), (), waiting, None)


class TestOpenRun:
    def test_waits_for_its_next_try_and_can_be_tried_now(self) -> None:
        found = outlook_of(seen(state=RunState.RETRY_WAIT, run_after=LATER), NOW)

        assert (found.text, found.at) == ("Tries again at", LATER)
        assert (found.action, found.label) == (Action.RETRY_NOW, "Retry now")

    def test_waits_for_a_source_that_asked_for_it_and_offers_nothing(self) -> None:
        blocked = Connection(blocked_until=LATER)

        found = outlook_of(
            seen(state=RunState.QUEUED, run_after=NOW, job={"connection": blocked}), NOW
        )

        assert (found.text, found.at) == ("Waits for the source until", LATER)
        assert found.action == Action.NONE

    def test_of_a_trial_asks_the_source_nothing_and_so_waits_for_nobody(self) -> None:
        blocked = Connection(blocked_until=LATER)

        found = outlook_of(
            seen(state=RunState.QUEUED, is_dry_run=True, job={"connection": blocked}), NOW
        )

        assert found.text == "It goes on as soon as a worker is free."

    def test_of_a_paused_job_says_who_paused_it_and_why(self) -> None:
        job = {
            "state": JobState.PAUSED,
            "paused_at": NOW,
            "paused_by": User(name="Ann"),
            "pause_reason": "the source moves.",
        }

        found = outlook_of(seen(state=RunState.QUEUED, job=job), NOW)

        assert (found.text, found.at) == ("Paused by Ann: the source moves, since", NOW)
        assert (found.action, found.label) == (Action.RESUME_JOB, "Resume")

    def test_that_is_held_waits_for_somebody(self) -> None:
        found = outlook_of(seen(state=RunState.QUEUED, run_after=HELD_UNTIL), NOW)

        assert (found.action, found.label) == (Action.RETRY_NOW, "Go on")
        assert found.at is None

    def test_that_is_cancelled_ends_with_its_batch(self) -> None:
        found = outlook_of(seen(state=RunState.RUNNING, cancel_requested_at=NOW), NOW)

        assert found.text.startswith("It ends with the batch in hand")

    def test_at_work_says_nothing_of_what_is_next(self) -> None:
        assert outlook_of(seen(state=RunState.RUNNING), NOW).text == ""

    def test_for_later_says_when_it_begins(self) -> None:
        found = outlook_of(seen(state=RunState.QUEUED, run_after=LATER), NOW)

        assert (found.text, found.at, found.label) == ("Begins at", LATER, "Start now")


class TestEndedRun:
    @pytest.mark.parametrize(
        ("code", "kind", "action"),
        [
            ("network", "import", Action.RETRY_NOW),
            ("upload_corrupt", "import", Action.UPLOAD),
            ("upload_corrupt", "drop", Action.RETRY_NOW),
            ("a_code_of_tomorrow", "import", Action.RETRY_NOW),
        ],
    )
    def test_that_failed_offers_what_mends_it(self, code: str, kind: str, action: Action) -> None:
        found = outlook_of(seen(state=RunState.FAILED, error_code=code, kind=kind), NOW)

        assert found.action == action

    def test_names_the_run_that_is_queued_already(self) -> None:
        other = WaitingRow(uuid7(), LATER, RunState.QUEUED)

        found = outlook_of(seen(state=RunState.FAILED, waiting=other), NOW)

        assert (found.text, found.at) == ("Already queued for", LATER)
        assert (found.other_run, found.action) == (other.id, Action.NONE)

    def test_names_the_next_regular_run(self) -> None:
        found = outlook_of(seen(state=RunState.FAILED, job={"next_due_at": LATER}), NOW)

        assert (found.text, found.at) == ("The next regular run is due", LATER)
        assert found.action == Action.RETRY_NOW

    def test_that_went_well_asks_for_nothing(self) -> None:
        found = outlook_of(seen(state=RunState.SUCCEEDED), NOW)

        assert (found.text, found.action) == ("", Action.NONE)
