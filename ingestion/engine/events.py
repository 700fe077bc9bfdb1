"""The timeline of a run."""

import uuid
from typing import Any

from ingestion.models import RunEvent


def record_event(org_id: uuid.UUID, run_id: uuid.UUID, name: str, /, **detail: Any) -> None:
    """Add a line to the run's timeline."""
    RunEvent.objects.create(org_id=org_id, run_id=run_id, name=name, detail=detail)
