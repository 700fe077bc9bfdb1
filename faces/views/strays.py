"""Faces that are nobody's yet: the list of them, and saying who they are."""

from collections.abc import Callable
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.cache import patch_vary_headers
from django.views.decorators.http import require_POST, require_safe

from faces import people
from faces.models import Face, FaceEvent
from faces.people.reads import known_names
from faces.people.strays import NAMEABLE, stray_count, strays
from faces.people_forms import ChosenForm, PersonNameForm
from faces.views.answers import GONE, page_number, say
from media.views.answers import back_or, errors_of, refused
from tenants.errors import AppError
from tenants.middleware import OrgRequest
from tenants.permissions import Permission, requires
from tenants.urls_for import org_reverse
from tenants.views.requests import person


@requires(Permission.VIEW_LIBRARY)
@require_safe
def stray_list(request: OrgRequest) -> HttpResponse:
    """List the faces of nobody, the newest first."""
    album = strays(page_number(request))
    context = {
        "album": album,
        "next_url": f"{request.path}?page={album.next_page}" if album.next_page else "",
        "may_edit": request.membership.allows(Permission.EDIT_LIBRARY),
    }
    if request.htmx:
        response = render(request, "faces/parts/face_cards.html", context)
    else:
        context |= {"count": stray_count(), "names": known_names() if context["may_edit"] else []}
        response = render(request, "faces/strays.html", context)
    patch_vary_headers(response, ["HX-Request"])
    return response


@requires(Permission.EDIT_LIBRARY)
@require_POST
def name_strays(request: OrgRequest) -> HttpResponse:
    """Say who the selected faces are, from the list or from a picture that they are on."""
    form = PersonNameForm(request.POST)
    if not form.is_valid():
        return refused(request, errors_of(form), _list(request))
    name = form.cleaned_data["name"]
    return _with_chosen(request, lambda keys: people.name_faces(keys, name, person(request))[1])


@requires(Permission.EDIT_LIBRARY)
@require_POST
def no_faces(request: OrgRequest) -> HttpResponse:
    """Say that the selected are no faces."""
    return _with_chosen(request, lambda keys: people.mark_not_faces(keys, person(request)))


def _with_chosen(request: OrgRequest, change: Callable[[list[UUID]], FaceEvent]) -> HttpResponse:
    form = ChosenForm(request.POST)
    if not form.is_valid():
        return refused(request, errors_of(form), _list(request))
    # Whose they are was decided meanwhile of the others.
    found = Face.objects.filter(pk__in=form.keys, state__in=NAMEABLE).order_by("pk")
    keys = list(found.values_list("pk", flat=True))
    if not keys:
        return refused(request, [GONE], _list(request))
    try:
        say(request, change(keys))
    except AppError as error:
        return refused(request, [error.message], _list(request))
    return back_or(request, _list(request))


def _list(request: OrgRequest) -> str:
    return org_reverse(request.org, "faces:strays")
