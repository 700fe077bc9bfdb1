"""The form to watch a folder: it parses and validates, and saves nothing."""

from collections.abc import Sequence
from typing import Final

from django import forms

from ingestion.drops.kind import DropParams
from ingestion.schedule.cadence import Cadence

MANUAL: Final = "manual"
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

    def __init__(self, *args: object, choices: Sequence[tuple[str, str]], **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]  # passed on
        self.fields["connection"].choices = choices  # type: ignore[attr-defined]  # it has some
        self.fields["folder"].help_text = (
            "Within your organization's space, such as exports/pinterest; empty for all of it. "
            "Folders inside of it count too."
        )

    @property
    def cadence(self) -> Cadence:
        """Return how often, once the form is in order."""
        every: str = self.cleaned_data["every"]
        if every == MANUAL:
            return Cadence()
        return Cadence(interval_s=int(every), jitter_s=int(every) // JITTER)
