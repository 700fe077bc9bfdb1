"""An app with a kind of job that works for as long as a test wants."""

import os
import time
from pathlib import Path
from typing import ClassVar

from django.apps import AppConfig

KIND = "patient"
HOLD, SLICES = "hold", "slices"


class PatientJobsConfig(AppConfig):
    """Makes the kind known to the engine."""

    name = "tests.worker"
    label = "tests_worker"

    def ready(self) -> None:
        """Register the kind."""
        from ingestion.engine.kinds import register  # noqa: PLC0415  # needs loaded models

        register(Patient())


class Patient:
    """Works while the file ``hold`` is there, and notes each slice in the file ``slices``."""

    name: ClassVar[str] = KIND

    def work(self, turn: object) -> None:
        """Work a slice; a loop of naps stands for batches."""
        from ingestion.engine import runs  # noqa: PLC0415  # needs loaded models
        from ingestion.engine.kinds import Slice  # noqa: PLC0415
        from tenants.scope import org_scope  # noqa: PLC0415

        assert isinstance(turn, Slice)
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
