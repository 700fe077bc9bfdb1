"""Pictures from their addresses into storage, decoded and rendered on the way; many at a time."""

import asyncio
import dataclasses
import logging
import queue
import tempfile
import threading
import time
import uuid
from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import BinaryIO, Final, Self, TypeAlias

from django.conf import settings
from django.core.files.storage import default_storage

from connectors.errors import AddressRefusedError, FetchError
from connectors.guard import GuardedClient
from connectors.guard.options import options_from_settings
from connectors.guard.slots import Slots
from connectors.pictures import SNIFF_BYTES, fetch_picture, sniff_media_type
from connectors.web.sites import KeptRules, kept_rules
from ingestion.codes import CODES, INTERNAL
from ingestion.gather.hosts import HostRestsError, Hosts, wait_of
from ingestion.gather.wanted import Wanted
from ingestion.stages.base import Pace
from ingestion.stages.fetch import host_of
from ingestion.stages.flights import CalledOffError, Flights
from ingestion.stages.rendition import store_renditions
from media.imaging.errors import ImageError, ImageUnsupportedError
from media.imaging.pool import RenditionPool
from media.imaging.values import Rendered
from media.results import StoredRendition
from media.storage import blob_key, put_file

logger = logging.getLogger(__name__)

# Of one site; a page's pictures mostly lie on one.
HOST_LIMIT: Final = 10
# A picture waits in memory for its turn to be decoded up to here, and else in storage, where its
# bytes are by then: of a page of large ones only those are in memory that are decoded.
IN_MEMORY_BYTES: Final = 512 * 1024
# How long what has come waits to be written; whoever watches sees it soon after.
LOT_S: Final = 1.0
# Another try may bring it.
PASSING: Final = frozenset({"network", "source_timeout", "source_unavailable"})


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
        was_served: its site gave us others meanwhile.
    """

    code: str
    sentence: str
    retry_after_s: float | None = None
    was_served: bool = False

    @classmethod
    def of(cls, error: AddressRefusedError | FetchError | ImageError) -> Self:
        """Return what ``error`` says."""
        if isinstance(error, FetchError):
            return cls(error.fetch_code, _sentence(error), error.retry_after_s)
        return cls(error.code, error.message)

    @property
    def must_wait(self) -> bool:
        """Return whether its site wants to be left alone, which says nothing of the picture."""
        return self.code == "rate_limited"

    @property
    def may_come(self) -> bool:
        """Return whether another try is of use."""
        return self.code in PASSING


# The place of a picture among those that were asked for, and what became of it: None where it had
# no turn, or was given up.
Arrival: TypeAlias = "tuple[int, Brought | Missed | None]"


def bring(
    wanted: Sequence[Wanted], pool: RenditionPool, *, org_id: uuid.UUID, pace: Pace, referer: str
) -> Generator[list[Arrival]]:
    """Yield what becomes of the pictures in lots, each as soon as it is worth writing.

    A thread brings them meanwhile; closing the iterator gives up what is left. Outside any
    transaction.

    Args:
        referer: the page that shows them; sites are told of it what a browser would tell.
    """
    arrived: queue.SimpleQueue[Arrival | BaseException | None] = queue.SimpleQueue()
    stop = threading.Event()
    rules = kept_rules(url for each in wanted if each.url for url in _addresses(each))

    def work() -> None:
        try:
            with ThreadPoolExecutor(pool.processes, "render") as threads:
                bringing = _Bringing(pool, threads, org_id, pace, referer, rules, stop)
                asyncio.run(bringing.all(wanted, arrived.put))
            arrived.put(None)
        except BaseException as error:  # noqa: BLE001  # handed over and raised by the caller
            arrived.put(error)

    thread = threading.Thread(target=work, name="bring", daemon=True)
    thread.start()
    try:
        yield from _in_lots(arrived)
    finally:
        stop.set()
        thread.join()


def bring_all(
    wanted: Sequence[Wanted], pool: RenditionPool, *, org_id: uuid.UUID, pace: Pace, referer: str
) -> list[Brought | Missed | None]:
    """Return what became of each picture, once that is known of all; as ``bring``."""
    found: dict[int, Brought | Missed | None] = {}
    for lot in bring(wanted, pool, org_id=org_id, pace=pace, referer=referer):
        found.update(lot)
    return [found[number] for number in range(len(wanted))]


def _in_lots(
    arrived: "queue.SimpleQueue[Arrival | BaseException | None]",
) -> Iterator[list[Arrival]]:
    """Yield what has arrived about once in ``LOT_S``, and the rest at the end."""
    lot: list[Arrival] = []
    ends_at = time.monotonic() + LOT_S
    while True:
        try:
            got = arrived.get(timeout=max(ends_at - time.monotonic(), 0.0))
        except queue.Empty:
            if lot:
                yield lot
            lot, ends_at = [], time.monotonic() + LOT_S
            continue
        if isinstance(got, BaseException):
            raise got
        if got is None:
            break
        lot.append(got)
    if lot:
        yield lot


class _Bringing:
    """A batch of pictures that is being brought."""

    def __init__(  # noqa: PLR0913, PLR0917  # of one call
        self,
        pool: RenditionPool,
        threads: ThreadPoolExecutor,
        org_id: uuid.UUID,
        pace: Pace,
        referer: str,
        rules: KeptRules,
        stop: threading.Event,
    ) -> None:
        self._stop = stop
        self._pool, self._threads, self._org_id, self._pace = pool, threads, org_id, pace
        self._referer = referer
        self._flights = Flights()
        self._options = dataclasses.replace(options_from_settings(), host_limit=HOST_LIMIT)
        self._hosts = Hosts(())
        self._rules = rules
        self._slots = Slots(
            total=self._options.total_limit,
            per_host=self._options.host_limit,
            special=self._options.host_limits,
        )

    async def all(self, wanted: Sequence[Wanted], tell: Callable[[Arrival], None]) -> None:
        """Bring all, and tell of each as it comes."""
        self._hosts = Hosts(self._host_of(each) for each in wanted if each.waits)

        async def bring_one(client: GuardedClient, place: int, each: Wanted) -> None:
            try:
                found = await self._one(client, each)
            except OSError:
                # Disk and storage are of all pictures; the run waits until they are there again.
                raise
            except Exception:
                logger.exception("A picture failed in a way that nobody thought of.")
                found = Missed(INTERNAL.name, INTERNAL.sentence)
            tell((place, found))

        async with (
            GuardedClient(self._options) as client,
            self._flights.watched(lambda: self._stop.is_set() or self._pace.must_end()),
        ):
            await asyncio.gather(*(bring_one(client, n, each) for n, each in enumerate(wanted)))

    def _host_of(self, wanted: Wanted) -> str:
        return host_of(wanted.url, self._options)

    def _may_begin(self) -> bool:
        return not self._stop.is_set() and self._pace.may_begin()

    async def _one(self, client: GuardedClient, wanted: Wanted) -> Brought | Missed | None:
        try:
            if not wanted.url:
                return await self._take_file(wanted)
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

    async def _fetch(self, client: GuardedClient, wanted: Wanted) -> Brought | Missed | None:
        host = self._host_of(wanted)
        urls = [url for url in _addresses(wanted) if self._rules.allows(url)]
        if not urls:
            return Missed("robots_refused", "The site asks programs to leave this picture alone.")
        try:
            return await self._fetch_from(host, client, urls)
        except FileNotFoundError:
            return _gone()
        except FetchError as error:
            missed = Missed.of(error)
            if not missed.must_wait:
                return missed
            wait_s = error.retry_after_s or 0.0
            if not isinstance(error, HostRestsError):
                wait_s = wait_of(error, waits=wanted.waits)
                # Else we cannot tell which of them asked.
                if all(host_of(url, self._options) == host for url in wanted.fallbacks):
                    self._hosts.note_asked(host, wait_s)
            served = self._hosts.has_served(host)
            return dataclasses.replace(missed, retry_after_s=wait_s, was_served=served)

    async def _fetch_from(
        self, host: str, client: GuardedClient, urls: Sequence[str]
    ) -> Brought | None:
        with tempfile.SpooledTemporaryFile(max_size=IN_MEMORY_BYTES) as file:
            to: BinaryIO = file  # type: ignore[assignment]  # is binary
            async with self._slots.hold(host), self._hosts.turn(host):
                if not self._may_begin():
                    return None
                async with asyncio.timeout(settings.FETCH_DEADLINE_S):
                    got = await self._flights.fly(
                        fetch_picture(
                            client,
                            urls,
                            to=to,
                            max_bytes=settings.FETCH_MAX_BYTES,
                            deadline_s=settings.FETCH_DEADLINE_S,
                            page_url=self._referer,
                        )
                    )
                self._hosts.note_served(host)
            key = blob_key(self._org_id, got.sha256)
            key = await asyncio.to_thread(put_file, key, to)
            content = None
            if got.size_bytes <= IN_MEMORY_BYTES:
                to.seek(0)
                content = to.read()
        return await self._render(content, got.sha256, got.media_type, key)

    async def _take_file(self, wanted: Wanted) -> Brought | Missed | None:
        return _refused() if wanted.is_refused else await self._take_held(wanted.held_sha256)

    async def _take_held(self, sha256: str) -> Brought | Missed | None:
        if not self._may_begin():
            return None
        key = blob_key(self._org_id, sha256)
        try:
            media_type = sniff_media_type(await asyncio.to_thread(_read, key, SNIFF_BYTES))
            if media_type is None:
                raise ImageUnsupportedError
            return await self._render(None, sha256, media_type, key)
        except FileNotFoundError:
            return _gone()

    async def _render(
        self, content: bytes | None, sha256: str, media_type: str, key: str
    ) -> Brought:
        """Decode a picture in its turn, out of storage where its bytes are not at hand."""

        def render() -> tuple[int, Rendered]:
            whole = _read(key) if content is None else content
            return len(whole), self._pool.render(whole)

        loop = asyncio.get_running_loop()
        size_bytes, made = await loop.run_in_executor(self._threads, render)
        renditions = await asyncio.to_thread(store_renditions, self._org_id, sha256, made)
        return Brought(sha256, size_bytes, media_type, key, made, renditions)


def _read(key: str, size: int = -1) -> bytes:
    """Return what is stored under ``key``, or its beginning.

    Raises:
        FileNotFoundError: it is gone.
    """
    with default_storage.open(key, "rb") as file:
        content: bytes = file.read(size)
        return content


def _addresses(wanted: Wanted) -> list[str]:
    return [wanted.url, *wanted.fallbacks]


def _gone() -> Missed:
    return Missed("bytes_missing", "What was brought is gone from storage. Bring it again.")


def _refused() -> Missed:
    limit_mb = settings.FETCH_MAX_BYTES // 1024**2
    sentence = f"It is larger than {limit_mb} MB. Make a smaller copy, and bring that."
    return Missed("payload_too_large", sentence)


def _sentence(error: FetchError) -> str:
    return CODES[error.fetch_code].sentence if error.fetch_code in CODES else error.message
