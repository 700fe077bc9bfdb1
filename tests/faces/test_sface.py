"""YuNet and SFace up to their weights, which are not here: stand-ins say what they would."""

import warnings
from importlib import import_module
from typing import Any

import numpy as np
import pytest

from faces.engine.alignment import TEMPLATE
from faces.engine.base import FaceEngine
from faces.engine.spec import SFACE

# Where the points of the template are painted in the picture: three times as large, and moved.
PLACES = TEMPLATE * 3 + [700, 200]


class YuNet:
    """Finds one face wherever it looks, in the pixels that it is given."""

    def __init__(self) -> None:
        self.size = (0, 0)

    def setScoreThreshold(self, score: float) -> None:  # noqa: N802  # OpenCV's name
        pass

    def setNMSThreshold(self, overlap: float) -> None:  # noqa: N802
        pass

    def setInputSize(self, size: tuple[int, int]) -> None:  # noqa: N802
        self.size = size

    def detect(self, bgr: Any) -> tuple[int, Any]:
        assert bgr.shape == (*self.size[::-1], 3)
        scale = self.size[0] / 1280
        box = np.array([720, 240, 260, 300]) * scale
        return 1, np.concatenate([box, (PLACES * scale).ravel(), [0.97]])[None].astype(np.float32)


class SFace:
    """Remembers what it was given."""

    seen: Any = None

    def forward(self, chips: Any) -> list[float]:
        SFace.seen = chips
        return [3.0, 4.0] + [0.0] * 126


@pytest.fixture
def engine(monkeypatch: pytest.MonkeyPatch) -> FaceEngine:
    # Here, as all workers of a test run would load it otherwise.
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        module = import_module("faces.engine.sface_engine")

    def build_model(name: str, task: str = "facial_recognition") -> Any:
        return type("Client", (), {"model": YuNet()}) if task == "face_detector" else SFace()

    monkeypatch.setattr(module.DeepFace, "build_model", build_model)
    made: FaceEngine = module.SFaceEngine(SFACE)
    return made


def test_the_points_of_a_face_are_where_the_network_expects_them(
    engine: FaceEngine,
) -> None:
    picture = np.zeros((720, 1280, 3), dtype=np.uint8)
    for x, y in PLACES.round().astype(int):
        picture[y - 6 : y + 7, x - 6 : x + 7] = (255, 0, 0)

    (seen,) = engine.detect(picture)

    assert seen.chip.shape == (112, 112, 3)
    for x, y in TEMPLATE.round().astype(int):
        assert seen.chip[y, x].tolist() == [255, 0, 0]
    assert seen.size_px == 260
    assert [round(value * 1280) for value in (seen.box.x, seen.box.w)] == [720, 260]


def test_chips_go_in_exactly_and_vectors_come_out_of_length_one(
    engine: FaceEngine,
) -> None:
    chip = np.random.default_rng(1).integers(0, 256, (112, 112, 3)).astype(np.uint8)

    vectors = engine.embed([chip])

    # What DeepFace makes of them.
    assert ((SFace.seen * 255).astype(np.uint8)[0, ..., ::-1] == chip).all()
    assert vectors.dtype == np.float32
    assert vectors[0, :3].tolist() == pytest.approx([0.6, 0.8, 0.0])
