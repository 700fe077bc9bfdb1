"""The kind of job that takes in pictures from a person's disk; their bytes are stored before it."""

from typing import ClassVar

from connectors.items import Source
from ingestion.gather.kind import GatherKind
from ingestion.gather.storing import Place
from ingestion.models import AssetOrigin, SyncRun
from ingestion.models.job import JobKind


class UploadKind(GatherKind):
    """Decodes what was brought, and makes assets of it."""

    name: ClassVar[str] = JobKind.UPLOAD
    label: ClassVar[str] = "Take in pictures"

    def place(self, run: SyncRun) -> Place:
        """Return that they come from somebody's disk."""
        return Place(source=Source.UPLOAD, via=AssetOrigin.Via.UPLOAD)
