"""How the pages of people answer a decision: a toast with Undo, and the way back."""

from collections.abc import Callable
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect

from faces.models import Face, FaceEvent, Person
from faces.models.face import FaceState
from faces.models.person import PersonConsent
from faces.people.log import was_kept
from faces.people.telling import tell
from media.views.answers import NOTHING
from tenants.errors import AppError
from tenants.middleware import OrgRequest
from tenants.urls_for import org_reverse

MAX_PAGE = 1_000
GONE = "What was selected is not here any more."


def person_or_404(person_id: UUID) -> Person:
    """Return somebody of the organization in scope; who was merged is not there.

    Raises:
        Http404: there is nobody.
    """
    known = Person.objects.standing().exclude(consent=PersonConsent.WITHDRAWN)
    return get_object_or_404(known, pk=person_id)


def faces_of(keys: list[UUID], person: Person) -> list[UUID]:
    """Return those of ``keys`` that are faces of ``person``, in one order."""
    found = Face.objects.filter(pk__in=keys, person=person).exclude(state=FaceState.SUPPRESSED)
    return list(found.order_by("pk").values_list("pk", flat=True))


def page_number(request: OrgRequest) -> int:
    """Return which page of faces is asked for, from 1."""
    text = request.GET.get("page", "")
    number = int(text) if text.isascii() and text.isdecimal() and len(text) <= 6 else 1  # noqa: PLR2004  # digits
    return min(max(number, 1), MAX_PAGE)


def decide(
    request: OrgRequest, decision: Callable[[], FaceEvent], *, back_to: str, note: str = ""
) -> HttpResponse:
    """Make one decision, say it with Undo, and lead back to a page."""
    try:
        event = decision()
    except AppError as error:
        messages.error(request, error.message)
    else:
        say(request, event, note=note)
    return redirect(back_to)


def say(request: OrgRequest, event: FaceEvent, *, note: str = "") -> None:
    """Leave a toast about ``event`` for the next page."""
    if not was_kept(event):
        messages.info(request, NOTHING)
        return
    sentence = f"{tell([event])[0].sentence}. {note}".strip()
    messages.success(request, sentence, extra_tags=f"undo:{undo_url(request, event.pk)}")


def undo_url(request: OrgRequest, event_id: UUID) -> str:
    """Return the address that takes a decision back."""
    return org_reverse(request.org, "faces:decision_undo", event_id=event_id)
