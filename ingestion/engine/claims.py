"""Who works what: claims with a lease and a fence, and their recovery."""

import dataclasses
import logging
import os
import socket
import uuid
from datetime import timedelta

import psutil
from django.conf import settings
from django.db import IntegrityError, connection, transaction
from django.db.models import F
from django.db.models.expressions import CombinedExpression
from django.db.models.functions import Now

from ingestion.codes import CODES, ended
from ingestion.engine.endings import (
    CANCELLED_MESSAGE,
    archive_job,
    close_attempt,
    lock_line,
    streak_after_slice,
    tell_attempt_failed,
    tell_cancelled,
    tell_failed,
)
from ingestion.engine.events import record_event
from ingestion.errors import LeaseLostError, RunCancelledError
from ingestion.models import RunAttempt, SyncRun
from ingestion.models.run import Lane, RunState
from ingestion.taxonomy import Failure
from tenants.queue import WORK, own_cluster, poke, work_clusters, worker_count
from tenants.scope import org_scope

logger = logging.getLogger(__name__)

_DEAD = (
    "The work on this ended without a word three times in a row. "
    "We have been told; you can start it again."
)


@dataclasses.dataclass(frozen=True, slots=True)
class Claim:
    """The right to work one run, until the lease expires.

    Attributes:
        token: raised by each claim; a batch checks it in the transaction that it writes in,
            so that a worker whose lease is gone can write nothing.
    """

    run_id: uuid.UUID
    org_id: uuid.UUID
    token: int


def lease_owner() -> str:
    """Return who we are to the supervisor that may have to give our leases back."""
    prefix = os.environ.get("MAGPIE_LEASE_OWNER") or f"{socket.gethostname()}:manual"
    return f"{prefix}:{os.getpid()}"


def is_gone(owner: str) -> bool:
    """Return whether ``owner`` was a command on this machine whose process has ended.

    False where nobody here can tell, as of a worker or of another machine.
    """
    place, _, pid = owner.rpartition(":")
    if place != f"{socket.gethostname()}:manual" or not pid.isdecimal():
        return False
    return not psutil.pid_exists(int(pid))


def claim(*, run_id: uuid.UUID | None = None, max_lane: int = Lane.BULK) -> Claim | None:
    """Claim the run whose turn it is in our cluster (or ``run_id``); None when nothing is due."""
    line = own_cluster() if run_id is None else None
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(
                "SELECT run_id, org_id, lease_token FROM engine_claim(%s, %s, %s, %s, %s, %s, %s)",
                [lease_owner(), settings.LEASE_S, int(max_lane), run_id, *_bulk_share(), line],
            )
            row = cursor.fetchone()
            if row is None:
                return None
            claimed = Claim(*row)
            # With the claim: a worker that is lost between the two would leave no trace.
            _open_attempt(claimed)
    except IntegrityError:
        # While we chose, another run became the one writer of the chosen run's connection.
        return claim(run_id=run_id, max_lane=max_lane)
    return claimed


def sweep() -> int:
    """Take from its worker every run that is lost, stuck or overdue; return how many."""
    return _recover("SELECT run_id, org_id, new_state, code FROM engine_sweep()", [])


def release(owner_prefix: str) -> int:
    """Give back what the workers of a dead cluster held; return how many runs."""
    return _recover(
        "SELECT run_id, org_id, new_state, code FROM engine_release(%s)", [owner_prefix]
    )


def due_count(cluster: str | None = None) -> int:
    """Return how many runs of ``cluster`` (or ours) could be claimed now, of all organizations."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT engine_due_count(%s)", [cluster or own_cluster()])
        count: int = cursor.fetchone()[0]
    return count


def wake() -> int:
    """Poke each cluster that has runs waiting for its workers; return how many runs there are."""
    due = {cluster: due_count(cluster) for cluster in work_clusters()}
    for cluster, count in due.items():
        if count:
            poke(cluster)
    return sum(due.values())


def is_awaited(org_id: uuid.UUID, lane: int) -> bool:
    """Return whether a run that goes first, or of another organization, could begin now.

    As a worker at bulk work, if it is the one of its cluster: of another organization's only.
    """
    with connection.cursor() as cursor:
        cluster, _ = _bulk_share()
        cursor.execute(
            "SELECT engine_is_awaited(%s, %s, %s, %s)", [org_id, lane, cluster, own_cluster()]
        )
        awaited: bool = cursor.fetchone()[0]
    return awaited


def fence(held: Claim) -> SyncRun:
    """Lock the run's row for the rest of the transaction, if the lease is still ours.

    Raises:
        LeaseLostError: it is not; nothing may be written.
        RunCancelledError: somebody asked for the end.
    """
    run = (
        SyncRun.objects.select_for_update()
        .filter(pk=held.run_id, state=RunState.RUNNING, lease_token=held.token)
        .first()
    )
    if run is None:
        message = "The run has another holder, or has ended."
        raise LeaseLostError(message, run=str(held.run_id))
    if run.cancel_requested_at is not None:
        message = "The run was cancelled."
        raise RunCancelledError(message, run=str(held.run_id))
    return run


def renew(held: Claim) -> bool:
    """Extend the lease; return whether it was still ours."""
    with org_scope(held.org_id):
        return bool(
            SyncRun.objects.filter(
                pk=held.run_id, state=RunState.RUNNING, lease_token=held.token
            ).update(lease_expires_at=lease_end())
        )


def is_cancelled(held: Claim) -> bool:
    """Return whether somebody asked for the end of the run that we work."""
    with org_scope(held.org_id):
        return SyncRun.objects.filter(
            pk=held.run_id, lease_token=held.token, cancel_requested_at__isnull=False
        ).exists()


def lease_end() -> CombinedExpression:
    """Return when a lease that is taken or renewed now runs out, by the database's clock.

    The sweep compares it with that clock, and a worker's own may be minutes behind.
    """
    return Now() + timedelta(seconds=settings.LEASE_S)


def _open_attempt(held: Claim) -> None:
    """Write the try that begins, unless a slice of the same try went before."""
    with org_scope(held.org_id):
        run = SyncRun.objects.get(pk=held.run_id)
        if run.slice_new_count or run.slice_failed_count:
            SyncRun.objects.filter(pk=run.pk).update(
                new_count_at_claim=F("new_count"), failed_count_at_claim=F("failed_count")
            )
        _, is_new = RunAttempt.objects.get_or_create(
            org_id=held.org_id,
            run=run,
            number=run.attempt,
            defaults={"worker": run.lease_owner},
        )
        if is_new:
            record_event(held.org_id, held.run_id, "claimed", attempt=run.attempt)


def _bulk_share() -> tuple[str, int | None]:
    """Return which cluster we belong to, and how many of its workers bulk work may hold.

    A command that a person runs belongs to none, and holds what it was told to work.
    """
    cluster = os.environ.get("MAGPIE_LEASE_OWNER")
    if cluster is None:
        return "", None
    workers = settings.WORK_PROCESSES if own_cluster() == WORK else worker_count(own_cluster())
    return f"{cluster}:", max(workers - 1, 1)


def _recover(statement: str, arguments: list[str]) -> int:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement, arguments)
        lost = cursor.fetchall()
        for run_id, org_id, _, _ in lost:
            with org_scope(org_id):
                lock_line(run_id)
        for run_id, org_id, state, code in lost:
            try:
                with org_scope(org_id):
                    _record_loss(org_id, run_id, state, code)
            except Exception:
                # One run's trouble must not keep the others from being recovered.
                logger.exception("Run %s was recovered, but not settled.", run_id)
    return len(lost)


def _record_loss(org_id: uuid.UUID, run_id: uuid.UUID, state: str, code: str) -> None:
    message = _DEAD if state == RunState.DEAD else CODES[code].sentence
    failure = Failure(CODES[code].failure_type, code, message)
    close_attempt(run_id, code, failure)
    if state == RunState.CANCELLED:
        SyncRun.objects.filter(pk=run_id).update(user_message=CANCELLED_MESSAGE)
        record_event(org_id, run_id, "cancelled", code=code)
        archive_job(run_id)
        tell_cancelled(run_id)
        return
    record_event(org_id, run_id, "rescued", state=state, code=code)
    SyncRun.objects.filter(pk=run_id).update(
        user_message=message if state == RunState.RETRY_WAIT else ended(message),
        failed_streak=streak_after_slice("failed_streak"),
        failure_count=F("failure_count") + 1,
    )
    tell_attempt_failed(run_id, failure)
    if state != RunState.RETRY_WAIT:
        archive_job(run_id)
        tell_failed(run_id)
