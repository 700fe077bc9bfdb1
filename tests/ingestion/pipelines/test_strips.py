"""The strip of the last runs."""

import dataclasses
import datetime as dt
import re
import uuid

import pytest

from ingestion.models.run import RunState
from ingestion.pipelines.runs import Run
from ingestion.pipelines.strips import duration_words, strip_of, summary_of, title_of
from tenants.models import Organization

BEGUN = dt.datetime(2026, 3, 1, 10, 5, tzinfo=dt.UTC)
ORG = Organization(slug="ours")
RUN = Run(
    id=uuid.UUID(int=1),
    job_id=uuid.UUID(int=2),
    kind="drop",
    connection_id=None,
    state=RunState.SUCCEEDED,
    created_at=BEGUN,
    run_after=BEGUN,
    started_at=BEGUN,
    finished_at=BEGUN + dt.timedelta(seconds=3),
    raw_count=120,
    new_count=120,
    expected_count=None,
    error_code="",
    user_message="",
)


def ended(state: str, seconds: float = 3) -> Run:
    """Return a run that ended so after ``seconds``."""
    return dataclasses.replace(RUN, state=state, finished_at=BEGUN + dt.timedelta(seconds=seconds))


class TestStrip:
    def test_every_mark_is_a_link_with_a_title(self) -> None:
        strip = strip_of(ORG, [RUN])

        assert f'href="/o/ours/runs/{RUN.id}/"' in strip
        assert "<title>Succeeded · 1 Mar, 10:05 UTC · 3 s · 120 records</title>" in strip

    def test_the_shape_differs_by_outcome_without_its_colour(self) -> None:
        states = [RunState.SUCCEEDED, RunState.WARNINGS, RunState.FAILED, RunState.CANCELLED]
        shapes = {re.sub(r"\d", "", _path(ended(state))) for state in states}

        assert len(shapes) == len(states)

    def test_the_longer_the_higher(self) -> None:
        tops = [
            int(_path(ended(RunState.SUCCEEDED, seconds)).split()[1].split("h")[0])
            for seconds in (1, 60, 3600, 7200)
        ]

        assert tops == sorted(tops, reverse=True)
        assert (tops[-1], len(set(tops))) == (0, 3)

    def test_the_newest_is_at_the_right(self) -> None:
        newest, older = RUN, dataclasses.replace(RUN, id=uuid.UUID(int=9))

        strip = strip_of(ORG, [newest, older])

        assert strip.index(str(older.id)) < strip.index(str(newest.id))


class TestWords:
    def test_the_summary_counts_the_outcomes(self) -> None:
        runs = [ended(RunState.FAILED), RUN, RUN]

        assert summary_of(runs) == "The last 3 runs: 2 succeeded, 1 failed."
        assert summary_of([]) == "No run yet."

    def test_a_run_that_has_not_begun_tells_when_it_was_queued(self) -> None:
        queued = dataclasses.replace(
            RUN, state=RunState.QUEUED, started_at=None, finished_at=None, raw_count=0
        )

        assert title_of(queued) == "Queued · 1 Mar, 10:05 UTC"

    @pytest.mark.parametrize(
        ("seconds", "words"),
        [(0.2, "1 s"), (59, "59 s"), (240, "4 min"), (7200, "2 h"), (7500, "2 h 5 min")],
    )
    def test_durations_are_short(self, seconds: float, words: str) -> None:
        assert duration_words(seconds) == words


def _path(run: Run) -> str:
    found = re.search(r'<path d="([^"]+)"', strip_of(ORG, [run]))
    assert found is not None
    return found[1]
