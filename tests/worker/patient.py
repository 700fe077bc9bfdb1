"""A kind of job that works for as long as a test wants."""

import os
import time
from pathlib import Path
from typing import ClassVar

from ingestion.engine import runs
from ingestion.engine.kinds import Kind, Slice
from tenants.scope import org_scope
from tests.worker.apps import HOLD, KIND, SLICES


class Patient(Kind):
    """Works while the file ``hold`` is there, and notes each slice in the file ``slices``."""

    name: ClassVar[str] = KIND
    label: ClassVar[str] = "Wait"

    def work(self, turn: Slice) -> None:
        """Work a slice; a loop of naps stands for batches."""
        folder = Path(os.environ["PATIENT_FOLDER"])
        with (folder / SLICES).open("a") as slices:
            slices.write(f"{os.getpid()}\n")
        while (folder / HOLD).exists() and not turn.is_over:
            time.sleep(0.05)
        with org_scope(turn.held.org_id):
            if (folder / HOLD).exists():
                runs.yield_run(turn.held)
            else:
                runs.finish_run(turn.held)
