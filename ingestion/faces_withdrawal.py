"""Deletes what organizations do not allow to be kept of faces any more, until nothing is left."""

from collections.abc import Callable
from typing import Any, ClassVar

from django.utils import timezone

from faces.crops import delete_stray_crops
from faces.erasure import Share, delete_files, delete_rows, next_share
from faces.models import FaceReceipt
from ingestion.driver import start_run
from ingestion.engine.kinds import Kind, Slice
from ingestion.engine.steps import AnyStep, LongStep, work_steps
from ingestion.models import Job, SyncRun
from ingestion.models.job import JobKind
from ingestion.models.run import Lane
from ingestion.shares import Deletions
from ingestion.stages.queueing import wait_after_failure


class FaceErasures:
    """What is not allowed any more, share by share: of receipts first, the oldest before others."""

    is_done = False

    def take(self, run: SyncRun) -> Share | None:
        """Return the next share."""
        return next_share()

    def do(self, share: Share, *, may_go_on: Callable[[], bool]) -> Share:
        """Delete its files."""
        return delete_files(share)

    def write(self, found: Share) -> int:
        """Delete its rows, and count them on the receipt."""
        return delete_rows(found)


class StrayCrops(Deletions):
    """Pictures of faces without a row, looked for once in a night."""

    def take(self, run: SyncRun) -> Any | None:
        """Return the one share."""
        if self.is_done:
            return None
        self.is_done = True
        org_id = run.org_id
        return lambda: delete_stray_crops(org_id)


STEPS: tuple[AnyStep, ...] = (LongStep("faces", FaceErasures),)


class FacesWithdrawalKind(Kind):
    """Works the open receipts of an organization, the oldest first."""

    name: ClassVar[str] = JobKind.FACES_WITHDRAWAL
    label: ClassVar[str] = "Delete faces"
    # A withdrawal cannot be called off, nor may it wait.
    can_control: ClassVar[bool] = False
    pauses_itself: ClassVar[bool] = False

    def work(self, turn: Slice) -> None:
        """Delete share by share."""
        work_steps(turn, STEPS)


def start_withdrawal(receipt: FaceReceipt) -> SyncRun:
    """Queue a run that works ``receipt``, in its organization's scope; before all bulk work."""
    job, _ = Job.objects.get_or_create(
        org_id=receipt.org_id, kind=JobKind.FACES_WITHDRAWAL, is_one_off=False, connection=None
    )
    return start_run(job, lane=Lane.INTERACTIVE, created_by=receipt.requested_by)


def go_on_after(run: SyncRun) -> None:
    """Queue another run where one ended for good and a receipt is open: it is owed, always."""
    if FaceReceipt.objects.open().exists():
        run_after = timezone.now() + wait_after_failure(run)
        start_run(run.job, lane=Lane.INTERACTIVE, run_after=run_after, created_by=run.created_by)
