"""What a bulk change is about: some assets by key, or all that match a filter."""

import dataclasses
import uuid
from collections.abc import Iterable
from typing import Any

from media.library.conditions import conditions_of
from media.library.filters import LibraryFilter
from media.library.pages import source_of
from media.library.sorting import ORDERS, Sort
from media.library.words import Frequency, look_up
from media.sql import fetch_row
from tenants.scope import current_org_id

_CHANGED = """
SELECT DISTINCT asset_id AS id FROM media_operationitem
 WHERE org_id = %(org)s AND operation_id = %(changed_by)s AND asset_id IS NOT NULL
"""


@dataclasses.dataclass(frozen=True, slots=True)
class Selection:
    """Assets of the organization in scope; ids that are none of its assets count for nothing.

    Make one with :meth:`of_ids`, :meth:`matching` or :meth:`changed_by`.
    """

    ids: tuple[uuid.UUID, ...] = ()
    asked: LibraryFilter | None = None
    operation_id: uuid.UUID | None = None

    @classmethod
    def of_ids(cls, ids: Iterable[uuid.UUID]) -> "Selection":
        """Select assets by key."""
        return cls(ids=tuple(dict.fromkeys(ids)))

    @classmethod
    def matching(cls, asked: LibraryFilter) -> "Selection":
        """Select all assets that match, however many, at the moment of the change."""
        return cls(asked=asked)

    @classmethod
    def changed_by(cls, operation_id: uuid.UUID) -> "Selection":
        """Select what an operation changed, be it there still or purged."""
        return cls(operation_id=operation_id)

    def count(self) -> int:
        """Return how many assets are selected at this moment."""
        selected, params = self.as_sql()
        (count,) = fetch_row(f"SELECT count(*) FROM ({selected}) selected", params)  # noqa: S608  # of constants
        return int(count)

    def is_larger_than(self, limit: int) -> bool:
        """Return whether more than ``limit`` assets are selected at this moment."""
        if self.ids and len(self.ids) <= limit:
            return False
        return self.count() > limit

    def as_sql(self) -> tuple[str, dict[str, Any]]:
        """Return a query for the keys, and its parameters; ``%(org)s`` is one of them."""
        if self.operation_id is not None:
            return _CHANGED, {"org": current_org_id(), "changed_by": self.operation_id}
        if self.asked is None:
            return (
                "SELECT a.id FROM media_asset a WHERE a.org_id = %(org)s AND a.id = ANY(%(ids)s)",
                {"org": current_org_id(), "ids": list(self.ids)},
            )
        conditions = conditions_of(self.asked)
        params = dict(conditions.params)
        words = look_up(self.asked.q) if self.asked.q else None
        if words is not None:
            if words.frequency is Frequency.NEVER:
                return "SELECT NULL::uuid AS id WHERE false", params
            params["query"] = words.query
        source = source_of(ORDERS[Sort.NEWEST], words)
        return f"SELECT a.id FROM {source} WHERE {conditions.sql}", params  # noqa: S608  # of constants; what people sent is in params
