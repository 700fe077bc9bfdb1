"""Which engine's vectors an organization compares, and how near is near for it."""

import dataclasses

from django.conf import settings

from faces.engine.spec import DLIB, Spec, Thresholds, spec_of
from faces.models import FaceSettings, embedding_model
from tenants.scope import current_org_id

# False links grow with the square of the faces: of many, what nobody is asked about is stricter.
MANY_FACES = 5_000
STRICTER_BY = 0.9


@dataclasses.dataclass(frozen=True, slots=True)
class Rulebook:
    """What the machine goes by in one organization.

    Attributes:
        table: of the vectors of the engine.
        auto_assign: whether a face joins a known person without anybody being asked.
    """

    engine_key: str
    table: str
    thresholds: Thresholds
    auto_assign: bool


def rulebook() -> Rulebook | None:
    """Return the rules of the organization in scope; None where faces are off."""
    chosen = FaceSettings.objects.filter(is_enabled=True).first()
    if chosen is None:
        return None
    spec = engine_of(chosen)
    model = embedding_model(spec.dim)
    count = model.objects.filter(engine_key=spec.key)[: MANY_FACES + 1].count()
    thresholds = spec.thresholds
    if count > MANY_FACES:
        thresholds = dataclasses.replace(
            thresholds,
            accept=thresholds.accept * STRICTER_BY,
            link=thresholds.link * STRICTER_BY,
        )
    return Rulebook(spec.key, model._meta.db_table, thresholds, chosen.auto_assign)


def engine_of(chosen: FaceSettings) -> Spec:
    """Return the engine of an organization: its own, or the installation's."""
    return spec_of(chosen.engine_key or settings.FACES_ENGINE or DLIB.key)


def is_on() -> bool:
    """Return whether the organization in scope has faces switched on."""
    return FaceSettings.objects.filter(pk=current_org_id(), is_enabled=True).exists()
