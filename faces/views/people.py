"""The people of an organization, and what is done with several of them."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.cache import patch_vary_headers
from django.utils.http import urlencode
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from faces import people
from faces.models import FaceEvent, Person
from faces.people.decisions import find_by_name
from faces.people.engine import is_on
from faces.people.questions import questions_left
from faces.people.reads import SHOWN_FROM, SHOWS, figures, people_page
from faces.people.signals import grouping_asked
from faces.people.strays import stray_count
from faces.people_forms import ChosenForm, PersonNameForm
from faces.views.answers import GONE, decide, say
from media.views.answers import back_or, errors_of, refused
from tenants.middleware import OrgRequest
from tenants.permissions import Permission, requires
from tenants.urls_for import org_reverse
from tenants.views.requests import person

MAX_QUERY = 120


@requires(Permission.VIEW_LIBRARY)
@require_safe
def people_list(request: OrgRequest) -> HttpResponse:
    """List people, those with names first; ``show`` and ``q`` narrow the list."""
    show = request.GET.get("show", "")
    show = show if show in SHOWS else ""
    q = " ".join(request.GET.get("q", "")[:MAX_QUERY].split())
    page = people_page(show=show, q=q, cursor=request.GET.get("cursor", ""))
    query = urlencode({key: value for key, value in (("show", show), ("q", q)) if value})
    context: dict[str, Any] = {
        "page": page,
        "show": show,
        "q": q,
        "next_url": f"{request.path}?{query}&cursor={page.next_cursor}" if page.next_cursor else "",
        "may_edit": request.membership.allows(Permission.EDIT_LIBRARY),
    }
    if request.htmx:
        response = render(request, "faces/parts/person_cards.html", context)
    else:
        left = questions_left(person(request)) if context["may_edit"] else None
        context |= {
            "figures": figures(),
            "stray_count": stray_count(),
            "is_on": is_on(),
            "left": left,
            "form": PersonNameForm(),
            "shown_from": SHOWN_FROM,
        }
        response = render(request, "faces/people.html", context)
    patch_vary_headers(response, ["HX-Request"])
    return response


@requires(Permission.EDIT_LIBRARY)
@require_http_methods(["GET", "HEAD", "POST"])
def person_create(request: OrgRequest) -> HttpResponse:
    """Add somebody by name; a name that is taken leads to who has it."""
    form = PersonNameForm(request.POST or None)
    if request.method != "POST" or not form.is_valid():
        context = {"form": form, "is_on": is_on()}
        status = 422 if form.errors else 200
        return render(request, "faces/person_create.html", context, status=status)
    name = form.cleaned_data["name"]
    known = find_by_name(name)
    if known is None:
        known, event = people.create_person(name, person(request))
        say(request, event)
    else:
        messages.info(request, f"“{known.name}” is here already.")
    return redirect(org_reverse(request.org, "faces:person", person_id=known.pk))


@requires(Permission.EDIT_LIBRARY)
@require_POST
def merge(request: OrgRequest) -> HttpResponse:
    """Merge the selected people into the one with a name, or with most faces."""
    chosen = _chosen(request)
    if isinstance(chosen, HttpResponse):
        return chosen
    # Those with a name come first, and of them those with most faces.
    ranked = sorted(chosen, key=lambda each: (not each.name, -each.face_count, each.pk))
    if len(ranked) <= 1:
        return refused(request, ["Select two people at least."], _list(request))
    return decide(
        request,
        lambda: people.merge_people(ranked[0], ranked[1:], person(request)),
        back_to=org_reverse(request.org, "faces:person", person_id=ranked[0].pk),
    )


@requires(Permission.EDIT_LIBRARY)
@require_POST
def hide(request: OrgRequest) -> HttpResponse:
    """Leave the selected people out of the list."""
    chosen = _chosen(request)
    if isinstance(chosen, HttpResponse):
        return chosen
    events: list[FaceEvent] = [
        people.set_hidden(each, person(request), is_hidden=True) for each in chosen
    ]
    if len(events) == 1:
        say(request, events[0])
    else:
        messages.success(
            request, f"{len(events)} people are hidden. The filter “Hidden” shows them."
        )
    return back_or(request, _list(request))


@requires(Permission.EDIT_LIBRARY)
@require_POST
def group_anew(request: OrgRequest) -> HttpResponse:
    """Have faces grouped from the start; what people decided stays."""
    grouping_asked.send(sender=Person, org_id=request.org.pk, by=person(request))
    messages.info(request, "Faces are being grouped anew; what people said of them stays as it is.")
    return back_or(request, _list(request))


def _chosen(request: OrgRequest) -> list[Person] | HttpResponse:
    """Return the selected people, or the answer to a form that cannot be used."""
    form = ChosenForm(request.POST)
    if not form.is_valid():
        return refused(request, errors_of(form), _list(request))
    found = list(Person.objects.matched().filter(pk__in=form.keys).order_by("pk"))
    return found or refused(request, [GONE], _list(request))


def _list(request: OrgRequest) -> str:
    return org_reverse(request.org, "faces:people")
