"""Reads of drop folders for pages: each a fixed number of queries."""

import dataclasses

from connectors.models import Connection
from connectors.readers.kinds import KINDS
from ingestion.drops.services import NEW
from ingestion.drops.space import place_of
from ingestion.models import Job, SyncRun
from ingestion.models.job import JobKind, JobState
from ingestion.models.run import RunState
from ingestion.pipelines.cadences import spoken
from tenants.models import Organization

# Of what people bring as files; in the order of the readers.
SOURCES = tuple(dict.fromkeys(kind.source for kind in KINDS.values()))
_TROUBLE = (RunState.FAILED, RunState.DEAD, RunState.ACTION_REQUIRED)


@dataclasses.dataclass(frozen=True, slots=True)
class WatchedFolder:
    """A folder that is looked at, and how the last look went.

    Attributes:
        place: where its files are put, as ``place_of`` says it.
        last_run: the latest that is over; None before the first.
        open_run: the one that waits or is at work.
    """

    job: Job
    place: str
    last_run: SyncRun | None
    open_run: SyncRun | None

    @property
    def cadence(self) -> str:
        """Return how often it is looked at, in words."""
        return spoken(self.job.cadence).rstrip(".")

    @property
    def badge(self) -> str:
        """Return the look of its word."""
        if self.job.state == JobState.PAUSED:
            return "neutral"
        if self.last_run is None:
            return "info" if self.open_run else "neutral"
        if self.last_run.state in _TROUBLE:
            return "danger"
        return "warning" if self.last_run.failed_count else "success"

    @property
    def word(self) -> str:
        """Return how it stands, in a word or two."""
        if self.job.state == JobState.PAUSED:
            return "Paused"
        if self.last_run is None:
            return "Looking" if self.open_run else "Not looked at yet"
        if self.last_run.state in _TROUBLE:
            return "Needs you" if self.last_run.state == RunState.ACTION_REQUIRED else "Failed"
        return "Some refused" if self.last_run.failed_count else "Watching"


def watched_folders(org: Organization) -> list[WatchedFolder]:
    """Return the folders that are watched, by the name of their connection."""
    jobs = list(
        org.jobs.filter(kind=JobKind.DROP)
        .exclude(state=JobState.ARCHIVED)
        .select_related("connection")
        .order_by("connection__name", "pk")
    )
    runs = SyncRun.objects.filter(job__in=jobs, is_dry_run=False)
    newest = runs.order_by("job", "-created_at", "-pk").distinct("job")
    last = {run.job_id: run for run in newest.exclude(finished_at=None)}
    open_runs = {run.job_id: run for run in newest.filter(finished_at=None)}
    return [
        WatchedFolder(
            job,
            place_of(org.pk, job.params.get("folder", "")),
            last.get(job.pk),
            open_runs.get(job.pk),
        )
        for job in jobs
    ]


def folder_choices() -> list[tuple[str, str]]:
    """Return what a folder may belong to: each connection, and sources that have none yet.

    Works in the organization in scope.
    """
    connections = list(Connection.objects.filter(source__in=SOURCES).by_name())
    found = [(str(each.pk), f"{each.name} ({each.get_source_display()})") for each in connections]
    met = {each.source for each in connections}
    return found + [
        (f"{NEW}:{source.value}", f"{source.value.title()}, as a new connection")
        for source in SOURCES
        if source.value not in met
    ]
