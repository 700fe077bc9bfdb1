"""What is decided about one person, from their page."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from faces import people
from faces.people.decisions import find_by_name
from faces.people_forms import PersonNameForm
from faces.views.answers import decide, person_or_404
from faces.withdrawing import withdraw_person
from media.views.answers import errors_of, refused
from tenants.middleware import OrgRequest
from tenants.permissions import Permission, requires
from tenants.urls_for import org_reverse
from tenants.views.requests import person


@requires(Permission.EDIT_LIBRARY)
@require_POST
def rename(request: OrgRequest, person_id: UUID) -> HttpResponse:
    """Call the person so."""
    who, form = person_or_404(person_id), PersonNameForm(request.POST)
    if not form.is_valid():
        return refused(request, errors_of(form), _page(request, who.pk))
    name = form.cleaned_data["name"]
    same = find_by_name(name)
    note = ""
    if same is not None and same.pk != who.pk:
        note = "Somebody else is called so too; merge the two if they are one."
    return decide(
        request,
        lambda: people.rename_person(who, name, person(request)),
        back_to=_page(request, who.pk),
        note=note,
    )


@requires(Permission.EDIT_LIBRARY)
@require_POST
def hide(request: OrgRequest, person_id: UUID) -> HttpResponse:
    """Leave the person out of lists and questions."""
    return _set_hidden(request, person_id, is_hidden=True)


@requires(Permission.EDIT_LIBRARY)
@require_POST
def show(request: OrgRequest, person_id: UUID) -> HttpResponse:
    """Take the person into lists and questions again."""
    return _set_hidden(request, person_id, is_hidden=False)


@requires(Permission.EDIT_LIBRARY)
@require_POST
def merge_with(request: OrgRequest, person_id: UUID) -> HttpResponse:
    """Merge the person with somebody who has this name."""
    who, form = person_or_404(person_id), PersonNameForm(request.POST)
    if not form.is_valid():
        return refused(request, errors_of(form), _page(request, who.pk))
    known = find_by_name(form.cleaned_data["name"])
    if known is None or known.pk == who.pk:
        message = f"Nobody else is called “{form.cleaned_data['name']}”."
        return refused(request, [message], _page(request, who.pk))
    return decide(
        request,
        lambda: people.merge_people(known, [who], person(request)),
        back_to=_page(request, known.pk),
    )


@requires(Permission.EDIT_LIBRARY)
@require_POST
def consent(request: OrgRequest, person_id: UUID) -> HttpResponse:
    """Note that the person agreed, or with ``reset`` that nobody has asked."""
    who = person_or_404(person_id)
    is_given = "reset" not in request.POST
    return decide(
        request,
        lambda: people.record_consent(who, person(request), is_given=is_given),
        back_to=_page(request, who.pk),
    )


@requires(Permission.EDIT_LIBRARY)
@require_POST
def forget(request: OrgRequest, person_id: UUID) -> HttpResponse:
    """Forget who the person is, as they do not want to be recognised; there is no way back."""
    who = person_or_404(person_id)
    withdraw_person(person=who, actor=person(request))
    messages.success(
        request,
        "They are forgotten: their name and what tells them apart are gone, the pictures of "
        "their face follow within the hour. The pictures themselves stay.",
    )
    return redirect(org_reverse(request.org, "faces:people"))


def _set_hidden(request: OrgRequest, person_id: UUID, *, is_hidden: bool) -> HttpResponse:
    who = person_or_404(person_id)
    return decide(
        request,
        lambda: people.set_hidden(who, person(request), is_hidden=is_hidden),
        back_to=_page(request, who.pk),
    )


def _page(request: OrgRequest, person_id: UUID) -> str:
    return org_reverse(request.org, "faces:person", person_id=person_id)
