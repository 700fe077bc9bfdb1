"""What people ask of jobs and runs: pages, API and commands call these services, and no others.

Each works in the organization's scope, checks no permission, is one transaction, and writes into
the run's timeline who asked.
"""

from ingestion.control.items import retry_failed
from ingestion.control.locks import is_steered
from ingestion.control.pausing import pause, resume
from ingestion.control.queueing import Queued, retry_now, run_now
from ingestion.control.schedules import edit_schedule
from ingestion.control.stages import run_stage
from ingestion.control.stopping import cancel
from ingestion.control.telling import tell
from ingestion.control.windows import backfill, rehearse, rewind

__all__ = [
    "Queued",
    "backfill",
    "cancel",
    "edit_schedule",
    "is_steered",
    "pause",
    "rehearse",
    "resume",
    "retry_failed",
    "retry_now",
    "rewind",
    "run_now",
    "run_stage",
    "tell",
]
