"""The engine's truth: what to do, what was done, how far it came."""

from ingestion.models.dataset import CheckpointHistory, DatasetFlip, DatasetStatus
from ingestion.models.imports import ImportFile
from ingestion.models.item import RunItem
from ingestion.models.job import Job, OrgSchedule
from ingestion.models.notification import Notification, NotificationChoice
from ingestion.models.origin import AssetOrigin, SourceCheckpoint
from ingestion.models.pin_answer import PinAnswer
from ingestion.models.platform import PlatformStatus, WorkerBeat
from ingestion.models.run import RunAttempt, RunEvent, SyncRun
from ingestion.models.sighting import Sighting
from ingestion.models.step import RunStep

__all__ = [
    "AssetOrigin",
    "CheckpointHistory",
    "DatasetFlip",
    "DatasetStatus",
    "ImportFile",
    "Job",
    "Notification",
    "NotificationChoice",
    "OrgSchedule",
    "PinAnswer",
    "PlatformStatus",
    "RunAttempt",
    "RunEvent",
    "RunItem",
    "RunStep",
    "Sighting",
    "SourceCheckpoint",
    "SyncRun",
    "WorkerBeat",
]
