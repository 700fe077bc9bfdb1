"""How people call what the Pipeline Manager shows."""

import uuid
from typing import Final

from connectors.models import Connection
from ingestion.engine.kinds import kinds
from ingestion.freshness.datasets import DATASETS, SAVED_ITEMS
from ingestion.models import DatasetStatus, Job
from ingestion.models.job import JobKind, JobState
from media.library import source_name
from media.models.stage import Stage

# What the stages work on, within a sentence.
_UNITS: Final = {
    Stage.FETCH: "picture",
    Stage.RENDITION: "thumbnail",
    Stage.FACES: "picture",
    Stage.LINKS: "link",
}


def job_name(job: Job) -> str:
    """Return what a job is called, with the connection that it belongs to."""
    name = job.name or kind_label(job.kind)
    return name if job.connection is None else f"{name} of {connection_name(job.connection)}"


def kind_label(kind: str) -> str:
    """Return what a kind of job is called; its own word where the kind is gone."""
    labels = {each.name: each.label for each in kinds()}
    return labels.get(kind, kind.replace("_", " ").capitalize())


def connection_name(connection: Connection) -> str:
    """Return what people call a connection: its name, with the source where it does not say it."""
    source = source_name(connection.source)
    name = connection.name
    return name if source.lower() in name.lower() else f"{source}: {name}"


def dataset_label(status: DatasetStatus) -> str:
    """Return what a dataset is called, as a heading."""
    known = DATASETS.get(status.name)
    return known.label if known else status.name.replace("_", " ").capitalize()


def line_id_of(status: DatasetStatus) -> uuid.UUID:
    """Return what names the line of a dataset on Pipelines: its standing job, else itself."""
    job = status.job
    is_standing = job is not None and not job.is_one_off and job.state != JobState.ARCHIVED
    return job.pk if job is not None and is_standing else status.pk


def kind_that_brings(dataset: str) -> str:
    """Return which kind of job refreshes a dataset that has no standing job."""
    if dataset == SAVED_ITEMS:
        return JobKind.IMPORT
    return next((kind.name for kind in kinds() if dataset in kind.datasets), JobKind.IMPORT)


def stage_unit(stage: Stage) -> str:
    """Return what ``stage`` works on, in the singular."""
    return _UNITS[stage]
