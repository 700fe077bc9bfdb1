"""Tags that the source gives; a tag that a person took off stays off."""

from collections.abc import Sequence

from django.db.backends.utils import CursorWrapper

from ingestion.imports import staging, statements
from ingestion.imports.classify import Verdict, id_of
from ingestion.models import SyncRun
from media.folding import fold_tag
from tenants.ids import uuid7_texts


def attach(cursor: CursorWrapper, run: SyncRun, written: Sequence[Verdict]) -> None:
    """Attach the words of the records to their assets; making tags that are missing."""
    names: dict[str, str] = {}
    for verdict in written:
        for name in verdict.item.tags:
            names.setdefault(fold_tag(name), name[:80])
    names.pop("", None)
    if not names:
        return
    cursor.execute(
        statements.ENSURE_TAGS,
        {
            "org": run.org_id,
            "ids": uuid7_texts(len(names)),
            "names": list(names.values()),
            "folded": list(names),
        },
    )
    cursor.execute(
        "SELECT folded_name, id FROM media_tag WHERE org_id = %s AND folded_name = ANY(%s)",
        [run.org_id, list(names)],
    )
    ids = dict(cursor.fetchall())
    rows = {
        (ids[fold_tag(name)], id_of(verdict))
        for verdict in written
        for name in verdict.item.tags
        if fold_tag(name) in ids
    }
    staging.copy_rows(
        cursor,
        "incoming_tag",
        ((fresh, *row) for fresh, row in zip(uuid7_texts(len(rows)), rows, strict=True)),
    )
    cursor.execute(statements.ATTACH_TAGS, {"org": run.org_id})
