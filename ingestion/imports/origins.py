"""Where an asset came from: the connections that reported it, and the imports that brought it."""

import dataclasses
import uuid
from collections.abc import Iterable, Iterator, Sequence

from django.db.models import F, Prefetch

from connectors.models import Keep
from connectors.policy import gates
from connectors.readers.urls import web_address
from ingestion.imports.queries import as_import
from ingestion.imports.status import Import
from ingestion.models import AssetOrigin, ImportFile, Job, SyncRun
from media.merging import Merge
from media.models import Asset
from media.sql import run
from tenants.scope import current_org_id


@dataclasses.dataclass(frozen=True, slots=True)
class SeenOn:
    """A page that shows a picture.

    Attributes:
        url: its address.
        title: what people read; the address where the page has no title.
    """

    url: str
    title: str


@dataclasses.dataclass(frozen=True, slots=True)
class Provenance:
    """One connection that reported an asset.

    Attributes:
        first, changed: the runs that brought it and that last found anything changed; None where
            their history is gone. They are one and the same until something changes.
        first_import, changed_import: what was brought then; None where a run was no import.
        pages: on which web pages it was found, the first one first.
        rule: what may become of it, in a sentence; empty where it may simply be kept.
    """

    origin: AssetOrigin
    first: SyncRun | None
    changed: SyncRun | None
    first_import: Import | None
    changed_import: Import | None
    pages: tuple[SeenOn, ...] = ()
    rule: str = ""

    @property
    def was_changed(self) -> bool:
        """Return whether a later run found something changed."""
        return self.origin.changed_run_id != self.origin.first_run_id


_OF_PAGES = (AssetOrigin.Via.SCRAPE, AssetOrigin.Via.CAPTURE)

# Of one connection the first that reported it stays, and with it what that said.
_MOVE = """
WITH pair AS (
  SELECT * FROM unnest(%(gone)s::uuid[], %(survivors)s::uuid[]) AS p (gone, survivor))
UPDATE ingestion_assetorigin o SET asset_id = c.survivor
  FROM (SELECT DISTINCT ON (pair.survivor, o.connection_id) pair.survivor, o.id
          FROM pair JOIN ingestion_assetorigin o
            ON o.org_id = %(org)s AND o.asset_id = pair.gone
         WHERE NOT EXISTS (
           SELECT FROM ingestion_assetorigin x
            WHERE x.org_id = %(org)s AND x.asset_id = pair.survivor
              AND x.connection_id = o.connection_id)
         ORDER BY pair.survivor, o.connection_id, o.first_seen_at, o.id) c
 WHERE o.org_id = %(org)s AND o.id = c.id
"""


def move_origins(merges: Sequence[Merge]) -> None:
    """Give the origins of assets that are gone to those that stay; in the organization in scope."""
    gone, survivors = [each.gone for each in merges], [each.survivor for each in merges]
    run(_MOVE, {"org": current_org_id(), "gone": gone, "survivors": survivors})


def provenance_of(asset: Asset) -> list[Provenance]:
    """Return who reported ``asset``, the first one first; six queries at most."""
    origins = list(
        AssetOrigin.objects.filter(asset_id=asset.pk)
        .select_related("connection")
        .defer("raw")
        .annotate(
            page=F("raw__page"), page_title=F("raw__page_title"), elsewhere=F("raw__elsewhere")
        )
        .order_by("first_seen_at", "pk")
    )
    runs = _runs({each.first_run_id for each in origins} | {o.changed_run_id for o in origins})
    imports = {job.pk: as_import(job) for job in _jobs(run.job_id for run in runs.values())}
    rules = _rules(origins)
    return [
        dataclasses.replace(_provenance(origin, runs, imports), rule=rules.get(origin.pk, ""))
        for origin in origins
    ]


def _rules(origins: Iterable[AssetOrigin]) -> dict[uuid.UUID, str]:
    """Return, by origin, what may become of what came through an API; one query, if any did."""
    by_api = [origin for origin in origins if origin.via == AssetOrigin.Via.API]
    found = gates() if by_api else {}
    limited = {
        name: gate.retention.sentence
        for name, gate in found.items()
        if gate.retention.keep is not Keep.ALWAYS
    }
    return {origin.pk: limited.get(origin.connection.connector, "") for origin in by_api}


def _provenance(
    origin: AssetOrigin, runs: dict[uuid.UUID, SyncRun], imports: dict[uuid.UUID, Import]
) -> Provenance:
    first, changed = runs.get(origin.first_run_id), runs.get(origin.changed_run_id)
    return Provenance(
        origin=origin,
        first=first,
        changed=changed,
        first_import=imports.get(first.job_id) if first else None,
        changed_import=imports.get(changed.job_id) if changed else None,
        pages=tuple(_pages(origin)) if origin.via in _OF_PAGES else (),
    )


def _pages(origin: AssetOrigin) -> Iterator[SeenOn]:
    """Yield the pages that an origin names; see ``statements.ADD_PLACES``."""
    told = vars(origin)
    first = {"page": told["page"], "page_title": told["page_title"]}
    for place in (first, *(told["elsewhere"] or ())):
        if url := web_address(place.get("page")):
            yield SeenOn(url, place.get("page_title") or url)


def _runs(keys: set[uuid.UUID]) -> dict[uuid.UUID, SyncRun]:
    return {run.pk: run for run in SyncRun.objects.filter(pk__in=keys)}


def _jobs(keys: Iterable[uuid.UUID]) -> list[Job]:
    """Return the imports among the jobs, with all that ``as_import`` needs."""
    files = ImportFile.objects.order_by("position")
    runs = SyncRun.objects.select_related("cancel_requested_by").order_by("created_at", "pk")
    return list(
        Job.objects.filter(pk__in=set(keys), kind="import")
        .select_related("created_by", "connection")
        .prefetch_related(Prefetch("files", files), Prefetch("runs", runs))
    )
