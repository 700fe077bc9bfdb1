"""One line of the Pipeline Manager: a job with the datasets that it refreshes, or the latter alone.

Its health says how old what people see is; its activity says what is going on. The two are told
apart: a line that is at work may be out of date, and one that failed may still be in time.
"""

import dataclasses
import datetime as dt
import uuid
from functools import cached_property

from django.utils import timezone

from connectors.models import Connection
from ingestion.codes import Remedy, remedy_of
from ingestion.control.pausing import has_stopped
from ingestion.freshness.words import warning_of
from ingestion.models import DatasetStatus, Job
from ingestion.models.job import JobState
from ingestion.models.run import RunState
from ingestion.pipelines.cadences import clock, spoken
from ingestion.pipelines.looks import ACTIVITY, HEALTH, OUTCOME, TROUBLED, Look, worst
from ingestion.pipelines.names import dataset_label, kind_label, kind_that_brings
from ingestion.pipelines.runs import LineKey, Run
from ingestion.pipelines.strips import strip_of, summary_of
from ingestion.pipelines.windows import offered_by
from tenants.models import Organization

BAD_ENDS = (RunState.FAILED, RunState.DEAD, RunState.ACTION_REQUIRED)
# In line, and yet not without trouble: a failure that is tried again, or a wait for the source.
_STUMBLED = (RunState.RETRY_WAIT, RunState.QUEUED)


@dataclasses.dataclass(frozen=True)
class Line:
    """What is refreshed, how, and how that goes.

    Attributes:
        job: the standing job; None of what people bring.
        datasets: what it refreshes; may be empty before its first run.
        runs: the last ones, newest first.
    """

    org: Organization
    connection: Connection | None
    job: Job | None
    datasets: list[DatasetStatus]
    runs: list[Run] = dataclasses.field(default_factory=list)

    @property
    def id(self) -> uuid.UUID:
        """Return what names it on the page."""
        return self.job.pk if self.job else self.datasets[0].pk

    @property
    def key(self) -> LineKey:
        """Return whose runs are its own."""
        kind = self.job.kind if self.job else kind_that_brings(self.datasets[0].name)
        return kind, None if self.connection is None else self.connection.pk

    @property
    def title(self) -> str:
        """Return what it is called: the one thing that it refreshes, else what it does."""
        if self.job is None or (len(self.datasets) == 1 and not self.job.name):
            return dataset_label(self.datasets[0])
        return self.job.name or kind_label(self.job.kind)

    @cached_property
    def dataset(self) -> DatasetStatus | None:
        """Return the one of its datasets that is worst off."""
        state = worst([status.state for status in self.datasets])
        return next((each for each in self.datasets if each.state == state), None)

    @property
    def health(self) -> Look | None:
        """Return how old what people see is; None of a job that refreshes nothing."""
        return HEALTH[self.dataset.state] if self.dataset else None

    @property
    def dated(self) -> list[tuple[str, DatasetStatus]]:
        """Return each dataset with what its age is headed by."""
        if len(self.datasets) == 1:
            return [("Freshness", self.datasets[0])]
        return [(dataset_label(status), status) for status in self.datasets]

    @property
    def is_troubled(self) -> bool:
        """Return whether people are told of it as long as nobody mutes it."""
        return self.dataset is not None and self.dataset.state in TROUBLED

    @cached_property
    def muted(self) -> list[DatasetStatus]:
        """Return those of which nobody hears for now."""
        now = timezone.now()
        return [each for each in self.datasets if each.muted_until and each.muted_until > now]

    @cached_property
    def open_run(self) -> Run | None:
        """Return the run that is at work, or else the first in line."""
        found = [run for run in self.runs if run.is_open]
        return max(found, key=lambda run: run.state == RunState.RUNNING, default=None)

    @cached_property
    def last_run(self) -> Run | None:
        """Return the last run that has ended."""
        return next((run for run in self.runs if not run.is_open), None)

    @property
    def last_outcome(self) -> Look | None:
        """Return how that one ended."""
        return OUTCOME[self.last_run.state] if self.last_run else None

    @cached_property
    def waits_until(self) -> dt.datetime | None:
        """Return when what waits goes on; None where nothing does, or nobody knows."""
        run = self.open_run
        if run is None or run.state == RunState.RUNNING or run.is_held:
            return None
        blocked = self.connection.blocked_until if self.connection else None
        until = max(run.run_after, blocked) if blocked else run.run_after
        return until if until > timezone.now() else None

    @property
    def is_blocked(self) -> bool:
        """Return whether the source asked us to wait, so that nothing goes on before."""
        blocked = self.connection.blocked_until if self.connection else None
        return blocked is not None and blocked > timezone.now()

    @property
    def is_paused(self) -> bool:
        """Return whether its job makes no runs."""
        return self.job is not None and self.job.state == JobState.PAUSED

    @cached_property
    def activity(self) -> Look:
        """Return what is going on."""
        run = self.open_run
        if run is not None and run.state == RunState.RUNNING:
            return ACTIVITY["running"]
        if self.is_paused:
            return ACTIVITY["paused"]
        if run is None:
            return ACTIVITY["idle"]
        if run.is_held or self.waits_until is not None:
            return ACTIVITY["waiting"]
        return ACTIVITY["queued"]

    @property
    def schedule(self) -> str:
        """Return how often it runs by itself, as a sentence."""
        return spoken(self.job.cadence) if self.job else "When somebody brings a new export."

    @property
    def is_stopped(self) -> bool:
        """Return whether its schedule stands still until what is wrong has been mended."""
        return self.job is not None and not self.is_paused and has_stopped(self.job)

    @property
    def offers_more(self) -> bool:
        """Return whether people may ask for more of it than a plain run."""
        return self.job is not None and bool(offered_by(self.job.kind))

    @property
    def next_run(self) -> str:
        """Return when it runs next, in the time zone of its schedule; empty where nobody knows."""
        if self.job is None or self.is_paused or self.job.next_due_at is None:
            return ""
        return clock(self.job.next_due_at, self.job.cadence)

    @cached_property
    def error(self) -> Run | DatasetStatus | None:
        """Return what carries the sentence about its trouble: a run, or a dataset of its own."""
        for run in (self.open_run, self.last_run):
            if run is not None and run.user_message and run.state in (*BAD_ENDS, *_STUMBLED):
                return run
        return next((each for each in self.datasets if each.user_message), None)

    @property
    def remedy(self) -> Remedy:
        """Return the one thing that mends its trouble."""
        if self.error is None or (self.open_run and self.activity != ACTIVITY["waiting"]):
            return Remedy.NONE
        return remedy_of(self.error.error_code)

    @property
    def warning(self) -> str:
        """Return what its last success was not quite sure of; empty for nothing."""
        return next(filter(None, map(warning_of, self.datasets)), "")

    @cached_property
    def strip(self) -> str:
        """Return the marks of its last runs."""
        return strip_of(self.org, self.runs)

    @property
    def strip_summary(self) -> str:
        """Return the same in words."""
        return summary_of(self.runs)


def lines_of(
    org: Organization,
    connection: Connection | None,
    jobs: list[Job],
    datasets: list[DatasetStatus],
) -> list[Line]:
    """Return the lines of one connection, or of what belongs to no connection."""
    keys = {job.pk for job in jobs}
    lines = [
        Line(org, connection, job, [each for each in datasets if each.job_id == job.pk])
        for job in jobs
    ]
    alone = [each for each in datasets if each.job_id not in keys]
    return [Line(org, connection, None, [each]) for each in alone] + lines
