"""What people ask of jobs and runs: pages, API and commands call these services, and no others.

Each works in the organization's scope, checks no permission, is one transaction, and writes into
the run's timeline who asked.
"""

from ingestion.control.pausing import pause, resume
from ingestion.control.queueing import Queued, retry_now, run_now
from ingestion.control.schedules import edit_schedule
from ingestion.control.stages import run_stage
from ingestion.control.stopping import cancel

__all__ = [
    "Queued",
    "cancel",
    "edit_schedule",
    "pause",
    "resume",
    "retry_now",
    "run_now",
    "run_stage",
]
