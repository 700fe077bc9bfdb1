"""Forms of the Pipeline Manager: they parse and validate, and save nothing."""

import dataclasses
import datetime as dt
import functools
from typing import Any
from zoneinfo import available_timezones

from django import forms
from django.utils import timezone

from ingestion.errors import CadenceInvalidError
from ingestion.models import DatasetStatus, Job
from ingestion.pipelines.cadences import CRON, INTERVALS, MANUAL, interval_words
from ingestion.schedule.cadence import Cadence

REASON_LENGTH = 200
REMINDERS_DAYS = (0, 7, 14, 30, 60, 90, 180)
MUTES_DAYS = (0, 1, 7, 30)
DAY_S = 86_400


@functools.cache
def _zones() -> list[str]:
    """Return the names of all time zones; they are files, hundreds of them."""
    return sorted(available_timezones())


class ZoneInput(forms.TextInput):
    """A text field that offers every time zone as it is typed."""

    template_name = "ingestion/pipelines/zone_input.html"

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        """Add the names to offer."""
        context: dict[str, Any] = super().get_context(name, value, attrs)
        return context | {"zones": _zones()}


class ScheduleForm(forms.Form):
    """How often a job runs by itself."""

    every = forms.ChoiceField(label="How often", choices=())
    cron = forms.CharField(
        required=False,
        max_length=120,
        label="Cron expression",
        help_text="Minute, hour, day of month, month and day of week: 30 6 * * 1-5 is 06:30 from"
        " Monday to Friday.",
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    timezone = forms.CharField(required=False, max_length=64, label="Time zone", widget=ZoneInput)

    def __init__(self, *args: Any, job: Job, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # Several may be open on one page.
        self.auto_id = f"id_%s_{job.pk}"
        self.job = job
        self.cadence = Cadence()
        offered = dict(INTERVALS)
        if job.interval_s is not None:
            offered.setdefault(job.interval_s, interval_words(job.interval_s))
        choices = [(str(seconds), label) for seconds, label in sorted(offered.items())]
        every: Any = self.fields["every"]
        every.choices = [
            (MANUAL, "Only when somebody asks"),
            *choices,
            (CRON, "At times of my own (cron)"),
        ]

    @classmethod
    def of(cls, job: Job) -> "ScheduleForm":
        """Return the form with the schedule that ``job`` has."""
        every = CRON if job.cron else str(job.interval_s or MANUAL)
        initial = {"every": every, "cron": job.cron, "timezone": job.timezone}
        return cls(job=job, initial=initial)

    def clean(self) -> dict[str, Any]:
        """Make a cadence of it, and look whether it can be meant."""
        data: dict[str, Any] = super().clean() or self.cleaned_data
        if self.errors:
            return data
        self.cadence = self._spread(self._read(data))
        if data["every"] == CRON and not data["cron"]:
            self.add_error("cron", "Write when, such as 30 6 * * 1-5.")
            return data
        try:
            self.cadence.check()
        except CadenceInvalidError as error:
            is_zone = data["every"] == CRON and self.cadence.timezone not in _zones()
            self.add_error("timezone" if is_zone else "cron", error.message)
        return data

    @property
    def sentences(self) -> tuple[str, ...]:
        """Return what is wrong, field by field."""
        return tuple(str(error) for errors in self.errors.values() for error in errors)

    def _spread(self, cadence: Cadence) -> Cadence:
        """Keep the job's jitter where the cadence leaves room for it."""
        spread = dataclasses.replace(cadence, jitter_s=self.job.jitter_s)
        try:
            spread.check()
        except CadenceInvalidError:
            return cadence
        return spread

    def _read(self, data: dict[str, Any]) -> Cadence:
        zone = data["timezone"].strip() or "UTC"
        if data["every"] == CRON:
            return Cadence(cron=" ".join(data["cron"].split()), timezone=zone)
        if data["every"] == MANUAL:
            return Cadence(timezone=self.job.timezone)
        return Cadence(interval_s=int(data["every"]), timezone=self.job.timezone)


class PauseForm(forms.Form):
    """Why a job is paused; everybody who looks at it reads it."""

    reason = forms.CharField(
        required=False,
        max_length=REASON_LENGTH,
        label="Why?",
        help_text="Everybody in the organization reads it beside the job.",
    )


def _days(count: int) -> str:
    return f"{count} day{'' if count == 1 else 's'}"


class ReminderForm(forms.Form):
    """After how many days a new export should be brought."""

    days = forms.TypedChoiceField(label="Remind me when the export is older than", coerce=int)

    def __init__(self, *args: Any, status: DatasetStatus, **kwargs: Any) -> None:
        current = (status.remind_every_s or 0) // DAY_S
        super().__init__(*args, **kwargs)
        self.auto_id = f"id_%s_{status.pk}"
        days: Any = self.fields["days"]
        days.initial = current
        days.choices = [
            (count, _days(count) if count else "Do not remind me")
            for count in sorted({*REMINDERS_DAYS, current})
        ]

    def clean_days(self) -> int | None:
        """Return the days; None for no reminder."""
        return self.cleaned_data["days"] or None


class MuteForm(forms.Form):
    """For how long nobody wants to hear of a dataset's state."""

    days = forms.TypedChoiceField(
        label="Say nothing of it to anybody for",
        coerce=int,
        initial=7,
        choices=[(count, _days(count) if count else "Tell me again") for count in MUTES_DAYS],
    )

    @property
    def until(self) -> dt.datetime | None:
        """Return the end of the silence; None where there is none."""
        days: int = self.cleaned_data["days"]
        return timezone.now() + dt.timedelta(days=days) if days else None
