"""The form to watch a folder: it parses and validates, and saves nothing."""

from collections.abc import Sequence
from typing import Final

from django import forms

from ingestion.drops.kind import DropParams
from ingestion.models import Job
from ingestion.pipelines.cadences import spoken
from ingestion.schedule.cadence import Cadence

MANUAL: Final = "manual"
# A schedule that was written elsewhere, such as cron.
KEEP: Final = "keep"
HOUR_S: Final = 3600
# Seconds, and what people choose.
EVERY: Final = (
    ("900", "Every 15 minutes"),
    (str(HOUR_S), "Every hour"),
    (str(6 * HOUR_S), "Every 6 hours"),
    (str(24 * HOUR_S), "Every day"),
    (str(7 * 24 * HOUR_S), "Every week"),
    (MANUAL, "Only when somebody asks"),
)
# Of an interval, so that the folders of many are not read in the same second.
JITTER: Final = 6


class WatchForm(DropParams):
    """Whose folder, which one, and how often it is looked at."""

    connection = forms.ChoiceField(
        label="Connection",
        help_text="What the files belong to. Each connection has a folder of its own.",
    )
    every = forms.ChoiceField(label="Look for new files", choices=EVERY, initial=str(HOUR_S))

    field_order = ("connection", "folder", "every")

    def __init__(
        self,
        *args: object,
        choices: Sequence[tuple[str, str]],
        job: Job | None = None,
        **kwargs: object,
    ) -> None:
        """Args: ``job`` is what watches the folder that is to be changed."""
        initial = {} if job is None else _initial(job)
        super().__init__(*args, **{**kwargs, "initial": initial})  # type: ignore[arg-type]  # passed on
        self.job = job
        if initial.get("every") == KEEP and job is not None:
            every = [(KEEP, f"As it is: {spoken(job.cadence).rstrip('.')}"), *EVERY]
            self.fields["every"].choices = every  # type: ignore[attr-defined]  # it has some
        self.fields["connection"].choices = choices  # type: ignore[attr-defined]  # it has some
        self.fields["folder"].help_text = (
            "Within your organization's space, such as exports/pinterest; empty for all of it. "
            "Folders inside of it count too."
        )

    @property
    def cadence(self) -> Cadence:
        """Return how often, once the form is in order."""
        every: str = self.cleaned_data["every"]
        if every == KEEP and self.job is not None:
            return self.job.cadence
        if every == MANUAL:
            return Cadence()
        return Cadence(interval_s=int(every), jitter_s=int(every) // JITTER)


def _initial(job: Job) -> dict[str, str]:
    """Return what the form says of the folder that ``job`` watches."""
    every = MANUAL if job.cadence.is_manual else str(job.interval_s)
    return {
        "connection": str(job.connection_id),
        "folder": job.params.get("folder", ""),
        "every": every if every in dict(EVERY) else KEEP,
    }
