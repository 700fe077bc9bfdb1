"""What ingestion does when faces were found, or people decided something about them."""

from typing import Any, Final
from uuid import UUID

from django.dispatch import receiver

from faces.models import Face
from faces.models.face import FaceState
from faces.people.engine import is_on
from faces.people.signals import grouping_asked, people_changed
from ingestion.faces_people import queue_grouping, queue_grouping_anew
from ingestion.models import SyncRun
from ingestion.signals import run_succeeded, run_yielded
from tenants.models import User

# The stage that finds faces.
FACES: Final = "faces"


@receiver([run_succeeded, run_yielded])
def group_new_faces(*, run: SyncRun, **_: Any) -> None:
    """Group the faces that a run of their stage has found."""
    if run.kind == FACES and Face.objects.filter(state=FaceState.NEW).exists():
        queue_grouping(run.org_id)


@receiver(people_changed)
def group_again(*, org_id: UUID, **_: Any) -> None:
    """Try again what is open, by what people have said of others meanwhile."""
    if is_on():
        queue_grouping(org_id)


@receiver(grouping_asked)
def group_anew(*, org_id: UUID, by: User | None, **_: Any) -> None:
    """Group all faces that nobody decided about from the start."""
    queue_grouping_anew(org_id, by)
