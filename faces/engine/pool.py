"""The door to faces: a few child processes, each with an engine, that are given pictures."""

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, Final

from faces.engine.errors import EngineFailedError
from faces.engine.quality import Quality
from faces.engine.spec import spec_of
from faces.engine.values import CROP_PX, FACE_LIMITS, MOST_FACES, FoundFace
from faces.engine.weights import prepare_weights
from media.imaging import sniff
from media.imaging.children import Children, Source, understand
from media.imaging.errors import ImageError
from media.imaging.values import Limits
from media.imaging.worker import ChildNotStartedError, Program

# Each child is given one processor: there are as many children as are to work at once.
_ONE_THREAD: Final = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
_FLOAT_BYTES: Final = 4

Found = tuple[FoundFace, ...]


class FacePool(Children):
    """Child processes that look for faces; thread-safe.

    Processes, never threads: detectors of dlib crash where two threads share them, those of
    OpenCV lie. See ``Children`` for what becomes of a picture that takes its child with it.
    """

    def __init__(
        self,
        engine: str,
        home: Path,
        *,
        processes: int = 2,
        limits: Limits | None = None,
        accepts_noncommercial: bool = False,
    ) -> None:
        """Check the engine; its processes start with the first picture.

        Args:
            engine: a key of ``spec.SPECS``, or ``module:SPEC``.
            home: where its weights are, or are linked to.

        Raises:
            FacesError: it cannot be loaded; see ``errors``.
        """
        self.spec = spec_of(engine)
        prepare_weights(self.spec, home, accepts_noncommercial=accepts_noncommercial)
        environment = {
            "DEEPFACE_HOME": str(home),
            "DEEPFACE_BACKEND_ENGINE": "onnx",
            "DEEPFACE_LOG_LEVEL": "50",
            **_ONE_THREAD,
        }
        program = Program("faces.engine.child", (engine,), environment)
        super().__init__(processes, limits=limits or FACE_LIMITS, program=program)

    def analyse(self, source: Source) -> Found:
        """Return the faces of a picture.

        Raises:
            ImageError: the picture cannot be read, or took its process with it.
            FacesError: the engine does not start.
            OSError: a path cannot be read.
        """
        try:
            head, body = self.ask({"operation": "analyse"}, source)
        except ChildNotStartedError as exc:
            raise EngineFailedError(engine=self.spec.key) from exc
        return understand(lambda: _to_faces(head, body, self.spec.dim))

    def analyse_many(
        self, sources: Iterable[Source], *, must_end: Callable[[], bool] = lambda: False
    ) -> Iterator[Found | ImageError]:
        """Look for faces on all the children at once; see ``ask_for_each``."""
        return self.ask_for_each(self.analyse, sources, must_end=must_end)


def _to_faces(head: dict[str, Any], body: bytes, dim: int) -> Found:
    rest = memoryview(body)
    faces = []
    for about in head["faces"][:MOST_FACES]:
        vector, crop, rest = (
            bytes(rest[: about["vector"]]),
            bytes(rest[about["vector"] :][: about["crop"]]),
            rest[about["vector"] + about["crop"] :],
        )
        faces.append(_to_face(about, vector, crop, dim))
    if rest:
        message = "The answer is longer than it says."
        raise ValueError(message)
    return tuple(faces)


def _to_face(about: dict[str, Any], vector: bytes, crop: bytes, dim: int) -> FoundFace:
    quality = Quality(about["quality"])
    expected = 0 if quality is Quality.LOW else dim * _FLOAT_BYTES
    x, y, w, h = (float(about[name]) for name in ("x", "y", "w", "h"))
    if (
        len(vector) != expected
        or sniff.sniff_media_type(crop) != "image/webp"
        or not all(0 <= value <= 1 for value in (x, y, w, h))
        or not 1 <= about["crop_px"] <= CROP_PX
    ):
        message = "A face makes no sense."
        raise ValueError(message)
    return FoundFace(
        x=x,
        y=y,
        w=w,
        h=h,
        score=float(about["score"]),
        size_px=int(about["size_px"]),
        blur=float(about["blur"]),
        quality=quality,
        vector=vector or None,
        crop=crop,
        crop_px=int(about["crop_px"]),
    )
