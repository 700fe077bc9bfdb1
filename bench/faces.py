"""How well faces become people, and how fast they are found, against ``DeepFace.represent``.

The pictures are labelled photographs that are no part of the repository; their folder is an
argument, ``../shared/data/faces`` beside the repository by default. They go through the pool of
processes and the clustering that the product uses, with the engine that works offline, in several
orders of arrival; ``precision`` and ``recall`` are over all pairs of labelled pictures, those of
the worst order. The other side is ``DeepFace.represent`` with dlib's detector and network, aligned,
at 800 pixels, one picture after the other in one process. Both sides read and reduce the file;
they take turns, third by third of the pictures. Run it with ``python bench/faces.py``.
"""

import argparse
import csv
import itertools
import os
import sys
import tempfile
import time
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

# Before the folder of this script, in which ``faces`` is this script.
sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import numpy as np
import psutil
from PIL import Image, ImageOps

from bench.support import ROOT, report
from faces.clustering import Faces, Owned, arrange, join
from faces.engine.pool import FacePool, Found
from faces.engine.quality import Quality
from faces.engine.spec import DLIB

PICTURES: Final = ROOT.parent / "shared" / "data" / "faces"
PROCESSES: Final = 2
TURNS: Final = 3
LONGEST_PX: Final = 800
# Pictures that arrive together, and how the order of arrival is shuffled.
ARRIVALS: Final = tuple(itertools.product((1, 10, 1000), range(4)))


@dataclass(frozen=True, slots=True)
class Labelled:
    """A picture, and who is on it: empty where that is several, or nobody knows."""

    path: Path
    identity: str


@dataclass(slots=True)
class Cost:
    """Seconds by the clock, and of the processor."""

    wall_s: float = 0.0
    cpu_s: float = 0.0

    def add(self, began: tuple[float, float]) -> None:
        """Add what passed since ``began``."""
        wall_s, cpu_s = clocks()
        self.wall_s += wall_s - began[0]
        self.cpu_s += cpu_s - began[1]


def clocks() -> tuple[float, float]:
    """Return the time, and the processor seconds of this process and its children."""
    process = psutil.Process()
    spent = [each.cpu_times() for each in (process, *process.children())]
    return time.perf_counter(), sum(times.user + times.system for times in spent)


def read_labels(folder: Path) -> list[Labelled]:
    """Return the pictures of ``folder`` as ``labels.csv`` lists them."""
    with (folder / "labels.csv").open(newline="") as file:
        return [
            Labelled(folder / row["path"], row["identity"] if row["split"] == "core" else "")
            for row in csv.DictReader(file)
        ]


def find_ours(pool: FacePool, pictures: Sequence[Labelled]) -> list[Found]:
    """Return the faces of each picture, by the pool."""
    outcomes = list(pool.analyse_many([picture.path for picture in pictures]))
    for outcome in outcomes:
        if not isinstance(outcome, tuple):
            raise outcome
    return [outcome for outcome in outcomes if isinstance(outcome, tuple)]


class Theirs:
    """DeepFace as its users call it; in this process."""

    def __init__(self, home: str) -> None:
        os.environ |= {
            "DEEPFACE_HOME": home,
            "DEEPFACE_BACKEND_ENGINE": "onnx",
            "DEEPFACE_LOG_LEVEL": "50",
        }
        warnings.simplefilter("ignore")
        from deepface import DeepFace

        self._represent: Any = DeepFace.represent

    def find(self, picture: Labelled) -> int:
        """Return how many faces it finds, each with its vector."""
        image = ImageOps.exif_transpose(Image.open(picture.path)).convert("RGB")
        image.thumbnail((LONGEST_PX, LONGEST_PX))
        found = self._represent(
            np.ascontiguousarray(np.asarray(image)[..., ::-1]),
            model_name="Dlib",
            detector_backend="dlib",
            align=True,
            enforce_detection=False,
        )
        return len(found)


def measure(
    pool: FacePool, theirs: Theirs, pictures: Sequence[Labelled]
) -> tuple[list[Found], Cost, Cost]:
    """Return our faces of each picture, and what both sides cost."""
    found: list[Found] = []
    our_cost, their_cost = Cost(), Cost()
    size = -(-len(pictures) // TURNS)
    for start in range(0, len(pictures), size):
        share = pictures[start : start + size]
        began = clocks()
        found += find_ours(pool, share)
        our_cost.add(began)
        began = clocks()
        for picture in share:
            theirs.find(picture)
        their_cost.add(began)
        done = len(found)
        print(
            f"{done} pictures: ours {our_cost.wall_s / done:.3f} s, "
            f"DeepFace {their_cost.wall_s / done:.3f} s each",
            flush=True,
        )
    return found, our_cost, their_cost


def tell_people_apart(found: Sequence[Found], *, batch: int, seed: int) -> dict[int, int]:
    """Return the person of the largest face of each picture that somebody was made of.

    The pictures arrive ``batch`` at a time, in an order of ``seed``.
    """
    empty = np.zeros((0, DLIB.dim), dtype=np.float32)
    nobody = np.zeros(0, dtype=np.int64)
    owned = Owned(empty, nobody, nobody, nobody.astype(bool))
    people: dict[int, int] = {}
    left: list[tuple[int, int]] = []
    order = np.random.default_rng(seed).permutation(len(found)).tolist()
    for arrived in (order[start : start + batch] for start in range(0, len(order), batch)):
        left += [
            (at, number)
            for at in arrived
            for number, face in enumerate(found[at])
            if face.vector is not None
        ]
        faces = _to_arrays(found, left)
        placed = arrange(faces, owned, DLIB.thresholds)
        owned = join(owned, faces, placed)
        still: list[tuple[int, int]] = []
        for (at, number), where in zip(left, placed, strict=True):
            if where is None or not where.is_sure:
                still.append((at, number))
            elif number == _largest(found[at]):
                people[at] = where.person
        left = still
    return people


def _to_arrays(found: Sequence[Found], chosen: Sequence[tuple[int, int]]) -> Faces:
    faces = [found[at][number] for at, number in chosen]
    vectors = [np.frombuffer(face.vector or b"", dtype="<f4") for face in faces]
    return Faces(
        np.stack(vectors) if vectors else np.zeros((0, DLIB.dim), dtype=np.float32),
        np.array([at for at, _ in chosen], dtype=np.int64),
        np.array([face.quality is Quality.SEED for face in faces], dtype=bool),
    )


def _largest(faces: Found) -> int:
    return max(range(len(faces)), key=lambda number: faces[number].w * faces[number].h)


def score(pictures: Sequence[Labelled], people: dict[int, int]) -> tuple[float, float]:
    """Return precision and recall over all pairs of pictures that are labelled."""
    together = same = right = 0
    for one, other in _pairs(pictures):
        is_same = pictures[one].identity == pictures[other].identity
        is_together = one in people and people.get(one) == people.get(other)
        same += is_same
        together += is_together
        right += is_same and is_together
    return right / together if together else 1.0, right / same


def _pairs(pictures: Sequence[Labelled]) -> Iterator[tuple[int, int]]:
    labelled = [at for at, picture in enumerate(pictures) if picture.identity]
    return itertools.combinations(labelled, 2)


def main() -> int:
    """Run the comparison; the last line is ``RESULT`` and a JSON object."""
    parser = argparse.ArgumentParser(description="Faces and people against DeepFace.")
    parser.add_argument("folder", type=Path, nargs="?", default=PICTURES)
    folder: Path = parser.parse_args().folder
    if not (folder / "labels.csv").is_file():
        print(
            f"There are no labelled photographs in {folder}, so there is nothing to measure.\n"
            "Say where they are: python bench/faces.py FOLDER (with a labels.csv)",
            file=sys.stderr,
        )
        return 2
    pictures = read_labels(folder)
    with (
        tempfile.TemporaryDirectory() as home,
        FacePool(DLIB.key, Path(home), processes=PROCESSES) as pool,
    ):
        theirs = Theirs(home)
        # Both are long at work when a picture comes.
        find_ours(pool, pictures[:PROCESSES])
        theirs.find(pictures[0])
        found, our_cost, their_cost = measure(pool, theirs, pictures)
    scores = []
    for batch, seed in ARRIVALS:
        people = tell_people_apart(found, batch=batch, seed=seed)
        scores.append(score(pictures, people))
        heaps = len(set(people.values()))
        print(
            f"{batch} at a time, order {seed}: {heaps} people, "
            f"precision {scores[-1][0]:.3f}, recall {scores[-1][1]:.3f}"
        )
    report(
        precision=min(precision for precision, _ in scores),
        recall=min(recall for _, recall in scores),
        ms_per_picture=1000 * our_cost.wall_s / len(pictures),
        speedup=their_cost.wall_s / our_cost.wall_s,
        cpu_speedup=their_cost.cpu_s / our_cost.cpu_s,
        pictures=len(pictures),
        faces=sum(len(faces) for faces in found),
        processes=PROCESSES,
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
