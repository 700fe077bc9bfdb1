"""One person: their faces, and what is done with some of these."""

from collections.abc import Callable
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.cache import patch_vary_headers
from django.views.decorators.http import require_POST, require_safe

from faces import people
from faces.models import Face, FaceEvent, Person
from faces.people.albums import album_of, examples_of, figures_of
from faces.people.engine import is_on
from faces.people.pairs import propose_split
from faces.people.reads import known_names, thumb
from faces.people_forms import ChosenForm, PersonNameForm
from faces.views.answers import GONE, decide, faces_of, page_number, person_or_404
from media.views.answers import errors_of, refused
from tenants.middleware import OrgRequest
from tenants.permissions import Permission, requires
from tenants.urls_for import org_reverse
from tenants.views.requests import person

SPLIT_SHOWN = 12


@requires(Permission.VIEW_LIBRARY)
@require_safe
def person_page(request: OrgRequest, person_id: UUID) -> HttpResponse:
    """Show somebody's faces, those that look least like the others last."""
    moved = _merged_into(person_id)
    if moved is not None:
        return redirect(_page(request, moved))
    who = person_or_404(person_id)
    album = album_of(who, page_number(request))
    context = {
        "person": who,
        "album": album,
        "next_url": f"{request.path}?page={album.next_page}" if album.next_page else "",
        "may_edit": request.membership.allows(Permission.EDIT_LIBRARY),
    }
    if request.htmx:
        response = render(request, "faces/parts/face_cards.html", context)
    else:
        context |= {
            "figures": figures_of(who),
            "cover": _cover(who),
            "is_on": is_on(),
            "names": known_names() if context["may_edit"] else [],
        }
        response = render(request, "faces/person.html", context)
    patch_vary_headers(response, ["HX-Request"])
    return response


@requires(Permission.VIEW_LIBRARY)
@require_safe
def split_suggestion(request: OrgRequest, person_id: UUID) -> HttpResponse:
    """Show which faces may be somebody else's; nothing where all are one's."""
    who = person_or_404(person_id)
    keys = propose_split(who)
    faces = Face.objects.filter(pk__in=keys).only("pk", "crop_sha256", "crop_key").order_by("pk")
    context = {
        "person": who,
        "keys": keys,
        "faces": [
            thumb(face.pk, face.crop_sha256, has_crop=bool(face.crop_key))
            for face in faces[:SPLIT_SHOWN]
        ],
        "may_edit": request.membership.allows(Permission.EDIT_LIBRARY),
    }
    return render(request, "faces/parts/split_suggestion.html", context)


@requires(Permission.EDIT_LIBRARY)
@require_POST
def move_faces(request: OrgRequest, person_id: UUID) -> HttpResponse:
    """Give the selected faces to somebody by name, who is made if nobody is called so."""
    form = PersonNameForm(request.POST)
    if not form.is_valid():
        return refused(request, errors_of(form), _page(request, person_id))
    name = form.cleaned_data["name"]
    return _with_chosen(
        request,
        person_id,
        lambda keys, _: people.name_faces(keys, name, person(request))[1],
    )


@requires(Permission.EDIT_LIBRARY)
@require_POST
def split_faces(request: OrgRequest, person_id: UUID) -> HttpResponse:
    """Make a new person of the selected faces."""
    return _with_chosen(
        request,
        person_id,
        lambda keys, who: people.split_person(who, keys, person(request))[1],
    )


@requires(Permission.EDIT_LIBRARY)
@require_POST
def reject_faces(request: OrgRequest, person_id: UUID) -> HttpResponse:
    """Say that the selected faces are not this person."""
    return _with_chosen(
        request, person_id, lambda keys, who: people.reject_faces(keys, who, person(request))
    )


@requires(Permission.EDIT_LIBRARY)
@require_POST
def not_faces(request: OrgRequest, person_id: UUID) -> HttpResponse:
    """Say that the selected are no faces."""
    return _with_chosen(
        request, person_id, lambda keys, _: people.mark_not_faces(keys, person(request))
    )


@requires(Permission.EDIT_LIBRARY)
@require_POST
def confirm_faces(request: OrgRequest, person_id: UUID) -> HttpResponse:
    """Say that the selected faces are this person, as the machine thought."""
    return _with_chosen(
        request, person_id, lambda keys, who: people.confirm_faces(keys, who, person(request))
    )


@requires(Permission.EDIT_LIBRARY)
@require_POST
def cover(request: OrgRequest, person_id: UUID) -> HttpResponse:
    """Show the person by the first of the selected faces."""

    def choose(keys: list[UUID], who: Person) -> FaceEvent:
        return people.choose_cover(who, Face.objects.get(pk=keys[0]), person(request))

    return _with_chosen(request, person_id, choose)


def _with_chosen(
    request: OrgRequest, person_id: UUID, change: Callable[[list[UUID], Person], FaceEvent]
) -> HttpResponse:
    who, form = person_or_404(person_id), ChosenForm(request.POST)
    if not form.is_valid():
        return refused(request, errors_of(form), _page(request, who.pk))
    keys = faces_of(form.keys, who)
    if not keys:
        return refused(request, [GONE], _page(request, who.pk))
    return decide(request, lambda: change(keys, who), back_to=_page(request, who.pk))


def _merged_into(person_id: UUID) -> UUID | None:
    """Return whom somebody was merged into; None for who stands for themselves."""
    found: Person | None = Person.objects.filter(pk=person_id).first()
    return found.merged_into_id if found else None


def _cover(who: Person) -> object:
    if who.cover_face_id is not None:
        face = Face.objects.filter(pk=who.cover_face_id, person=who).first()
        if face is not None:
            return thumb(face.pk, face.crop_sha256, has_crop=bool(face.crop_key))
    return next(iter(examples_of([who.pk], most=1)[who.pk]), None)


def _page(request: OrgRequest, person_id: UUID) -> str:
    return org_reverse(request.org, "faces:person", person_id=person_id)
