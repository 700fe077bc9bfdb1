"""What is known of each engine without loading it: keys, thresholds, gates, weights, licences."""

import enum
from dataclasses import dataclass
from importlib import import_module
from typing import Final

from faces.engine.errors import EngineUnknownError

# Where the figures come from: docs/decisions/faces-engine.md.
_ZOO: Final = (
    "https://media.githubusercontent.com/media/opencv/opencv_zoo/"
    "47534e27c9851bb1128ccc0102f1145e27f23f98/models"
)


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Distances (L2) between faces of one engine; never compare those of two.

    Attributes:
        accept: up to here a face is taken for a known person's without asking.
        suggest: up to here people are asked, of faces and of two people being one.
        link: average distance up to which unknown faces found a person of their own.
        margin: how much nearer the best person must be than the next, to be taken unasked.
    """

    accept: float
    suggest: float
    link: float
    margin: float


@dataclass(frozen=True, slots=True)
class Weight:
    """A file of numbers that an engine was trained into.

    Attributes:
        package: the installed package that ships it below ``models``; empty if it is fetched.
        url: where ``manage.py fetch_face_weights`` fetches it; empty if it is shipped.
        licence: under which it may be used, as its authors say.
        is_commercial: whether that allows commercial use.
    """

    file_name: str
    sha256: str
    size_bytes: int
    licence: str
    is_commercial: bool
    package: str = ""
    url: str = ""


class Metric(enum.StrEnum):
    """How two vectors of an engine are compared."""

    L2 = "l2"
    # Vectors have length 1, so that L2 orders them as their cosine does.
    L2_OF_UNIT_VECTORS = "l2-unit"


@dataclass(frozen=True, slots=True)
class Spec:
    """An engine: detection, alignment and embedding together, for which its figures hold.

    Attributes:
        key: what rows, settings and the API call it; a change that moves vectors has a new one.
        factory: ``module:class`` that a child process makes it of.
        dim: length of a vector.
        chip_px: side of an aligned face.
        picture_px: longest side of the picture that it is given; more is of no use to it.
        min_px, min_blur: a smaller or more blurred face is kept as a box only, without a vector.
        seed_px, seed_blur, seed_score: what a face needs that others are compared with.
    """

    key: str
    label: str
    factory: str
    dim: int
    chip_px: int
    picture_px: int
    metric: Metric
    thresholds: Thresholds
    weights: tuple[Weight, ...]
    min_px: int = 40
    seed_px: int = 64
    min_blur: float = 8.0
    seed_blur: float = 20.0
    seed_score: float = 0.5

    @property
    def licence(self) -> str:
        """The licences of its weights."""
        return ", ".join(dict.fromkeys(weight.licence for weight in self.weights))

    @property
    def is_commercial(self) -> bool:
        """Whether all its weights may be used commercially."""
        return all(weight.is_commercial for weight in self.weights)


_DLIB_5_POINTS: Final = Weight(
    file_name="shape_predictor_5_face_landmarks.dat",
    sha256="c4b1e9804792707d3a405c2c16a80a20269e6675021f64a41d30fffafbc41888",
    size_bytes=9_150_489,
    licence="CC0-1.0",
    is_commercial=True,
    package="face_recognition_models",
)
_DLIB_RESNET: Final = Weight(
    file_name="dlib_face_recognition_resnet_model_v1.dat",
    sha256="55533b28a95800a551ba546ba62fe69625c7e95a7061c338adffead08719da30",
    size_bytes=22_466_066,
    licence="CC0-1.0",
    is_commercial=True,
    package="face_recognition_models",
)
_YUNET: Final = Weight(
    file_name="face_detection_yunet_2023mar.onnx",
    sha256="8f2383e4dd3cfbb4553ea8718107fc0423210dc964f9f4280604804ed2552fa4",
    size_bytes=232_589,
    licence="MIT",
    is_commercial=True,
    url=f"{_ZOO}/face_detection_yunet/face_detection_yunet_2023mar.onnx",
)
_SFACE: Final = Weight(
    file_name="face_recognition_sface_2021dec.onnx",
    sha256="0ba9fbfa01b5270c96627c4ef784da859931e02f04419c829e83484087c34e79",
    size_bytes=38_696_353,
    licence="Apache-2.0",
    is_commercial=True,
    url=f"{_ZOO}/face_recognition_sface/face_recognition_sface_2021dec.onnx",
)

DLIB: Final = Spec(
    key="deepface-dlib",
    label="dlib through DeepFace",
    factory="faces.engine.dlib_engine:DlibEngine",
    dim=128,
    chip_px=150,
    picture_px=800,
    metric=Metric.L2,
    thresholds=Thresholds(accept=0.50, suggest=0.60, link=0.50, margin=0.03),
    weights=(_DLIB_5_POINTS, _DLIB_RESNET),
)
SFACE: Final = Spec(
    key="deepface-sface",
    label="YuNet and SFace through DeepFace",
    factory="faces.engine.sface_engine:SFaceEngine",
    dim=128,
    chip_px=112,
    picture_px=1600,
    metric=Metric.L2_OF_UNIT_VECTORS,
    thresholds=Thresholds(accept=0.95, suggest=1.06, link=0.78, margin=0.03),
    weights=(_YUNET, _SFACE),
    seed_score=0.9,
)
SPECS: Final = {spec.key: spec for spec in (DLIB, SFACE)}


def spec_of(name: str) -> Spec:
    """Return the engine with that key; that of one's own is ``module:SPEC``, where it is found.

    Raises:
        EngineUnknownError: there is none.
    """
    if name in SPECS:
        return SPECS[name]
    module, _, attribute = name.partition(":")
    try:
        spec = getattr(import_module(module), attribute)
    except (AttributeError, ImportError, ValueError) as exc:
        raise EngineUnknownError(engine=name) from exc
    if not isinstance(spec, Spec) or spec.key != name:
        raise EngineUnknownError(engine=name)
    return spec
