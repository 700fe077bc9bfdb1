"""Why faces cannot be looked for.

* FacesError                   of the engine as such: nothing can be analysed until it is mended
  + EngineUnknownError         ``FACES_ENGINE`` names none
  + WeightsMissingError        a file of the engine is not there
  + WeightsChangedError        a file is not the one that the figures hold for
  + WeightsLicenceError        the licence forbids commercial use, and nobody has accepted that
  + EngineFailedError          its processes do not start

What goes wrong with one picture is an ``ImageError``, as of any picture.
"""

from typing import ClassVar

from tenants.errors import AppError


class FacesError(AppError):
    """Faces cannot be looked for; every picture would fail alike."""

    code = "faces_error"
    status = 503
    sentence: ClassVar[str] = "Faces cannot be looked for."

    def __init__(self, **context: object) -> None:
        super().__init__(self.sentence, **context)


class EngineUnknownError(FacesError):
    """There is no such engine."""

    code = "faces_engine_unknown"
    sentence = "FACES_ENGINE names no engine for faces. See the settings in the documentation."


class WeightsMissingError(FacesError):
    """A file that the engine needs is not there; it is never fetched by a worker."""

    code = "faces_weights_missing"
    sentence = (
        "The engine for faces lacks its weights. Fetch them once with: manage.py fetch_face_weights"
    )


class WeightsChangedError(FacesError):
    """A file is not the one that was measured, so it is not loaded."""

    code = "faces_weights_changed"
    sentence = "The weights of the engine for faces are not the ones that they should be."


class WeightsLicenceError(FacesError):
    """The weights may not be used commercially, and the operator has not accepted that."""

    code = "faces_weights_licence"
    sentence = (
        "The licence of the weights forbids commercial use. Choose another engine, or accept it "
        "with FACES_ACCEPT_NONCOMMERCIAL=1."
    )


class EngineFailedError(FacesError):
    """Its processes do not start."""

    code = "faces_engine_failed"
    sentence = "The engine for faces does not start. The log of the workers says why."
