"""Runs that do not simply go on, as people ask for them: which a job offers, and their forms."""

import dataclasses
import datetime as dt
from typing import Any, Final

from django import forms
from django.db.models import QuerySet

from ingestion.drops.known import Known
from ingestion.engine.kinds import kinds
from ingestion.models import CheckpointHistory, Job
from ingestion.models.job import JobKind

DAY: Final = dt.timedelta(days=1)


@dataclasses.dataclass(frozen=True, slots=True)
class Offered:
    """What people may ask of a job beyond a plain run."""

    rehearse: bool = False
    backfill: bool = False
    rewind: bool = False
    tell: bool = False

    def __bool__(self) -> bool:
        """Return whether there is anything."""
        return self.rehearse or self.backfill or self.rewind or self.tell


def offered_by(kind: str) -> Offered:
    """Return what jobs of the kind called so offer; of one that is gone nothing."""
    found = next((each for each in kinds() if each.name == kind), None)
    if found is None:
        return Offered()
    return Offered(found.can_rehearse, found.can_backfill, found.can_rewind, found.can_be_told)


def told_form(job: Job, data: Any = None) -> forms.Form | None:
    """Return the form of what ``job`` does, as it stands; None of a kind that is gone."""
    found = next((each for each in kinds() if each.name == job.kind), None)
    if found is None or not found.can_be_told:
        return None
    return found.params_form(data, initial=job.params, auto_id=f"id_%s_{job.pk}")


def checkpoints_of(job: Job) -> "QuerySet[CheckpointHistory]":
    """Return where the stream of ``job`` stood after its runs, the latest first."""
    return CheckpointHistory.objects.filter(
        checkpoint__connection=job.connection_id, checkpoint__stream=job.kind
    ).order_by("-sequence", "-pk")


def stood_at(kind: str, found: CheckpointHistory) -> str:
    """Return what was read by then, in words."""
    if kind == JobKind.DROP:
        count = len(Known.from_cursor(found.cursor))
        return f"{count:,} file{'' if count == 1 else 's'} known"
    return f"page {found.sequence:,}"


class DayInput(forms.DateInput):
    """A date, picked from a calendar where the browser has one."""

    input_type = "date"

    def __init__(self) -> None:
        super().__init__(format="%Y-%m-%d")


class WindowForm(forms.Form):
    """From which day to which; at least one of them is said."""

    start = forms.DateField(required=False, label="From", widget=DayInput)
    end = forms.DateField(required=False, label="To, that day included", widget=DayInput)

    def clean(self) -> dict[str, Any]:
        """Look whether the days are in order."""
        data: dict[str, Any] = super().clean() or self.cleaned_data
        start, end = data.get("start"), data.get("end")
        if not self.errors and start is None and end is None:
            raise forms.ValidationError("Say from which day, to which day, or both.")
        if start and end and start > end:
            raise forms.ValidationError("The first day comes before the last one.")
        return data

    def clean_end(self) -> dt.date | None:
        """Return the last day, which must have one behind it."""
        end: dt.date | None = self.cleaned_data["end"]
        if end == dt.date.max:
            raise forms.ValidationError("Choose an earlier day.")
        return end

    @property
    def window(self) -> tuple[dt.datetime | None, dt.datetime | None]:
        """Return the first moment and the first one behind, by the days of UTC."""
        start, end = self.cleaned_data["start"], self.cleaned_data["end"]
        return _midnight(start), _midnight(end + DAY if end else None)


class RewindForm(forms.Form):
    """Which earlier place to go back to."""

    checkpoint = forms.UUIDField(
        error_messages={
            "required": "Choose where to go back to.",
            "invalid": "Choose one of the places below.",
        }
    )

    def __init__(self, *args: Any, job: Job, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.job = job

    def clean_checkpoint(self) -> CheckpointHistory:
        """Return the place, if it is one of the job's."""
        found = checkpoints_of(self.job).filter(pk=self.cleaned_data["checkpoint"]).first()
        if found is None:
            raise forms.ValidationError("That place is not kept any more. Choose another one.")
        return found


def _midnight(day: dt.date | None) -> dt.datetime | None:
    return None if day is None else dt.datetime.combine(day, dt.time(), dt.UTC)
