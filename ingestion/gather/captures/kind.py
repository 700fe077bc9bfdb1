"""The kind of job that saves one picture of a page, or a pin."""

from collections.abc import Sequence
from typing import ClassVar, Final

from django import forms

from connectors.items import Source
from ingestion.engine.claims import Claim, fence
from ingestion.engine.kinds import Slice
from ingestion.gather.captures.applying import apply
from ingestion.gather.captures.known import PIN_REF, call_back
from ingestion.gather.captures.looking import look
from ingestion.gather.captures.seeking import note_known, seek
from ingestion.gather.kind import GatherKind
from ingestion.gather.ledger import queue_items
from ingestion.gather.storing import Place
from ingestion.gather.wanted import Wanted
from ingestion.models import AssetOrigin, RunItem, SyncRun
from ingestion.models.item import ItemOutcome
from ingestion.models.job import JobKind
from media.imaging.pool import RenditionPool
from tenants.scope import org_scope

MINUTE_S: Final = 60


class CaptureForm(forms.Form):
    """What a job that saves a picture is told."""

    url = forms.CharField(max_length=2048)
    picture = forms.CharField(max_length=2048, required=False)


class CaptureKind(GatherKind):
    """Finds the one picture that somebody means, and brings it onto a board.

    A dry run is the look of the small window.
    """

    name: ClassVar[str] = JobKind.CAPTURE
    label: ClassVar[str] = "Save while browsing"
    params_form: ClassVar[type[forms.Form]] = CaptureForm
    deadline_s: ClassVar[int] = 15 * MINUTE_S

    def place(self, run: SyncRun) -> Place:
        """Return the page, or the pin."""
        params = run.job.params
        pin_id = params.get("pin", "")
        return Place(
            source=Source.PINTEREST if pin_id else Source.WEB,
            via=AssetOrigin.Via.CAPTURE,
            url=params.get("final_url") or params["url"],
            # What the window shows is what is saved: the browser's word before the page's.
            title=params.get("title") or params.get("page_title", ""),
            ref=f"{PIN_REF}{pin_id}" if pin_id else "",
            is_feed=bool(params.get("is_feed")),
            is_of_one=True,
        )

    def begin(self, turn: Slice, run: SyncRun) -> bool:
        """Find the picture, and queue it; what is here already is only noted."""
        asset, target = seek(turn, run)
        with org_scope(run.org_id):
            run = fence(turn.held)
            if asset is not None:
                note_known(run, asset)
            else:
                queue_items(run, [(0, _as_looked_at(run, target.wanted))])
            SyncRun.objects.filter(pk=run.pk).update(expected_count=1)
        return True

    def work(self, turn: Slice) -> None:
        """Look, or save."""
        with org_scope(turn.held.org_id):
            run = SyncRun.objects.select_related("job").get(pk=fence(turn.held).pk)
        if run.is_dry_run:
            look(turn, run)
        else:
            super().work(turn)

    def _work_batch(self, turn: Slice, pool: RenditionPool) -> bool:
        with org_scope(turn.held.org_id):
            run = SyncRun.objects.select_related("job").get(pk=fence(turn.held).pk)
            call_back(run, self.place(run))
        return super()._work_batch(turn, pool)

    def _finish(self, held: Claim) -> None:
        with org_scope(held.org_id):
            run = SyncRun.objects.select_related("job__created_by").get(pk=fence(held).pk)
            saved = RunItem.objects.filter(run=run).exclude(asset_id=None).first()
            if saved is not None and saved.asset_id is not None:
                apply(run.job, saved.asset_id, is_new=saved.outcome == ItemOutcome.NEW)
        super()._finish(held)


def _as_looked_at(run: SyncRun, wanted: Sequence[Wanted]) -> Wanted:
    """Return the best picture; as the look before has stored it, where there was one."""
    best = wanted[0]
    looks = RunItem.objects.filter(run__job_id=run.job_id, run__is_dry_run=True)
    item = looks.filter(outcome=ItemOutcome.NEW, source_ref=best.key[:2048]).first()
    return Wanted.of_payload(item.payload) if item and item.payload else best
