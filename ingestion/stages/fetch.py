"""Stage ``fetch``: pictures from their addresses into storage, through the guard."""

import asyncio
import tempfile
import uuid
from collections.abc import Sequence
from typing import ClassVar

from django.conf import settings
from django.core.files.storage import default_storage

from connectors.errors import AddressRefusedError, FetchError
from connectors.guard import GuardedClient
from connectors.pictures import SNIFF_BYTES, fetch_picture, sniff_media_type
from ingestion.engine.kinds import Slice
from ingestion.imports.held import held_sha256
from ingestion.models.job import JobKind
from ingestion.stages.base import retry_or_fail, work_stage
from media.models import AssetMedia, StageState
from media.models.stage import Stage, StageStatus
from media.results import StoredBlob, UnitResult, write_fetched
from media.storage import blob_key, put_file

DEADLINE_S = 30.0
IN_MEMORY_BYTES = 4 * 1024**2
# The address will not give a picture however often we ask.
FINAL_CODES = frozenset({"not_found", "forbidden", "bad_response", "payload_too_large"})

Unit = tuple[StageState, AssetMedia]
Outcome = tuple[UnitResult, StoredBlob | None]


class FetchKind:
    """Fetches pending pictures; many at a time, few per host."""

    name: ClassVar[str] = JobKind.FETCH
    stage: ClassVar[Stage] = Stage.FETCH
    batch_size: ClassVar[int] = 200
    then: ClassVar[tuple[Stage, ...]] = (Stage.RENDITION,)

    def work(self, turn: Slice) -> None:
        """Work a slice."""
        work_stage(turn, self)

    def take(self, states: Sequence[StageState]) -> list[Unit]:
        """Return the picture of each state."""
        media = AssetMedia.objects.in_bulk([state.media_id for state in states])
        return [(state, media[state.media_id]) for state in states]

    def do(
        self, units: Sequence[Unit], *, org_id: uuid.UUID
    ) -> tuple[list[UnitResult], list[StoredBlob]]:
        """Fetch all pictures of the batch at once, within the guard's limits."""
        outcomes = asyncio.run(_fetch_all(units, org_id))
        return [result for result, _ in outcomes], [blob for _, blob in outcomes if blob]

    def write(self, units: Sequence[Unit], found: Sequence[StoredBlob]) -> None:
        """Tie the bytes to their pictures."""
        write_fetched(found, [picture.pk for _, picture in units])


async def _fetch_all(units: Sequence[Unit], org_id: uuid.UUID) -> list[Outcome]:
    async with GuardedClient() as client:
        return list(
            await asyncio.gather(
                *(_fetch_one(client, state, picture, org_id) for state, picture in units)
            )
        )


async def _fetch_one(
    client: GuardedClient, state: StageState, picture: AssetMedia, org_id: uuid.UUID
) -> Outcome:
    if sha256 := held_sha256(picture.key):
        return await asyncio.to_thread(_take_held, state, picture, blob_key(org_id, sha256))
    with tempfile.SpooledTemporaryFile(max_size=IN_MEMORY_BYTES) as file:
        try:
            got = await fetch_picture(
                client,
                [picture.url, *picture.fallbacks],
                to=file,  # type: ignore[arg-type]  # a binary file in all but its type
                max_bytes=settings.FETCH_MAX_BYTES,
                deadline_s=DEADLINE_S,
            )
        except AddressRefusedError as error:
            return retry_or_fail(state, code=error.code, is_final=True), None
        except FetchError as error:
            final = error.fetch_code in FINAL_CODES
            return (
                retry_or_fail(
                    state,
                    code=error.fetch_code,
                    is_final=final,
                    retry_after_s=error.retry_after_s,
                ),
                None,
            )
        key = await asyncio.to_thread(put_file, blob_key(org_id, got.sha256), file)
    blob = StoredBlob(picture.pk, got.sha256, got.size_bytes, got.media_type, key)
    return UnitResult(state.pk, StageStatus.DONE), blob


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
