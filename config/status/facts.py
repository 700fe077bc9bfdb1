"""What is known of the installation at one moment; the names are those of ``status --json``.

Ages are seconds by the database's clock. Organizations appear by their slug, never by what they
hold.
"""

import dataclasses
import datetime as dt


@dataclasses.dataclass(frozen=True, slots=True)
class Worker:
    """A cluster of workers: ``alive``, ``draining``, or ``silent`` when its host says nothing."""

    host: str
    cluster: str
    pid: int
    workers: int
    state: str
    silent_s: float
    up_s: float


@dataclasses.dataclass(frozen=True, slots=True)
class Queue:
    """The pokes of one cluster, which only wake workers."""

    cluster: str
    waiting: int
    taken: int
    oldest_s: float | None


@dataclasses.dataclass(frozen=True, slots=True)
class RunsInLine:
    """The runs of one state; of those that wait, how many a worker could begin now."""

    state: str
    runs: int
    due: int
    oldest_due_s: float | None


@dataclasses.dataclass(frozen=True, slots=True)
class Lease:
    """A run at work; ``progress_s`` since its last batch, ``expires_in_s`` until it is lost."""

    run_id: str
    org: str
    kind: str
    lane: int
    owner: str
    age_s: float
    progress_s: float
    expires_in_s: float


@dataclasses.dataclass(frozen=True, slots=True)
class OrgBacklog:
    """What waits of one organization: runs by state, and units of stages."""

    org: str
    queued: int
    retry_wait: int
    running: int
    pending_units: int


@dataclasses.dataclass(frozen=True, slots=True)
class Outcome:
    """How many runs of the last 24 hours ended so."""

    state: str
    error_code: str
    runs: int


@dataclasses.dataclass(frozen=True, slots=True)
class EndedBadly:
    """A run that ended with nothing done, or with a part of it."""

    run_id: str
    org: str
    kind: str
    state: str
    error_code: str
    ended_s: float


@dataclasses.dataclass(frozen=True, slots=True)
class Halts:
    """What waits for somebody or something else, and what the tick has not yet queued."""

    paused_jobs: int
    blocked_connections: int
    due_jobs: int
    oldest_due_job_s: float | None


@dataclasses.dataclass(frozen=True, slots=True)
class StageBacklog:
    """The units of a stage with one status; the oldest pending one waits for ``oldest_s``."""

    stage: str
    status: str
    units: int
    oldest_s: float | None


@dataclasses.dataclass(frozen=True, slots=True)
class ChoreStatus:
    """A job of the whole platform, judged as a dataset is; its age is that of its last success."""

    name: str
    freshness: str
    age_s: float | None
    attempt_age_s: float | None
    expected_every_s: int
    consecutive_failures: int
    error_code: str
    changed: int
    took_ms: int


@dataclasses.dataclass(frozen=True, slots=True)
class Table:
    """A table with its indexes; ``rows`` is the planner's estimate."""

    name: str
    size_bytes: int
    rows: int


@dataclasses.dataclass(frozen=True, slots=True)
class Database:
    """Its size on disk, and what most of it is."""

    size_bytes: int
    tables: list[Table]


@dataclasses.dataclass(frozen=True, slots=True)
class Storage:
    """Stored pictures, by their rows, of very many an estimate; and import files that are kept."""

    size_bytes: int
    is_estimate: bool
    import_files_bytes: int


@dataclasses.dataclass(frozen=True, slots=True)
class Installation:
    """What can be told whatever tables there are; no more, where some or their columns lack."""

    at: dt.datetime
    version: str
    commit: str
    pending_migrations: list[str]


@dataclasses.dataclass(frozen=True, slots=True)
class Snapshot(Installation):
    """Everything, at one moment."""

    workers: list[Worker]
    queues: list[Queue]
    line: list[RunsInLine]
    leases: list[Lease]
    orgs: list[OrgBacklog]
    outcomes: list[Outcome]
    halts: Halts
    stages: list[StageBacklog]
    chores: list[ChoreStatus]
    database: Database
    storage: Storage

    @property
    def tick_age_s(self) -> float | None:
        """How long ago the tick came last, whether or not all went well; None if it never did."""
        ages = [chore.attempt_age_s for chore in self.chores if chore.attempt_age_s is not None]
        return min(ages, default=None)

    @property
    def oldest_due_s(self) -> float | None:
        """For how long the oldest run waits that a worker could begin."""
        ages = [runs.oldest_due_s for runs in self.line if runs.oldest_due_s is not None]
        return max(ages, default=None)
