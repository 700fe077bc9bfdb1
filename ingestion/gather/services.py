"""What people do with pages and pictures: submit, choose, try again, cancel, take off the list."""

import dataclasses
import os
import uuid
from collections.abc import Collection, Sequence
from typing import IO, Any, Final

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from connectors.errors import FileRefusedError
from connectors.guard import check_url, judge
from connectors.guard.options import options_from_settings
from connectors.items import Source
from connectors.models import Connection
from ingestion.control.errors import NothingToRunError
from ingestion.control.locks import locked, revived
from ingestion.driver import start_run
from ingestion.engine.endings import call_off_look
from ingestion.engine.runs import request_cancel
from ingestion.gather import line
from ingestion.gather.earlier import EARLIER, find_earlier
from ingestion.gather.ledger import queue_items
from ingestion.gather.outcomes import wanted_again
from ingestion.gather.pages import Rendering, page_key
from ingestion.gather.wanted import Wanted
from ingestion.imports.files import clean_name, file_sha256
from ingestion.models import Job, RunItem, SyncRun
from ingestion.models.job import JobKind
from ingestion.models.run import OPEN_STATES, Lane, RunMode, RunState, Trigger
from media.storage import blob_key, put_file
from tenants.errors import NotReadyError
from tenants.models import Organization, User
from tenants.scope import org_scope

# Settings let as many through a form, and one more.
MOST_FILES: Final = 500
TOO_MANY: Final = f"Bring at most {MOST_FILES} pictures at a time."
_GOOD_ENDS: Final = (RunState.SUCCEEDED, RunState.WARNINGS)
_NAMES: Final = {
    JobKind.SCRAPE: (Source.WEB, "Web pages"),
    JobKind.CAPTURE: (Source.WEB, "Saved while browsing"),
    JobKind.UPLOAD: (Source.UPLOAD, "Uploaded pictures"),
}


@dataclasses.dataclass(frozen=True, slots=True)
class Asking:
    """Who asks, and by which door."""

    by: User | None
    trigger: Trigger = Trigger.PERSON


def page_address(url: str) -> str:
    """Return the address of a page as jobs keep it: judged, and without a fragment.

    Raises:
        AddressRefusedError: the guard would refuse it; nothing was asked of any host.
    """
    text = url.strip()
    if "://" not in text.partition("?")[0]:
        text = f"https://{text}"
    plain = text.partition("#")[0]
    checked = check_url(plain, stand_ins=options_from_settings().host_map.hosts)
    if checked.literal is not None:
        judge(checked.literal)
    return str(checked)


@transaction.atomic
def submit_page(
    org: Organization,
    url: str,
    asking: Asking,
    *,
    chooses: bool = False,
    rendering: Rendering = Rendering.AUTO,
) -> Job:
    """Queue the scrape of a page, behind those that the organization asked for before.

    Args:
        chooses: only look first; what is to be taken is said afterwards, by ``take_chosen``.

    Raises:
        AddressRefusedError: the address leads where we must not go.
    """
    address = page_address(url)
    page = page_key(address)
    params: dict[str, Any] = {"url": address, "page": page, "rendering": rendering.value}
    params["chooses"] = chooses
    earlier = find_earlier(page)
    if earlier is not None:
        params[EARLIER] = earlier.as_params()
    job = _new_job(org.pk, JobKind.SCRAPE, params, asking)
    _queue_run(job, asking, is_dry_run=chooses)
    return job


@transaction.atomic
def take_chosen(job: Job, ordinals: Collection[int], asking: Asking) -> SyncRun:
    """Queue a run over those pictures of a page that was looked at which people chose.

    Raises:
        NothingToRunError: none was chosen, or none of them was found.
        NotReadyError: the look goes on still, or the choice was made before.
    """
    job = locked(job)
    looks = SyncRun.objects.filter(job=job, is_dry_run=True).newest_first()
    look = looks.first()
    if look is None or look.is_open or not job.params.get("chooses"):
        raise NotReadyError("The page is still being looked at. Wait until its pictures are shown.")
    if look.state == RunState.CANCELLED:
        raise NotReadyError("This was cancelled. Look at the page again to choose from it.")
    if SyncRun.objects.filter(job=job, is_dry_run=False).exists():
        raise NotReadyError("What is to be taken of this page was said before.")
    found = RunItem.objects.filter(run=look, ordinal__in=list(ordinals)).order_by("ordinal")
    wanted = [(item.ordinal, Wanted.afresh(item.payload or {})) for item in found]
    if not wanted:
        raise NothingToRunError("Choose at least one picture.")
    return _queue_run(job, asking, wanted=wanted)


def receive_pictures(
    org: Organization, files: Sequence[tuple[str, IO[bytes]]], asking: Asking
) -> Job:
    """Store pictures that a person brings, and queue a run that takes them in.

    One that is too large is not stored; it fails in that run, beside the others.
    Call it outside of the organization's scope: the bytes may take minutes.

    Raises:
        FileRefusedError: there is none, or there are too many; nothing is kept.
    """
    if not files:
        raise FileRefusedError("Choose at least one picture.")
    if len(files) > MOST_FILES:
        raise FileRefusedError(TOO_MANY)
    wanted = [(place, _held(org.pk, name, file)) for place, (name, file) in enumerate(files)]
    with org_scope(org.pk), transaction.atomic():
        job = _new_job(org.pk, JobKind.UPLOAD, {}, asking, name=_title(wanted))
        _queue_run(job, asking, wanted=wanted)
    return job


@transaction.atomic
def retry(job: Job, asking: Asking) -> SyncRun:
    """Queue a further run of a job: over what failed, or over its page where that failed.

    Raises:
        NothingToRunError: nothing of it failed.
        NotReadyError: it goes on still.
    """
    job = revived(job)
    last = SyncRun.objects.filter(job=job).newest_first().first()
    if last is None or last.is_open:
        raise NotReadyError("This goes on still. Wait for its end, or cancel it first.")
    Job.objects.filter(pk=job.pk).update(hidden_at=None)
    if last.is_dry_run:
        return _queue_run(job, asking, is_dry_run=True)
    failed = wanted_again(job.pk, failed_only=True)
    if failed:
        return _queue_run(job, asking, wanted=failed, mode=RunMode.FAILED, of_run_id=last.pk)
    if last.state in _GOOD_ENDS:
        raise NothingToRunError("Nothing of this failed, so there is nothing to try again.")
    return _queue_run(job, asking)


@transaction.atomic
def cancel(job: Job, asking: Asking) -> bool:
    """Ask for the end of what goes on, or of what awaits a choice; return whether anything did."""
    job = locked(job)
    return _cancel_open(job, asking) or _cancel_choice(job, asking)


@transaction.atomic
def hide(job: Job, asking: Asking) -> None:
    """Take a job off the list; what goes on is cancelled, and its pictures stay.

    What awaits a choice awaits it still once the job is put back.
    """
    _cancel_open(locked(job), asking)
    Job.objects.filter(pk=job.pk, hidden_at=None).update(hidden_at=timezone.now())


@transaction.atomic
def show(job: Job) -> None:
    """Put a job on the list again."""
    Job.objects.filter(pk=job.pk).update(hidden_at=None)


def _cancel_open(job: Job, asking: Asking) -> bool:
    open_runs = SyncRun.objects.filter(job=job, state__in=OPEN_STATES)
    return sum(request_cancel(run, by=asking.by) for run in open_runs) > 0


def _cancel_choice(job: Job, asking: Asking) -> bool:
    """End a look whose pictures await a choice; return whether they did."""
    last = SyncRun.objects.filter(job=job).newest_first().first()
    if last is None or not last.is_dry_run:
        return False
    return call_off_look(last, by=asking.by, message="Cancelled. Nothing of the page was taken.")


def connection_of(org_id: uuid.UUID, kind: str) -> Connection:
    """Return what the pictures of a kind of job belong to; made where it is not there yet."""
    source, name = _NAMES[JobKind(kind)]
    found, _ = Connection.objects.get_or_create(org_id=org_id, source=source.value, name=name)
    return found


def _new_job(
    org_id: uuid.UUID, kind: JobKind, params: dict[str, Any], asking: Asking, *, name: str = ""
) -> Job:
    return Job.objects.create(
        org_id=org_id,
        kind=kind,
        name=name,
        connection=connection_of(org_id, kind),
        params=params,
        created_by=asking.by,
    )


def _queue_run(  # noqa: PLR0913  # what a run may be told
    job: Job,
    asking: Asking,
    *,
    wanted: Sequence[tuple[int, Wanted]] = (),
    is_dry_run: bool = False,
    mode: RunMode = RunMode.NORMAL,
    of_run_id: uuid.UUID | None = None,
) -> SyncRun:
    """Queue a run of ``job`` in line behind those of its connection."""
    run = start_run(
        job,
        lane=Lane.INTERACTIVE,
        is_dry_run=is_dry_run,
        trigger=asking.trigger,
        mode=mode,
        of_run_id=of_run_id,
        run_after=line.turn_of(job),
        created_by=asking.by,
    )
    if wanted:
        queue_items(run, wanted)
        SyncRun.objects.filter(pk=run.pk).update(expected_count=len(wanted))
    return run


def _held(org_id: uuid.UUID, name: str, file: IO[bytes]) -> Wanted:
    """Store a picture that a person brings, and return what is wanted of it."""
    if file.seek(0, os.SEEK_END) > settings.FETCH_MAX_BYTES:
        return Wanted.of_refused_file(clean_name(name))
    sha256 = file_sha256(file)
    put_file(blob_key(org_id, sha256), file)
    return Wanted.of_file(clean_name(name), sha256)


def _title(wanted: Sequence[tuple[int, Wanted]]) -> str:
    """Return what an upload is called: its file, or how many they are."""
    return wanted[0][1].name[:120] if len(wanted) == 1 else f"{len(wanted)} pictures"
