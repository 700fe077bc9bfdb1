"""How Magpie behaves towards a site: one page at a time, at its pace, and where it lets us."""

from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class KeptRobots:
    """A robots.txt as it was read.

    Attributes:
        text: empty where the site has none.
        age_s: how long ago that was.
    """

    text: str
    age_s: float


class Turn(Protocol):
    """The right to ask a site for pages, until it is given back."""

    def rest(self, pause_s: float) -> None:
        """Let the site rest for as long once the turn ends; the longest of several counts."""


class Manners(Protocol):
    """What all who ask a site share: whose turn it is, and the site's rules."""

    def turn(
        self, site: str, *, at_most_s: float, wait_s: float
    ) -> AbstractAsyncContextManager[Turn]:
        """Wait for the turn at a site, and keep it.

        Args:
            site: scheme, host and port, such as ``https://example.org``.
            at_most_s: after which others take it for lost.
            wait_s: after which we give up.

        Raises:
            FetchError: ``rate_limited``; it is others' turn, or the site rests, for longer.
        """

    async def robots(self, site: str) -> KeptRobots | None:
        """Return what was kept of a site's rules."""

    async def keep_robots(self, site: str, text: str) -> None:
        """Keep a site's rules."""
