"""Fetches weights once, when an installation is built; no worker ever does."""

import asyncio
from pathlib import Path
from typing import BinaryIO

from connectors.errors import AddressRefusedError, FetchError
from connectors.guard import GuardedClient
from faces.engine.errors import WeightsChangedError
from faces.engine.spec import Spec, Weight
from faces.engine.weights import has_hash, missing_weights, weights_folder

_DEADLINE_S = 600.0


class WeightsUnreachableError(WeightsChangedError):
    """The file could not be downloaded."""

    code = "faces_weights_unreachable"
    sentence = "The weights could not be downloaded. Try again later, or bring the file yourself."


def fetch_weights(spec: Spec, home: Path) -> list[Weight]:
    """Download what the engine lacks into ``home``; return which files those are.

    A file has its name once its hash was checked, so what was broken off is never loaded.

    Raises:
        WeightsUnreachableError: a file could not be downloaded.
        WeightsChangedError: the address gave another file.
    """
    lacking = missing_weights(spec, home)
    folder = weights_folder(home)
    folder.mkdir(parents=True, exist_ok=True)
    for weight in lacking:
        _fetch(weight, spec, folder)
    return lacking


def _fetch(weight: Weight, spec: Spec, folder: Path) -> None:
    draft = folder / f".{weight.file_name}.part"
    try:
        with draft.open("wb") as file:
            asyncio.run(_download(weight, file))
        if not has_hash(draft, weight.sha256):
            raise WeightsChangedError(engine=spec.key, file=weight.file_name)
        draft.replace(folder / weight.file_name)
    except (AddressRefusedError, FetchError) as exc:
        raise WeightsUnreachableError(engine=spec.key, file=weight.file_name) from exc
    finally:
        draft.unlink(missing_ok=True)


async def _download(weight: Weight, file: BinaryIO) -> None:
    async with GuardedClient() as client:
        await client.download(
            weight.url, to=file, max_bytes=weight.size_bytes, deadline_s=_DEADLINE_S
        )
