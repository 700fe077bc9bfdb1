"""The engine's truth: what to do, what was done, how far it came."""

from ingestion.models.imports import ImportFile
from ingestion.models.job import Job, OrgSchedule
from ingestion.models.origin import AssetOrigin, SourceCheckpoint
from ingestion.models.run import RunAttempt, RunEvent, RunItem, SyncRun
from ingestion.models.step import RunStep

__all__ = [
    "AssetOrigin",
    "ImportFile",
    "Job",
    "OrgSchedule",
    "RunAttempt",
    "RunEvent",
    "RunItem",
    "RunStep",
    "SourceCheckpoint",
    "SyncRun",
]
