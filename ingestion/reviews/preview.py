"""What the next night would remove, counted over all organizations that linked an account."""

import dataclasses
import uuid
from collections import Counter
from typing import Final

from django.db import connection

from ingestion.policy.expiry import count_expired
from ingestion.policy.pictures import count_held
from tenants.scope import org_scope

# As many as are counted while somebody waits.
MOST_ORGS: Final = 200


@dataclasses.dataclass(frozen=True, slots=True)
class Preview:
    """What the night would find, by connector.

    Attributes:
        records: reports of assets that may be kept no longer. Of what people or others hold the
            asset stays.
        pictures: stored ones that may not be kept.
        organizations: how many were counted.
        is_partial: there are more of them.
    """

    records: Counter[str]
    pictures: Counter[str]
    organizations: int
    is_partial: bool


def preview(*, most: int = MOST_ORGS) -> Preview:
    """Count what would go; changes nothing, and tells nothing of whom it belongs to."""
    orgs = _linked_orgs()
    records: Counter[str] = Counter()
    pictures: Counter[str] = Counter()
    for org_id in orgs[:most]:
        with org_scope(org_id):
            records.update(count_expired())
            pictures.update(count_held())
    return Preview(records, pictures, min(len(orgs), most), is_partial=len(orgs) > most)


def _linked_orgs() -> list[uuid.UUID]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT org_id FROM engine_linked_orgs() ORDER BY org_id")
        return [org_id for (org_id,) in cursor.fetchall()]
