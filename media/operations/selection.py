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
from tenants.scope import current_org_id


@dataclasses.dataclass(frozen=True, slots=True)
class Selection:
    """Assets of the organization in scope; ids that are none of its assets count for nothing.

    Make one with :meth:`of_ids` or :meth:`matching`.
    """

    ids: tuple[uuid.UUID, ...] = ()
    asked: LibraryFilter | None = None

    @classmethod
    def of_ids(cls, ids: Iterable[uuid.UUID]) -> "Selection":
        """Select assets by key."""
        return cls(ids=tuple(dict.fromkeys(ids)))

    @classmethod
    def matching(cls, asked: LibraryFilter) -> "Selection":
        """Select all assets that match, however many, at the moment of the change."""
        return cls(asked=asked)

    def as_sql(self) -> tuple[str, dict[str, Any]]:
        """Return a query for the keys, and its parameters; ``%(org)s`` is one of them."""
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
