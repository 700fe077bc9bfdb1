"""What happened to a run, in words."""

import datetime as dt
from typing import Any

import pytest

from ingestion.models import Job, SyncRun
from ingestion.models.run import RunState, Trigger
from ingestion.models.step import StepState
from ingestion.runs_page import words
from ingestion.runs_page.reads import AttemptRow, EventRow, Seen, StepRow
from tenants.models import User

NOW = dt.datetime(2026, 11, 21, 10, 0, tzinfo=dt.UTC)
ANN = User(name="Ann")


def said(name: str, by_name: str | None = None, **detail: Any) -> words.Line:
    run = SyncRun(kind="import", job=Job(kind="import"), created_by=ANN, trigger=Trigger.PERSON)
    run.cancel_requested_by = ANN
    event = EventRow(name, detail, NOW, by_name)
    [line] = words.timeline(Seen(run, (), (), (event,), None, None))
    return line


class TestTimeline:
    @pytest.mark.parametrize(
        ("name", "by_name", "detail", "text"),
        [
            ("queued", None, {}, "Queued by Ann"),
            ("asked_for", "Ben", {"mode": "normal"}, "Ben asked for it"),
            ("claimed", None, {"attempt": 1}, "Begun"),
            ("claimed", None, {"attempt": 3}, "Try 3 began"),
            ("due_now", "Ben", {}, "Ben asked to go on now"),
            ("paused", "Ben", {"reason": "a move"}, "Ben paused the job: a move"),
            ("paused", None, {"reason": ""}, "The job paused itself"),
            ("resumed", "Ben", {}, "Ben resumed it"),
            ("resumed", None, {}, "Gone on with"),
            ("cancel_requested", None, {}, "Ann asked for the end"),
            ("cancelled", None, {}, "Cancelled by Ann"),
            ("cancelled", None, {"code": "held_too_long"}, "Ended: nobody went on with it"),
            ("rescued", None, {"state": "dead", "code": "worker_lost"}, "The work broke off once"),
            ("rescued", None, {"state": "retry_wait", "code": "worker_lost"}, "Rescued. The work"),
            ("failed", None, {"code": "network"}, "Failed. The site could not be reached"),
            ("rewound", "Ben", {"mode": "rewind"}, "Ben set it back to an earlier point"),
            ("keeps_failing", None, {"failures": 10}, "It failed 10 times in a row"),
            ("pictures_found", None, {"count": 1}, "1 picture found"),
            ("pictures_cut", None, {"count": 1200}, "1,200 pictures further down left out"),
            ("a_word_of_tomorrow", None, {}, "A word of tomorrow"),
        ],
    )
    def test_speaks(
        self, name: str, by_name: str | None, detail: dict[str, Any], text: str
    ) -> None:
        assert said(name, by_name, **detail).text.startswith(text)

    def test_names_the_time_of_the_next_try(self) -> None:
        line = said("retry_scheduled", at="2026-11-21T10:05:00+00:00", code="source_timeout")

        assert line.text.endswith("Next try:")
        assert line.until == NOW + dt.timedelta(minutes=5)
        assert line.code == "source_timeout"

    def test_names_the_time_until_which_a_source_wants_to_be_left_alone(self) -> None:
        line = said("rate_limited", until="2026-11-21T10:20:00+00:00")

        assert line.text == "The source asked us to wait until"
        assert line.until == NOW + dt.timedelta(minutes=20)


class TestOrigin:
    @pytest.mark.parametrize(
        ("trigger", "by", "text"),
        [
            (Trigger.SCHEDULE, None, "by its schedule"),
            (Trigger.API, ANN, "through the API by Ann"),
            (Trigger.PERSON, ANN, "by Ann"),
            (Trigger.PERSON, None, "by hand"),
            (Trigger.WORK, None, "because there was work to do"),
        ],
    )
    def test_of_a_run(self, trigger: Trigger, by: User | None, text: str) -> None:
        assert words.origin_of(SyncRun(trigger=trigger, created_by=by)) == text


class TestState:
    def test_of_a_run_that_shall_end_is_told_as_such(self) -> None:
        run = SyncRun(state=RunState.RUNNING, cancel_requested_at=NOW)

        assert words.state_word(run) == "Cancelling…"

    @pytest.mark.parametrize("state", RunState.values)
    def test_has_a_word_and_a_look(self, state: str) -> None:
        run = SyncRun(state=state, run_after=NOW)

        assert words.state_word(run)
        assert all(words.look_of(run))


class TestTries:
    def test_name_no_worker_and_say_what_went_wrong(self) -> None:
        attempt = AttemptRow(1, NOW, NOW, "failed", "source_unavailable")

        line = words.attempt_line(attempt)

        assert line.text == "The site has trouble of its own; we try again."
        assert line.code == "source_unavailable"

    def test_under_way_have_no_end(self) -> None:
        assert words.attempt_line(AttemptRow(1, NOW, None, "", "")).text == "Under way"


class TestSteps:
    @pytest.mark.parametrize(
        ("dataset", "name", "text"),
        [
            ("thumbnails", "rendition", "Thumbnails"),
            ("", "trash", "Empties what is old in the trash"),
            ("", "a_new_one", "A new one"),
        ],
    )
    def test_are_called_by_what_they_refresh(self, dataset: str, name: str, text: str) -> None:
        step = StepRow(0, name, dataset, False, StepState.SUCCEEDED, 0, "", "", NOW)

        assert words.step_line(step).text == text

    def test_that_may_fail_warn(self) -> None:
        step = StepRow(0, "trash", "", True, StepState.FAILED, 0, "network", "", NOW)

        assert words.step_line(step).variant == "warning"
