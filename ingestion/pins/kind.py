"""The job that goes over the pins of an organization, step by step.

Each step goes on by itself where it was broken off; what the job is told may leave out any.
"""

import uuid
from collections.abc import Callable
from typing import Any, ClassVar, Final

from django import forms

from connectors.items import Source
from connectors.models import Connection
from ingestion.engine.kinds import DAY_S, Kind, Slice
from ingestion.engine.steps import AnyStep, LongStep, Step, work_steps
from ingestion.engine.streams import StreamStep
from ingestion.errors import StepSkippedError
from ingestion.models import Job, SyncRun
from ingestion.models.job import JobKind
from ingestion.pins.enhance import USUAL_CONCURRENT, PinDetails
from ingestion.pins.normalize import PinNumbers
from ingestion.pins.pictures import PinPictures
from ingestion.pins.repair import PinRows
from tenants.scope import org_scope

# In the order in which they are done.
STEPS: Final[tuple[AnyStep, ...]] = (
    LongStep("repair", PinRows),
    LongStep("normalize", PinNumbers),
    StreamStep("enhance", PinDetails),
    LongStep("pictures", PinPictures),
)
STEP_LABELS: Final = {
    "repair": "Look whether the rows hold together",
    "normalize": "Give each pin its number",
    "enhance": "Ask Pinterest for what is missing",
    "pictures": "Fetch their pictures",
}
MOST_CONCURRENT: Final = 20


class PinsParams(forms.Form):
    """What a job over the pins is told."""

    steps = forms.MultipleChoiceField(
        required=False,
        choices=[(step.name, STEP_LABELS[step.name]) for step in STEPS],
        widget=forms.CheckboxSelectMultiple,
        label="Steps",
        # Asked for: it is no default of the API, where later steps are meant as well.
        initial=lambda: [step.name for step in STEPS],
        help_text="They are done in this order; all of them where none is chosen.",
    )
    only_images = forms.BooleanField(
        required=False,
        label="Only pins without a picture",
        help_text="Ask only for pins that show no picture yet.",
    )
    max_concurrent = forms.IntegerField(
        required=False,
        min_value=1,
        max_value=MOST_CONCURRENT,
        initial=USUAL_CONCURRENT,
        label="Requests at a time",
        help_text=f"Of Pinterest, 1 to {MOST_CONCURRENT}; fewer while it is slow.",
    )


class PinsKind(Kind):
    """Goes over the pins that are here; brings none that is not."""

    name: ClassVar[str] = JobKind.PINS
    label: ClassVar[str] = "Pin details"
    params_form: ClassVar[type[forms.Form]] = PinsParams
    # Tens of thousands of pins, of which a slow site gives one in five seconds.
    deadline_s: ClassVar[int] = 7 * DAY_S
    is_bulk: ClassVar[bool] = True
    can_be_told: ClassVar[bool] = True

    def clean_params(self, params: dict[str, Any]) -> dict[str, Any]:
        """Return only what was said, so that a later default holds for old jobs too."""
        cleaned = super().clean_params(params)
        return {name: value for name, value in cleaned.items() if value}

    def work(self, turn: Slice) -> None:
        """Do the steps that are left of those that were asked for."""
        with org_scope(turn.held.org_id):
            run = SyncRun.objects.select_related("job").get(pk=turn.held.run_id)
        wanted = run.job.params.get("steps") or [step.name for step in STEPS]
        work_steps(turn, [step if step.name in wanted else _left_out(step) for step in STEPS])


def standing_job(org_id: uuid.UUID) -> Job:
    """Return the job of an organization that people run on Pipelines; made where there is none."""
    job, _ = Job.objects.get_or_create(
        org_id=org_id, kind=JobKind.PINS, is_one_off=False, connection=None
    )
    return job


def offer_after(run: SyncRun) -> None:
    """Let people find the job once an organization has pins."""
    if run.kind == JobKind.PINS or run.is_dry_run or run.connection_id is None:
        return
    of_pins = Connection.objects.filter(pk=run.connection_id, source=Source.PINTEREST.value)
    if of_pins.exists():
        standing_job(run.org_id)


def _left_out(step: AnyStep) -> Step:
    return Step(step.name, _refusal(), is_optional=True)


def _refusal() -> Callable[[], int]:
    def refuse() -> int:
        message = "It was not asked for."
        raise StepSkippedError(message)

    return refuse
