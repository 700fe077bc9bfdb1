"""The files of an engine: found, checked by their hash, and laid where DeepFace looks for them.

DeepFace itself would download what is missing, unchecked and in the middle of work; with its
folder complete it does not come to that.
"""

import contextlib
import hashlib
import os
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from faces.engine.errors import WeightsChangedError, WeightsLicenceError, WeightsMissingError
from faces.engine.spec import Spec, Weight

_CHUNK_BYTES: Final = 1 << 20


def weights_folder(home: Path) -> Path:
    """Return where DeepFace looks for weights if its home is ``home``."""
    return home / ".deepface" / "weights"


def deepface_weights() -> Path:
    """Return where DeepFace looks for weights in this process."""
    return weights_folder(Path(os.environ["DEEPFACE_HOME"]))


def prepare_weights(spec: Spec, home: Path, *, accepts_noncommercial: bool = False) -> None:
    """Make sure that all files of the engine are in ``home``, and are the right ones.

    Fetches nothing: what a package ships is linked, the rest must be there.

    Raises:
        WeightsLicenceError: the licence of one was not accepted.
        WeightsMissingError: a file is not there.
        WeightsChangedError: a file has another hash.
    """
    if not (spec.is_commercial or accepts_noncommercial):
        raise WeightsLicenceError(engine=spec.key, licence=spec.licence)
    folder = weights_folder(home)
    for weight in spec.weights:
        path = folder / weight.file_name
        if weight.package:
            _link(path, _shipped_path(weight))
        if not path.is_file():
            raise WeightsMissingError(engine=spec.key, file=weight.file_name)
        stat = path.stat()
        if _hash_of(path.resolve(), stat.st_mtime_ns, stat.st_size) != weight.sha256:
            raise WeightsChangedError(engine=spec.key, file=weight.file_name)


def missing_weights(spec: Spec, home: Path) -> list[Weight]:
    """Return the files that are to be fetched: not there, or not the right ones."""
    folder = weights_folder(home)
    return [
        weight
        for weight in spec.weights
        if weight.url and not has_hash(folder / weight.file_name, weight.sha256)
    ]


def has_hash(path: Path, sha256: str) -> bool:
    """Return whether the file is there with that hash."""
    if not path.is_file():
        return False
    stat = path.stat()
    return _hash_of(path, stat.st_mtime_ns, stat.st_size) == sha256


def _shipped_path(weight: Weight) -> Path | None:
    # Found, not imported: the package asks at import for modules that are long gone.
    found = find_spec(weight.package)
    for place in (found and found.submodule_search_locations) or ():
        path = Path(place) / "models" / weight.file_name
        if path.is_file():
            return path
    return None


def _link(path: Path, target: Path | None) -> None:
    """Have ``path`` lead to ``target``; somebody else may be doing the same."""
    if target is None or (path.is_symlink() and path.resolve() == target.resolve()):
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    with contextlib.suppress(FileNotFoundError):
        draft.unlink()
    draft.symlink_to(target)
    draft.replace(path)


@lru_cache(maxsize=16)
def _hash_of(path: Path, _changed_at: int, _size: int) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK_BYTES):
            digest.update(chunk)
    return digest.hexdigest()
