"""Pictures from their addresses into storage, decoded and rendered on the way; many at a time."""

import asyncio
import dataclasses
import tempfile
import uuid
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import BinaryIO, Final, Self

from django.conf import settings
from django.core.files.storage import default_storage

from connectors.errors import AddressRefusedError, FetchError
from connectors.guard import GuardedClient
from connectors.guard.options import options_from_settings
from connectors.guard.slots import Slots
from connectors.pictures import SNIFF_BYTES, fetch_picture, sniff_media_type
from ingestion.codes import CODES
from ingestion.gather.wanted import Wanted
from ingestion.stages.base import Pace
from ingestion.stages.fetch import IN_MEMORY_BYTES, host_of
from ingestion.stages.flights import CalledOffError, Flights
from ingestion.stages.rendition import store_renditions
from media.imaging.errors import ImageError, ImageUnsupportedError
from media.imaging.pool import RenditionPool
from media.imaging.values import Rendered
from media.results import StoredRendition
from media.storage import blob_key, put_file

# Of one site; a page's pictures mostly lie on one.
HOST_LIMIT: Final = 10
# Another try may bring it.
PASSING: Final = frozenset({"network", "source_timeout", "source_unavailable", "rate_limited"})


@dataclasses.dataclass(frozen=True, slots=True)
class Brought:
    """A picture whose bytes and renditions are in storage, and are no row yet."""

    sha256: str
    size_bytes: int
    media_type: str
    storage_key: str
    rendered: Rendered
    renditions: tuple[StoredRendition, ...]


@dataclasses.dataclass(frozen=True, slots=True)
class Missed:
    """Why a picture did not come.

    Attributes:
        code: of the table of failures, or of the decoder.
        retry_after_s: what its site asked for, where it did.
    """

    code: str
    sentence: str
    retry_after_s: float | None = None

    @classmethod
    def of(cls, error: AddressRefusedError | FetchError | ImageError) -> Self:
        """Return what ``error`` says."""
        if isinstance(error, FetchError):
            return cls(error.fetch_code, _sentence(error), error.retry_after_s)
        return cls(error.code, error.message)

    @property
    def may_come(self) -> bool:
        """Return whether another try is of use."""
        return self.code in PASSING


def bring(
    wanted: Sequence[Wanted], pool: RenditionPool, *, org_id: uuid.UUID, pace: Pace, referer: str
) -> list[Brought | Missed | None]:
    """Return what became of each picture; None for one that had no turn, or was given up.

    Outside any transaction.

    Args:
        referer: the page that shows them; some sites give their pictures to none else.
    """
    with ThreadPoolExecutor(pool.processes, "render") as threads:
        return asyncio.run(_Bringing(pool, threads, org_id, pace, referer).all(wanted))


class _Bringing:
    """A batch of pictures that is being brought."""

    def __init__(
        self,
        pool: RenditionPool,
        threads: ThreadPoolExecutor,
        org_id: uuid.UUID,
        pace: Pace,
        referer: str,
    ) -> None:
        self._pool, self._threads, self._org_id, self._pace = pool, threads, org_id, pace
        self._headers = {"Referer": referer} if referer else {}
        self._flights = Flights()
        self._options = dataclasses.replace(options_from_settings(), host_limit=HOST_LIMIT)
        self._slots = Slots(
            total=self._options.total_limit,
            per_host=self._options.host_limit,
            special=self._options.host_limits,
        )

    async def all(self, wanted: Sequence[Wanted]) -> list[Brought | Missed | None]:
        async with (
            GuardedClient(self._options) as client,
            self._flights.watched(self._pace.must_end),
        ):
            return list(await asyncio.gather(*(self._one(client, each) for each in wanted)))

    async def _one(self, client: GuardedClient, wanted: Wanted) -> Brought | Missed | None:
        try:
            if wanted.held_sha256:
                return await self._take_held(wanted.held_sha256)
            if wanted.seen_sha256:
                found = await self._take_held(wanted.seen_sha256)
                # The nightly sweep may have had them meanwhile; then they are fetched again.
                if not isinstance(found, Missed):
                    return found
            return await self._fetch(client, wanted)
        except CalledOffError:
            return None
        except TimeoutError:
            error = FetchError("The site did not answer in time.", fetch_code="source_timeout")
            return Missed.of(error)
        except (AddressRefusedError, FetchError, ImageError) as error:
            return Missed.of(error)

    async def _fetch(self, client: GuardedClient, wanted: Wanted) -> Brought | None:
        with tempfile.SpooledTemporaryFile(max_size=IN_MEMORY_BYTES) as file:
            to: BinaryIO = file  # type: ignore[assignment]  # is binary
            async with self._slots.hold(host_of(wanted.url, self._options)):
                if not self._pace.may_begin():
                    return None
                async with asyncio.timeout(settings.FETCH_DEADLINE_S):
                    got = await self._flights.fly(
                        fetch_picture(
                            client,
                            [wanted.url, *wanted.fallbacks],
                            to=to,
                            max_bytes=settings.FETCH_MAX_BYTES,
                            deadline_s=settings.FETCH_DEADLINE_S,
                            headers=self._headers,
                        )
                    )
            key = blob_key(self._org_id, got.sha256)
            key = await asyncio.to_thread(put_file, key, to)
            to.seek(0)
            content = to.read()
        return await self._render(content, got.sha256, got.media_type, key)

    async def _take_held(self, sha256: str) -> Brought | Missed | None:
        if not self._pace.may_begin():
            return None
        key = blob_key(self._org_id, sha256)
        content = await asyncio.to_thread(_read, key)
        if content is None:
            return Missed("bytes_missing", "What was brought is gone from storage. Bring it again.")
        media_type = sniff_media_type(content[:SNIFF_BYTES])
        if media_type is None:
            raise ImageUnsupportedError
        return await self._render(content, sha256, media_type, key)

    async def _render(self, content: bytes, sha256: str, media_type: str, key: str) -> Brought:
        loop = asyncio.get_running_loop()
        made = await loop.run_in_executor(self._threads, self._pool.render, content)
        renditions = await asyncio.to_thread(store_renditions, self._org_id, sha256, made)
        return Brought(sha256, len(content), media_type, key, made, renditions)


def _read(key: str) -> bytes | None:
    """Return what is stored under ``key``; None where that is gone."""
    try:
        with default_storage.open(key, "rb") as file:
            content: bytes = file.read()
            return content
    except FileNotFoundError:
        return None


def _sentence(error: FetchError) -> str:
    return CODES[error.fetch_code].sentence if error.fetch_code in CODES else error.message
