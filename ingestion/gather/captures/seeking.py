"""Finding out what somebody means, at the beginning of a run or of a look."""

from connectors.readers.pinterest.addresses import pin_of_address
from ingestion.engine.claims import fence
from ingestion.engine.kinds import Slice
from ingestion.gather.captures.known import known_asset
from ingestion.gather.captures.targets import Target, find_target, lead_on
from ingestion.gather.ledger import ALREADY_HERE, Ended, queue_items, write_ended
from ingestion.gather.line import READING
from ingestion.gather.wanted import Wanted
from ingestion.models import Job, RunItem, SyncRun
from ingestion.models.item import ItemOutcome
from media.models import Asset
from tenants.scope import org_scope


def seek(turn: Slice, run: SyncRun) -> tuple[Asset | None, Target]:
    """Return what is meant, and the asset that it is already, whose picture nobody asks for.

    Raises:
        AppError: with one of the codes of fetching, reading and rendering, or no_pictures.
    """
    params = run.job.params
    picture = params.get("picture", "")
    with org_scope(run.org_id):
        fence(turn.held)
        SyncRun.objects.filter(pk=run.pk).update(phase=READING)
    url = params.get("final_url") or lead_on(params["url"])
    target = Target(url, pin_of_address(url))
    with org_scope(run.org_id):
        asset = known_asset(url, picture)
    if asset is None:
        target = find_target(url, picture, pin_id=target.pin_id, turn=turn)
    _note_target(turn, run, target)
    return asset, target


def note_known(run: SyncRun, asset: Asset) -> None:
    """Note that what is meant is in the library."""
    queue_items(run, [(0, Wanted(key=asset.source_ref))])
    item = RunItem.objects.get(run=run, ordinal=0)
    write_ended(run, [Ended(item.pk, ItemOutcome.SKIPPED, ALREADY_HERE, "", asset.pk)])


def _note_target(turn: Slice, run: SyncRun, target: Target) -> None:
    found = {
        "final_url": target.url,
        "pin": target.pin_id,
        "page_title": target.title,
        "is_feed": target.is_feed,
    }
    with org_scope(run.org_id):
        fence(turn.held)
        job = Job.objects.select_for_update(no_key=True).get(pk=run.job_id)
        name = job.name or target.title[:120]
        Job.objects.filter(pk=job.pk).update(params=job.params | found, name=name)
