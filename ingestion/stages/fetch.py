"""Stage ``fetch``: pictures from their addresses into storage, through the guard."""

import asyncio
import tempfile
import uuid
from collections.abc import Sequence
from typing import BinaryIO, ClassVar

from django.conf import settings
from django.core.files.storage import default_storage
from django.db.models import QuerySet

from connectors.base import Use
from connectors.errors import AddressRefusedError, FetchError
from connectors.guard import Download, GuardedClient, GuardOptions, check_url
from connectors.guard.options import options_from_settings
from connectors.guard.slots import Slots
from connectors.pictures import SNIFF_BYTES, fetch_picture, sniff_media_type
from ingestion.engine.kinds import DAY_S, Kind, Slice
from ingestion.freshness.datasets import PICTURES
from ingestion.imports.held import held_sha256
from ingestion.models.job import JobKind
from ingestion.stages.base import Pace, retry_or_fail, work_stage
from ingestion.stages.flights import CalledOffError, Flights
from ingestion.stages.limits import RATE_LIMITED, LimitedSites
from media.models import AssetMedia, StageState
from media.models.stage import Stage, StageStatus
from media.results import StoredBlob, UnitResult, write_fetched
from media.storage import blob_key, put_file, replace_file

IN_MEMORY_BYTES = 4 * 1024**2
# The address will not give a picture however often we ask.
FINAL_CODES = frozenset({"not_found", "forbidden", "bad_response", "payload_too_large"})

Unit = tuple[StageState, AssetMedia]
Outcome = tuple[UnitResult, StoredBlob | None]


class FetchKind(Kind):
    """Fetches pending pictures; many at a time, few per host."""

    name: ClassVar[str] = JobKind.FETCH
    label: ClassVar[str] = "Fetch pictures"
    datasets: ClassVar[tuple[str, ...]] = (PICTURES,)
    deadline_s: ClassVar[int] = 7 * DAY_S
    pauses_itself: ClassVar[bool] = False
    is_bulk: ClassVar[bool] = True
    stage: ClassVar[Stage] = Stage.FETCH
    use: ClassVar[Use | None] = Use.STORE
    batch_size: ClassVar[int] = 200
    then: ClassVar[tuple[Stage, ...]] = (Stage.RENDITION,)

    def work(self, turn: Slice) -> None:
        """Work a slice."""
        work_stage(turn, FetchBatches())


class FetchBatches(FetchKind):
    """The kind while it knows which sites are slow, and which want to be left alone."""

    def __init__(self) -> None:
        self._limited = LimitedSites()
        self._slow_sites: set[str] = set()

    def choose(self, due: QuerySet[StageState]) -> QuerySet[StageState]:
        """Leave out sites that kept an earlier batch of the slice waiting, while others are due."""
        others = due
        for site in self._slow_sites:
            others = others.exclude(media__url__startswith=site)
        if self._slow_sites and not others.exists():
            self._slow_sites.clear()
            return due
        return others

    def take(self, states: Sequence[StageState]) -> list[Unit]:
        """Return the picture of each state."""
        media = AssetMedia.objects.in_bulk([state.media_id for state in states])
        return [(state, media[state.media_id]) for state in states]

    def do(
        self, units: Sequence[Unit], *, org_id: uuid.UUID, pace: Pace
    ) -> tuple[list[UnitResult], list[StoredBlob]]:
        """Fetch the pictures of the batch at once, within the guard's limits."""
        outcomes = asyncio.run(_Fetching(org_id, pace, self._limited).fetch_all(units))
        ended = [outcome for outcome in outcomes if outcome is not None]
        self._slow_sites.update(
            site_of(picture.url)
            for (_, picture), outcome in zip(units, outcomes, strict=True)
            if outcome is None
        )
        return [result for result, _ in ended], [blob for _, blob in ended if blob]

    def write(self, units: Sequence[Unit], found: Sequence[StoredBlob]) -> None:
        """Tie the bytes to their pictures, and hold back those of sites that asked us to wait."""
        write_fetched(found, [picture.pk for _, picture in units])
        self._limited.write()


class _Fetching:
    """A batch of pictures that is being fetched."""

    def __init__(self, org_id: uuid.UUID, pace: Pace, limited: LimitedSites) -> None:
        self._org_id, self._pace, self._limited = org_id, pace, limited
        self._flights = Flights()
        self._options = options_from_settings()
        # The client's own slots, taken before it is asked: only so do we know what has not begun.
        self._slots = Slots(
            total=self._options.total_limit,
            per_host=self._options.host_limit,
            special=self._options.host_limits,
        )

    async def fetch_all(self, units: Sequence[Unit]) -> list[Outcome | None]:
        """Return the outcome of each unit; None for one that had no turn, or was given up."""
        async with (
            GuardedClient(self._options) as client,
            self._flights.watched(self._pace.must_end),
        ):
            return list(await asyncio.gather(*(self._in_turn(client, unit) for unit in units)))

    async def _in_turn(self, client: GuardedClient, unit: Unit) -> Outcome | None:
        site = site_of(unit[1].url)
        async with self._slots.hold(host_of(unit[1].url, self._options)):
            if not self._pace.may_begin() or self._limited.must_wait(site):
                return None
            try:
                return await self._fetch(client, *unit)
            except CalledOffError:
                return None

    async def _fetch(
        self, client: GuardedClient, state: StageState, picture: AssetMedia
    ) -> Outcome:
        if sha256 := held_sha256(picture.key):
            key = blob_key(self._org_id, sha256)
            return await asyncio.to_thread(_take_held, state, picture, key)
        with tempfile.SpooledTemporaryFile(max_size=IN_MEMORY_BYTES) as file:
            try:
                to: BinaryIO = file  # type: ignore[assignment]  # is binary
                got = await self._flights.fly(_download(client, picture, to=to))
            except AddressRefusedError as error:
                return retry_or_fail(state, code=error.code, is_final=True), None
            except FetchError as error:
                return self._judge(state, picture, error), None
            self._limited.note_served(site_of(picture.url))
            # Of one that is fetched again the bytes may have changed where they lie.
            store = put_file if picture.blob_id is None else replace_file
            key = await asyncio.to_thread(store, blob_key(self._org_id, got.sha256), file)
        blob = StoredBlob(picture.pk, got.sha256, got.size_bytes, got.media_type, key)
        return UnitResult(state.pk, StageStatus.DONE), blob

    def _judge(self, state: StageState, picture: AssetMedia, error: FetchError) -> UnitResult:
        """Return what becomes of a picture that did not come."""
        code, asked_s = error.fetch_code, error.retry_after_s
        if code == RATE_LIMITED:
            site = site_of(picture.url)
            # Else we cannot tell which of them asked.
            has_one_site = all(site_of(url) == site for url in picture.fallbacks)
            return self._limited.wait(state, site, asked_s, is_all=has_one_site)
        is_final = code in FINAL_CODES
        return retry_or_fail(state, code=code, is_final=is_final, retry_after_s=asked_s)


async def _download(client: GuardedClient, picture: AssetMedia, *, to: BinaryIO) -> Download:
    """Fetch from the first address that has the picture, within one deadline for all of them."""
    try:
        async with asyncio.timeout(settings.FETCH_DEADLINE_S):
            return await fetch_picture(
                client,
                [picture.url, *picture.fallbacks],
                to=to,
                max_bytes=settings.FETCH_MAX_BYTES,
                deadline_s=settings.FETCH_DEADLINE_S,
            )
    except TimeoutError as exc:
        message = "The sites did not answer in time."
        raise FetchError(message, fetch_code="source_timeout") from exc


def host_of(url: str, options: GuardOptions) -> str:
    """Return the host to ask; empty where there is none, or none that may be asked."""
    try:
        return check_url(url, stand_ins=options.host_map.hosts).host
    except AddressRefusedError:
        return ""


def site_of(url: str) -> str:
    """Return the beginning that all addresses of the same site share, as it is written."""
    return "/".join(url.split("/", 3)[:3]) + "/"


def _take_held(state: StageState, picture: AssetMedia, key: str) -> Outcome:
    """Find the bytes that came with the record; they were stored before it."""
    try:
        with default_storage.open(key, "rb") as file:
            media_type = sniff_media_type(file.read(SNIFF_BYTES))
            size_bytes = file.size
    except FileNotFoundError:
        media_type, size_bytes = None, 0
    if media_type is None:
        return retry_or_fail(state, code="not_found", is_final=True), None
    sha256 = held_sha256(picture.key)
    blob = StoredBlob(picture.pk, sha256, size_bytes, media_type, key)
    return UnitResult(state.pk, StageStatus.DONE), blob
