"""The small window in which people save what they see while they browse."""

import uuid
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.cache import patch_vary_headers
from django.utils.http import urlencode
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from connectors.errors import AddressRefusedError
from ingestion.gather.captures import applying, queries, services
from ingestion.gather.captures.forms import MAX_URL, OpenForm, SaveForm, opened_with
from ingestion.gather.services import Asking, retry
from ingestion.models import Job
from media.library import suggest
from media.serving.answers import answer_with
from tenants.errors import AppError
from tenants.middleware import LAST_ORG, OrgRequest
from tenants.models import Membership, Organization
from tenants.permissions import Permission, requires
from tenants.scope import user_scope
from tenants.services.organizations import organizations_of
from tenants.urls_for import org_reverse
from tenants.views.requests import person

NAMES = ("url", "picture", "title", "text", "embedded")
NOTHING = "There is no address to save. Press the bookmark or the button on the page itself."
TOO_LONG = "The address of this page is longer than we can keep."
REFUSED = "Only pages and pictures of the open web can be saved."
INVALID = 422
FORBIDDEN = 403


@require_safe
def capture_door(request: HttpRequest) -> HttpResponse:
    """Lead to the window of the organization that was used last, or of the first that one may.

    Who may look only is told so: the library itself, in a small window, would say nothing.
    """
    memberships = _memberships(request)
    mine = {each.org.slug: each.org for each in memberships if each.allows(Permission.IMPORT)}
    if not mine and memberships:
        names = [each.org.name for each in memberships]
        context = {"names": names, "home": org_reverse(memberships[0].org, "media:library")}
        return render(request, "ingestion/capture/not_allowed.html", context, status=FORBIDDEN)
    if not mine:
        return redirect("home")
    org = mine.get(request.session.get(LAST_ORG, "")) or next(iter(mine.values()))
    return redirect(_window(org, request))


@requires(Permission.IMPORT)
@require_http_methods(["GET", "HEAD", "POST"])
def capture(request: OrgRequest) -> HttpResponse:
    """Show what is to be saved and ask where to; with POST, save it."""
    if request.method == "POST":
        return _save(request)
    return _page(request, opened_with(request.GET))


@requires(Permission.IMPORT)
@require_POST
def capture_look(request: OrgRequest) -> HttpResponse:
    """Begin to look at what may be saved, and answer with how that stands."""
    form = OpenForm(request.POST)
    if not form.is_valid():
        return _fragment(request, "look", {"refusal": TOO_LONG})
    said = form.cleaned_data
    try:
        job = services.look_at(
            request.org, said["url"], said["picture"], _asking(request), title=said["page_title"]
        )
    except AppError as error:
        return _fragment(request, "look", {"refusal": _sentence(error)})
    return _fragment(request, "look", {"look": queries.as_look(job)})


@requires(Permission.IMPORT)
@require_safe
def capture_looked(request: OrgRequest, job_id: uuid.UUID) -> HttpResponse:
    """Tell how a look stands; ``choice`` is the picture that is chosen so far."""
    look = queries.as_look(_job(job_id))
    return _fragment(request, "look", {"look": look, "chosen": request.GET.get("choice", "")})


@requires(Permission.IMPORT)
@require_safe
def capture_picture(request: OrgRequest, job_id: uuid.UUID, position: int) -> HttpResponseBase:
    """Give out a picture of a look as we made it; the site that has it is asked for nothing."""
    file = queries.preview_of(_job(job_id), position)
    if file is None:
        raise Http404
    return answer_with(request, file, resource_policy="same-origin")


@requires(Permission.IMPORT)
@require_safe
def capture_tags(request: OrgRequest) -> HttpResponse:
    """List the tags that begin with the last word that is being typed."""
    typed = request.GET.get("tags", "").rpartition(",")[2].strip().lstrip("#")
    tags = [each for each in suggest(typed) if each.kind == "tag"]
    return render(request, "ingestion/capture/tags.html", {"tags": tags})


@requires(Permission.IMPORT)
@require_safe
def capture_state(request: OrgRequest, job_id: uuid.UUID) -> HttpResponse:
    """Tell how the saving goes."""
    return _state(request, _job(job_id))


@requires(Permission.IMPORT)
@require_POST
def capture_retry(request: OrgRequest, job_id: uuid.UUID) -> HttpResponse:
    """Try again what failed."""
    job = _job(job_id)
    try:
        retry(job, _asking(request))
    except AppError as error:
        return _state(request, job, refusal=error.message)
    return _answer(request, job)


@requires(Permission.EDIT_LIBRARY)
@require_POST
def capture_undo(request: OrgRequest, job_id: uuid.UUID) -> HttpResponse:
    """Take back what was saved; whose own it is not needs a role that may do that."""
    job = _job(job_id)
    is_own = job.created_by_id == person(request).pk
    if not is_own and not request.membership.allows(Permission.UNDO_OTHERS):
        raise PermissionDenied
    applying.take_back(job, person(request))
    return _answer(request, job)


def _save(request: OrgRequest) -> HttpResponse:
    form = SaveForm(request.POST)
    if not form.is_valid():
        return _refuse(request, str(next(iter(form.errors.values()))[0]))
    said = form.cleaned_data
    look = queries.captures().filter(pk=said["job"]).first() if said["job"] else None
    try:
        job = services.save(
            request.org, form.capturing(), _asking(request), look=look, choice=said["choice"]
        )
    except AppError as error:
        return _refuse(request, _sentence(error))
    return _answer(request, job)


def _page(
    request: OrgRequest, values: dict[str, Any], *, problem: str = "", status: int = 200
) -> HttpResponse:
    """Show the window; of what it cannot save it says so at once, without asking any site."""
    context: dict[str, Any] = {"values": values, "refusal": _refusal_of(values)}
    context["problem"] = "" if context["refusal"] else problem
    context["waits"] = _was_opened_by_itself(request)
    if not context["refusal"]:
        context["known"] = queries.known_card(values["url"], values["picture"])
        context["boards"] = queries.board_names()
        if "board_name" not in values:
            values["board_name"] = queries.last_board(person(request).pk)
    others = [org for org in organizations_of(person(request)) if org.pk != request.org.pk]
    context["others"] = [(org, _window(org, request)) for org in others]
    template = "ingestion/capture/form.html" if request.htmx else "ingestion/capture/page.html"
    response = render(request, template, context, status=status)
    patch_vary_headers(response, ["HX-Request"])
    return response


def _was_opened_by_itself(request: HttpRequest) -> bool:
    """Return whether a page of another site opened the window, and nobody pressed anything.

    Then no site is asked before somebody presses here. The bookmark is a press, and the extension
    is no site. Safari tells no press from none: there the bookmark needs one more.
    """
    is_foreign = request.headers.get("Sec-Fetch-Site") in ("cross-site", "same-site")
    return is_foreign and request.headers.get("Sec-Fetch-User") != "?1"


def _refusal_of(values: dict[str, Any]) -> str:
    """Return why nothing can be saved, as far as the address says; "" where it may be."""
    if not values["url"]:
        return NOTHING
    if max(len(values["url"]), len(values["picture"])) > MAX_URL:
        return TOO_LONG
    try:
        services.page_to_save(values["url"])
        if values["picture"]:
            services.picture_to_save(values["picture"])
    except AddressRefusedError:
        return REFUSED
    return ""


def _refuse(request: OrgRequest, sentence: str) -> HttpResponse:
    """Show the window again with all that was typed, and why it was not saved."""
    names = ("url", "picture", "page_title", "title", "board_name", "tags", "note")
    values = {name: request.POST.get(name, "") for name in names}
    return _page(request, values, problem=sentence, status=INVALID)


def _answer(request: OrgRequest, job: Job) -> HttpResponse:
    """Show how it stands, in place or on a page of its own."""
    if not request.htmx:
        return redirect(org_reverse(request.org, "ingestion:capture_state", job_id=job.pk))
    return _state(request, job)


def _state(request: OrgRequest, job: Job, *, refusal: str = "") -> HttpResponse:
    job.refresh_from_db()
    context = {"capture": queries.as_capture(job), "refusal": refusal}
    template = "ingestion/capture/saved.html" if request.htmx else "ingestion/capture/state.html"
    response = render(request, template, context)
    patch_vary_headers(response, ["HX-Request"])
    return response


def _fragment(request: OrgRequest, name: str, context: dict[str, Any]) -> HttpResponse:
    return render(request, f"ingestion/capture/{name}.html", context)


def _job(job_id: uuid.UUID) -> Job:
    job: Job = get_object_or_404(queries.captures(), pk=job_id)
    return job


def _asking(request: OrgRequest) -> Asking:
    return Asking(person(request))


def _sentence(error: AppError) -> str:
    return REFUSED if isinstance(error, AddressRefusedError) else error.message


def _memberships(request: HttpRequest) -> list[Membership]:
    """Return the memberships of the person, by name."""
    user = person(request)
    with user_scope(user.pk):
        mine = Membership.of_person.filter(user=user).select_related("org")
        return list(mine.order_by("org__name"))


def _window(org: Organization, request: HttpRequest) -> str:
    """Return the address of the window of ``org``, with what it was opened with."""
    query = {name: request.GET[name] for name in NAMES if name in request.GET}
    address = org_reverse(org, "ingestion:capture")
    return f"{address}?{urlencode(query)}" if query else address
