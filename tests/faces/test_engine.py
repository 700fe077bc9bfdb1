"""Engines: what they need to load, what they refuse, and what one bad picture costs."""

import hashlib
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import psutil
import pytest
from PIL import Image

from faces.engine import alignment
from faces.engine.base import Box, Seen
from faces.engine.errors import (
    EngineFailedError,
    EngineUnknownError,
    WeightsChangedError,
    WeightsLicenceError,
    WeightsMissingError,
)
from faces.engine.pool import FacePool
from faces.engine.quality import Quality, judge, measure_blur
from faces.engine.spec import DLIB, SFACE, Weight, spec_of
from faces.engine.values import FACE_LIMITS
from faces.engine.weights import missing_weights, prepare_weights, weights_folder
from tests.faces.fakes import DEADLY_PX, FAKE, SLOW_PX, encode, paint_people

ROOT = Path(__file__).resolve().parents[2]
FAKE_NAME = "tests.faces.fakes:FAKE"
PHOTOS = ROOT.parent / "shared" / "data" / "faces"
needs_photos = pytest.mark.skipif(not PHOTOS.is_dir(), reason="there are no photographs of faces")


class TestSpecs:
    def test_engines_are_found_by_their_key_or_by_their_module(self) -> None:
        assert spec_of("deepface-dlib") is DLIB
        assert spec_of(FAKE_NAME) is FAKE
        for name in ("deepface-arcface", "tests.faces.fakes:PEOPLE", "nowhere:SPEC", ":"):
            with pytest.raises(EngineUnknownError):
                spec_of(name)

    def test_all_that_are_shipped_may_be_used_commercially(self) -> None:
        assert [(spec.licence, spec.is_commercial) for spec in (DLIB, SFACE)] == [
            ("CC0-1.0", True),
            ("MIT, Apache-2.0", True),
        ]


class TestWeights:
    def test_what_a_package_ships_is_linked_and_checked(self, tmp_path: Path) -> None:
        prepare_weights(DLIB, tmp_path)
        prepare_weights(DLIB, tmp_path)

        names = sorted(path.name for path in weights_folder(tmp_path).iterdir())
        assert names == [
            "dlib_face_recognition_resnet_model_v1.dat",
            "shape_predictor_5_face_landmarks.dat",
        ]
        assert "face_recognition_models" not in sys.modules

    def test_what_is_to_be_fetched_is_not_fetched_by_a_worker(self, tmp_path: Path) -> None:
        with pytest.raises(WeightsMissingError) as caught:
            FacePool("deepface-sface", tmp_path)

        assert caught.value.code == "faces_weights_missing"
        assert "fetch_face_weights" in str(caught.value)
        assert missing_weights(SFACE, tmp_path) == list(SFACE.weights)

    def test_other_bytes_are_not_loaded(self, tmp_path: Path) -> None:
        spec = replace(FAKE, weights=(make_weight(b"right"),))
        path = weights_folder(tmp_path) / "fake.dat"
        path.parent.mkdir(parents=True)
        path.write_bytes(b"right")
        prepare_weights(spec, tmp_path)

        path.write_bytes(b"wrong!")

        with pytest.raises(WeightsChangedError):
            prepare_weights(spec, tmp_path)
        assert missing_weights(spec, tmp_path) == list(spec.weights)

    def test_a_licence_that_forbids_commercial_use_must_be_accepted(self, tmp_path: Path) -> None:
        weight = replace(make_weight(b"right"), licence="research only", is_commercial=False)
        spec = replace(FAKE, weights=(weight,))
        weights_folder(tmp_path).mkdir(parents=True)
        (weights_folder(tmp_path) / "fake.dat").write_bytes(b"right")

        with pytest.raises(WeightsLicenceError) as caught:
            prepare_weights(spec, tmp_path)

        assert caught.value.context["licence"] == "research only"
        prepare_weights(spec, tmp_path, accepts_noncommercial=True)


class TestAlignment:
    def test_any_turn_scale_and_shift_is_undone(self) -> None:
        rng = np.random.default_rng(1)
        for _ in range(20):
            angle, scale = rng.uniform(-np.pi, np.pi), rng.uniform(0.2, 5)
            turn = [[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]]
            moved = scale * alignment.TEMPLATE @ np.array(turn) + rng.uniform(-500, 500, 2)

            matrix = alignment.similarity(moved)

            assert np.abs(alignment.apply(matrix, moved) - alignment.TEMPLATE).max() < 1e-6

    def test_a_face_is_never_mirrored(self) -> None:
        mirrored = alignment.TEMPLATE * [-1, 1]

        assert np.linalg.det(alignment.similarity(mirrored)[:, :2]) > 0


class TestQuality:
    @pytest.mark.parametrize(
        ("size_px", "blur", "score", "quality"),
        [
            (39, 100.0, 2.0, Quality.LOW),
            (40, 7.9, 2.0, Quality.LOW),
            (40, 8.0, 0.1, Quality.USABLE),
            (64, 19.9, 2.0, Quality.USABLE),
            (64, 20.0, 0.5, Quality.USABLE),
            (64, 20.0, 0.6, Quality.SEED),
        ],
    )
    def test_gates(self, size_px: int, blur: float, score: float, quality: Quality) -> None:
        chip = np.zeros((8, 8, 3), dtype=np.uint8)

        assert judge(Seen(Box(0, 0, 1, 1), score, size_px, blur, chip), DLIB) is quality

    def test_blur_is_no_matter_of_light(self) -> None:
        rng = np.random.default_rng(1)
        chip = np.repeat(np.repeat(rng.integers(40, 220, (15, 15, 3)), 10, 0), 10, 1)

        bright, dark = (measure_blur((chip * light).astype(np.uint8)) for light in (1.0, 0.3))

        assert dark == pytest.approx(bright, rel=0.05)
        assert measure_blur(np.full((150, 150, 3), 90, dtype=np.uint8)) == 0


class TestPool:
    def test_faces_come_with_box_vector_and_crop(self, tmp_path: Path) -> None:
        with FacePool(FAKE_NAME, tmp_path, processes=1) as pool:
            found = pool.analyse(paint_people(3, 7))
            child = psutil.Process().children()[-1]
            kept = pool.analyse(paint_people(1, face_px=30))
            assert psutil.Process().children()[-1] == child

        assert [round(face.x * 260) for face in found] == [20, 150]
        assert [(face.size_px, face.quality) for face in found] == [(90, "seed"), (90, "seed")]
        assert [len(face.vector or b"") for face in found] == [512, 512]
        assert [face.crop_px for face in found] == [130, 130]
        assert [(face.quality, face.vector) for face in kept] == [("low", None)]

    def test_a_picture_that_kills_its_process_fails_alone(self, tmp_path: Path) -> None:
        deadly, slow = (encode(Image.new("RGB", size)) for size in (DEADLY_PX, SLOW_PX))
        limits = replace(FACE_LIMITS, timeout_s=4.0)
        pictures = [paint_people(1), deadly, b"\x89PNG\r\n\x1a\n", paint_people(2), slow]

        with FacePool(FAKE_NAME, tmp_path, processes=2, limits=limits) as pool:
            outcomes = list(pool.analyse_many(pictures))

        assert [getattr(outcome, "code", "found") for outcome in outcomes] == [
            "found",
            "image_crashed",
            "image_corrupt",
            "found",
            "image_timeout",
        ]

    def test_an_engine_that_does_not_load_is_no_fault_of_the_picture(self, tmp_path: Path) -> None:
        pool = FacePool(f"{__name__}:BROKEN", tmp_path, processes=1)

        with pool, pytest.raises(EngineFailedError):
            pool.analyse(paint_people(1))


@needs_photos
class TestDlib:
    def test_two_photos_of_one_person_are_near_and_of_two_far(self, tmp_path: Path) -> None:
        names = ("deepface/img13.jpg", "deepface/img14.jpg", "deepface/img22.jpg")
        with FacePool("deepface-dlib", tmp_path) as pool:
            outcomes = list(pool.analyse_many([PHOTOS / name for name in names]))
            protections = {worker.protections for worker in pool._idle}

        faces = [face for found in outcomes if isinstance(found, tuple) for face in found]
        assert [face.quality for face in faces] == ["seed", "seed", "seed"]
        same, other, third = (np.frombuffer(face.vector or b"", "<f4") for face in faces)
        assert np.linalg.norm(same - other) < DLIB.thresholds.accept
        assert np.linalg.norm(same - third) > DLIB.thresholds.suggest
        if sys.platform == "linux":
            assert protections == {("rlimits", "no_new_privs", "seccomp")}


class TestImports:
    def test_neither_web_nor_workers_load_what_children_need(self) -> None:
        code = (
            "import config.wsgi, ingestion.engine.drain, faces.engine.pool, sys; "
            "from config.urls import urlpatterns; "
            "heavy = {'dlib', 'cv2', 'deepface', 'onnxruntime'}; "
            "print(sorted(heavy & set(sys.modules)))"
        )

        done = subprocess.run(
            [sys.executable, "-W", "ignore", "-c", code],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=True,
        )

        assert done.stdout.strip().splitlines()[-1] == "[]"


BROKEN = replace(FAKE, key=f"{__name__}:BROKEN", factory="tests.faces.fakes:NoEngine")


def make_weight(content: bytes) -> Weight:
    return Weight(
        file_name="fake.dat",
        sha256=hashlib.sha256(content).hexdigest(),
        size_bytes=len(content),
        licence="CC0-1.0",
        is_commercial=True,
        url="https://example.org/fake.dat",
    )
