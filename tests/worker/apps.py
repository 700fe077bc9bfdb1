"""An app with a kind of job that works for as long as a test wants."""

from django.apps import AppConfig

KIND = "patient"
HOLD, SLICES = "hold", "slices"


class PatientJobsConfig(AppConfig):
    """Makes the kind known to the engine."""

    name = "tests.worker"
    label = "tests_worker"

    def ready(self) -> None:
        """Register the kind."""
        # Imported here: kinds need loaded models.
        from ingestion.engine.kinds import register  # noqa: PLC0415
        from tests.worker.patient import Patient  # noqa: PLC0415

        register(Patient())
