"""One listing of the API, page by page, over everything that its bookmarks may do."""

from dataclasses import dataclass, field
from typing import Any, Final

from connectors.errors import FetchError
from connectors.pinterest_api.client import PinterestAPI

PAGE_SIZE: Final = 250
# An account holds 200,000 pins at most; a listing that goes on behind so many pages never ends.
MAX_PAGES: Final = 1_000
# Bookmarks are not promised to last: one that is refused costs a new beginning, so often at most.
MAX_RESTARTS: Final = 2


@dataclass(slots=True)
class Reading:
    """How far a listing was read.

    Attributes:
        bookmark: of the next page; empty for the first.
        pages: that were read since the beginning.
        restarts: how often it began anew, because its bookmark was refused.
        count: items that came since the beginning.
        names_sections: pins came that say which section they are in.
        new: the last references that came and were not known before.
    """

    bookmark: str = ""
    pages: int = 0
    restarts: int = 0
    count: int = 0
    names_sections: bool = False
    new: list[str] = field(default_factory=list)


class Listing:
    """A listing, from its beginning or from where it was left.

    Attributes:
        at: how far it was read.
        is_over: there is no next page.
        is_cut: it ended because it did not get on, so that what did not come may exist.
    """

    def __init__(
        self, api: PinterestAPI, path: str, *, page_size: int, at: Reading | None = None
    ) -> None:
        self._api, self._path, self._page_size = api, path, page_size
        self.at = at or Reading()
        self.is_over = self.is_cut = False
        self._asked = {self.at.bookmark}

    async def next(self) -> list[Any]:
        """Return the items of the next page, which may be empty though others follow.

        Raises:
            FetchError: as `PinterestAPI.get`; ``bad_response`` where bookmarks are refused again
                and again.
        """
        found = await self._ask()
        self.at.pages += 1
        self._go_on(found.get("bookmark"))
        items = found.get("items")
        if not isinstance(items, list):
            raise FetchError("Pinterest answered without a list.", fetch_code="bad_response")
        self.at.count += len(items)
        return items

    async def all(self) -> list[Any]:
        """Return the items of all pages that are left; those of a new beginning come once.

        Raises:
            FetchError: as `next`.
        """
        items: list[Any] = []
        while not self.is_over:
            restarts = self.at.restarts
            found = await self.next()
            items = found if self.at.restarts > restarts else items + found
        return items

    async def _ask(self) -> dict[str, Any]:
        try:
            return await self._api.get(
                self._path, page_size=self._page_size, bookmark=self.at.bookmark
            )
        except FetchError as exc:
            if exc.fetch_code != "request_refused" or not self.at.bookmark:
                raise
            if self.at.restarts >= MAX_RESTARTS:
                raise FetchError(
                    "Pinterest refuses its own bookmarks.", fetch_code="bad_response"
                ) from exc
        self.at = Reading(restarts=self.at.restarts + 1)
        self._asked = {""}
        return await self._ask()

    def _go_on(self, bookmark: object) -> None:
        if not isinstance(bookmark, str) or not bookmark:
            self.is_over = True
        elif bookmark in self._asked or self.at.pages >= MAX_PAGES:
            self.is_over = self.is_cut = True
        else:
            self.at.bookmark = bookmark
            self._asked.add(bookmark)
