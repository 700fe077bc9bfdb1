"""Uploads: pages whose pictures are brought, and pictures from people's own disks."""

from collections.abc import Sequence
from typing import Any

from django.core.exceptions import TooManyFilesSent
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.utils.cache import patch_vary_headers
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.http import require_POST, require_safe
from django_htmx.http import (
    HttpResponseClientRedirect,
    HttpResponseStopPolling,
    trigger_client_event,
)

from connectors.errors import AddressRefusedError
from ingestion.gather import services
from ingestion.gather.earlier import Earlier, find_earlier
from ingestion.gather.pages import page_key
from ingestion.gather.queries import Gathering
from ingestion.models import Job
from ingestion.uploads_page import looks
from ingestion.uploads_page.forms import PicturesForm, ScrapeForm
from ingestion.uploads_page.table import Seen, Table, table_of
from ingestion.views.listing import person
from ingestion.views.replies import CHANGED
from media.imaging.sniff import MEDIA_TYPES
from tenants.errors import AppError
from tenants.middleware import OrgRequest, opens_scope_itself
from tenants.permissions import Permission, requires
from tenants.urls_for import org_reverse

# The library, here and on other pages of the same browser, is behind what it holds.
LIBRARY_BEHIND = "magpie:library-behind"
# A whole page, for browsers without script: not as often as a fragment.
RELOAD_S = 15


@requires(Permission.VIEW_LIBRARY)
@require_safe
def uploads(request: OrgRequest) -> HttpResponse:
    """List what was brought lately, below the places to bring more."""
    # A bookmark may bring an address along.
    url = request.GET.get("url", "").replace("\0", "")
    return _page(request, ScrapeForm(initial={"url": url}))


@requires(Permission.VIEW_LIBRARY)
@require_safe
def uploads_live(request: OrgRequest) -> HttpResponse:
    """Answer the page's question for what is new; 204 where nothing is, 286 once all is done.

    Only what changed comes: the rows that look otherwise, or the list where rows came or went.
    """
    table, seen = table_of(request.GET), Seen.of_query(request.GET)
    if not table.has_news(seen):
        return HttpResponse(status=204)
    context = _shared(request, table) | {
        "has_other_rows": table.has_other_rows(seen),
        "has_other_totals": table.has_other_totals(seen),
        "changed": table.changed_rows(seen),
        "replaces": True,
    }
    html = render_to_string("ingestion/uploads/news.html", context, request)
    response = HttpResponse(html) if table.poll_s else HttpResponseStopPolling(html)
    patch_vary_headers(response, ["HX-Request"])
    tell(response, table.ended)
    return response


@requires(Permission.VIEW_LIBRARY)
@require_safe
def upload_earlier(request: OrgRequest) -> HttpResponse:
    """Warn of a page that was scraped before, while its address is typed."""
    try:
        page = page_key(services.page_address(request.GET.get("url", "")))
        earlier = find_earlier(page)
    except AddressRefusedError:
        earlier = None
    return render(request, "ingestion/uploads/earlier.html", {"earlier": earlier})


@requires(Permission.IMPORT)
@require_POST
def upload_page(request: OrgRequest) -> HttpResponse:
    """Queue the scrape of a page; what is wrong with its address is said beside it."""
    form = ScrapeForm(request.POST)
    job = _submit(request, form) if form.is_valid() else None
    if job is None:
        if request.htmx:
            return render(request, "ingestion/uploads/scrape.html", {"form": form}, status=422)
        return _page(request, form, status=422)
    if form.cleaned_data["chooses"]:
        return _lead(request, org_reverse(request.org, "ingestion:upload", job_id=job.pk))
    if not request.htmx:
        return redirect(org_reverse(request.org, "ingestion:uploads"))
    fresh = ScrapeForm(initial={"rendering": form.cleaned_data["rendering"].value})
    context = {"form": fresh, "earlier": Earlier.of_job(job), "is_in_line": True}
    response = render(request, "ingestion/uploads/scrape.html", context)
    trigger_client_event(response, "magpie:announce", {"value": "The page is in line."})
    return trigger_client_event(response, CHANGED)


@requires(Permission.IMPORT)
@opens_scope_itself
@csrf_exempt
@require_POST
def upload_pictures(request: OrgRequest) -> HttpResponse:
    """Store pictures from a disk or the clipboard, and queue the job that takes them in.

    The check against forged requests reads the form, and with it the files. It is put off
    until the person's role has been looked at.
    """
    try:
        return _receive(request)
    except TooManyFilesSent:
        # Nothing of it was read, so what follows sees an empty form.
        form = PicturesForm({})
        form.errors.clear()
        form.add_error("files", services.TOO_MANY)
        return _answer(request, form, None)


@csrf_protect
def _receive(request: OrgRequest) -> HttpResponse:
    form = PicturesForm(request.POST, request.FILES)
    return _answer(request, form, _store(request, form) if form.is_valid() else None)


def _answer(request: OrgRequest, form: PicturesForm, job: Job | None) -> HttpResponse:
    request.open_scope()
    if not request.htmx:
        if job is None:
            return _page(request, ScrapeForm(), pictures=form, status=422)
        return redirect(org_reverse(request.org, "ingestion:uploads"))
    status = 422 if job is None else 200
    # A form that is in order has nothing to say: the new row does.
    shown = {"pictures": form if job is None else PicturesForm()}
    response = render(request, "ingestion/uploads/pictures.html#errors", shown, status=status)
    return response if job is None else trigger_client_event(response, CHANGED)


def _submit(request: OrgRequest, form: ScrapeForm) -> Job | None:
    """Queue what a form that is in order asks for; note in it why that is refused."""
    asked = form.cleaned_data
    try:
        return services.submit_page(
            request.org,
            asked["url"],
            services.Asking(person(request)),
            chooses=asked["chooses"],
            rendering=asked["rendering"],
        )
    except AppError as error:
        form.add_error("url", error.message)
        return None


def _store(request: OrgRequest, form: PicturesForm) -> Job | None:
    files = [(file.name or "picture", file) for file in form.cleaned_data["files"]]
    try:
        return services.receive_pictures(request.org, files, services.Asking(person(request)))
    except AppError as error:
        form.add_error("files", error.message)
        return None


def _lead(request: OrgRequest, address: str) -> HttpResponse:
    return HttpResponseClientRedirect(address) if request.htmx else redirect(address)


def _page(
    request: OrgRequest,
    form: ScrapeForm,
    *,
    pictures: PicturesForm | None = None,
    status: int = 200,
) -> HttpResponse:
    context = _shared(request, table_of(request.GET)) | {
        "form": form,
        "pictures": pictures or PicturesForm(),
        "accept": ",".join(sorted(MEDIA_TYPES)),
        "most_files": services.MOST_FILES,
    }
    return render(request, "ingestion/uploads/uploads.html", context, status=status)


def _shared(request: OrgRequest, table: Table) -> dict[str, Any]:
    """Return what the page and the news of it are drawn from."""
    return {
        "table": table,
        "reload_s": RELOAD_S,
        "may_import": request.membership.allows(Permission.IMPORT),
    }


def tell(response: HttpResponse, ended: Sequence[Gathering]) -> None:
    """Say to those who hear the page that jobs have ended, and let the library follow."""
    if not ended:
        return
    sentence = " ".join(looks.ending_of(each) for each in ended)
    trigger_client_event(response, "magpie:announce", {"value": sentence})
    if any(each.counts.completed for each in ended):
        trigger_client_event(response, LIBRARY_BEHIND)
