"""The review: one question at a time, each answered by one key."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.cache import patch_vary_headers
from django.utils.http import urlencode
from django.views.decorators.http import require_POST, require_safe
from django_htmx.http import trigger_client_event

from faces import people
from faces.models import Face, FaceEvent, Person
from faces.models.face import FaceState
from faces.people.engine import is_on, rulebook
from faces.people.log import was_kept
from faces.people.questions import KINDS, Kind, Left, next_question, questions_left
from faces.people.reads import known_names
from faces.people.telling import tell
from faces.people_forms import QuestionForm
from faces.views.answers import undo_url
from faces.views.trail import trail_of, written
from media.library.filters import parse_id
from media.views.answers import NOTHING, errors_of
from tenants.errors import AppError
from tenants.middleware import OrgRequest
from tenants.models import User
from tenants.permissions import Permission, requires
from tenants.urls_for import org_reverse
from tenants.views.requests import person

MEANWHILE = "Somebody decided that meanwhile."


@requires(Permission.EDIT_LIBRARY)
@require_safe
def review(request: OrgRequest) -> HttpResponse:
    """Ask the next question; ``of`` chooses the kind, ``person`` asks of one person alone."""
    template = "faces/parts/question.html" if request.htmx else "faces/review.html"
    response = render(request, template, _context(request))
    patch_vary_headers(response, ["HX-Request"])
    return response


@requires(Permission.EDIT_LIBRARY)
@require_POST
def decide(request: OrgRequest) -> HttpResponse:
    """Take an answer, and ask the next question."""
    form = QuestionForm(request.POST)
    if not form.is_valid():
        return show_next(request, said=" ".join(errors_of(form)), status=422)
    try:
        event = _answer(request, form.cleaned_data)
    except AppError as error:
        return show_next(request, said=error.message)
    if event is None:
        return show_next(request, said=MEANWHILE)
    if not was_kept(event):
        return show_next(request, said=NOTHING)
    return show_next(request, said=f"{tell([event])[0].sentence}.", event=event)


def show_next(
    request: OrgRequest, *, said: str, event: FaceEvent | None = None, status: int = 200
) -> HttpResponse:
    """Answer with the next question and what was done last; without htmx lead back to the page."""
    if not request.htmx:
        level = messages.info if event is None else messages.success
        level(request, said, extra_tags=f"undo:{undo_url(request, event.pk)}" if event else "")
        query = urlencode(
            {key: value for key in ("of", "about") if (value := request.POST.get(key))}
        )
        address = org_reverse(request.org, "faces:review")
        return redirect(f"{address}?{query}" if query else address)
    post = request.POST
    trail = trail_of(post.get("trail", ""), event=event, of=post.get("of", ""))
    context = {**_context(request), "said": said, "trail": written(trail)}
    if trail:
        context |= {
            "undo_url": undo_url(request, trail[0].event_id),
            # Taken back, the same question is asked again, and not the next of another kind.
            "undo_of": trail[0].of,
            "trail_before": written(trail[1:]),
            "is_undo_of_before": event is None,
        }
    response = render(request, "faces/parts/question.html", context, status=status)
    return trigger_client_event(response, "magpie:announce", {"value": said})


def _context(request: OrgRequest) -> dict[str, Any]:
    """Return the next question, of the kind that is asked for or the first that has one."""
    params = request.POST if request.method == "POST" else request.GET
    by, about = person(request), params.get("about", "")
    who = parse_id(about) if about else None
    left = questions_left(by, who)
    kind = _kind(params.get("of", ""), left)
    return {
        "question": next_question(kind, by, person=who, likely=_likely()),
        "of": kind,
        "left": left,
        "about": str(who) if who else "",
        "about_person": Person.objects.filter(pk=who).first() if who else None,
        "names": known_names(),
        "is_on": is_on(),
    }


def _kind(wish: str, left: Left) -> Kind:
    counts = {"faces": left.faces, "pairs": left.pairs, "people": left.people}
    for kind in KINDS:
        if kind == wish and counts[kind]:
            return kind
    return next((kind for kind in KINDS if counts[kind]), "faces")


def _likely() -> float:
    """Return up to which distance a suggestion is called likely: halfway to where none is made."""
    rules = rulebook()
    return (rules.thresholds.accept + rules.thresholds.suggest) / 2 if rules else 0.0


def _answer(request: OrgRequest, said: dict[str, Any]) -> FaceEvent | None:
    """Do what was decided; None where it was decided meanwhile."""
    who, by = _standing(said["person"]), person(request)
    if who is None:
        return None
    if said["of"] == "pairs":
        other = _standing(said["other"])
        return _about_pair(who, other, said["decision"], by) if other else None
    if said["of"] == "people":
        return _about_person(who, said, by)
    face = Face.objects.filter(pk=said["face"]).first()
    return _about_face(face, who, said, by) if face else None


def _standing(key: UUID | None) -> Person | None:
    if key is None:
        return None
    found: Person | None = Person.objects.matched().filter(pk=key).first()
    return found


def _about_face(face: Face, who: Person, said: dict[str, Any], by: User) -> FaceEvent | None:
    if said["decision"] == "skip":
        return people.skip(by, face=face.pk, person=who.pk)
    if face.state != FaceState.SUGGESTED or face.suggested_person_id != who.pk:
        return None
    if said["decision"] == "new":
        return people.name_faces([face.pk], said["name"], by)[1]
    if said["decision"] == "none":
        return people.mark_not_faces([face.pk], by)
    say = {"yes": people.confirm_faces, "no": people.reject_faces}.get(said["decision"])
    return say([face.pk], who, by) if say else None


def _about_pair(one: Person, other: Person, decision: str, by: User) -> FaceEvent | None:
    if decision == "skip":
        return people.skip(by, person=one.pk, other=other.pk)
    if decision == "no":
        return people.keep_apart(one, other, by)
    if decision != "yes":
        return None
    into, merged = sorted((one, other), key=lambda each: (not each.name, -each.face_count, each.pk))
    return people.merge_people(into, [merged], by)


def _about_person(who: Person, said: dict[str, Any], by: User) -> FaceEvent | None:
    if said["decision"] == "skip":
        return people.skip(by, person=who.pk)
    if who.name:
        return None
    if said["decision"] == "new":
        return people.name_person(who, said["name"], by)[1]
    if said["decision"] == "hide":
        return people.set_hidden(who, by, is_hidden=True)
    if said["decision"] == "none":
        return people.mark_not_faces(who.faces.values_list("pk", flat=True), by)
    return None
