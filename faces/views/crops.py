"""Pictures of single faces, for members of the organization and nobody else."""

from uuid import UUID

from django.http import Http404, HttpResponseBase
from django.views.decorators.http import require_safe

from faces.models import Face
from faces.models.face import FaceState
from media.imaging.values import RENDITION_MEDIA_TYPE
from media.serving.answers import answer_with
from media.serving.files import ServedFile
from tenants.middleware import OrgRequest
from tenants.permissions import Permission, requires

# Whoever withdraws shall not be looked at for a year out of somebody's cache.
KEPT_S = 600


@requires(Permission.VIEW_LIBRARY)
@require_safe
def crop(request: OrgRequest, face_id: UUID) -> HttpResponseBase:
    """Give out the picture of a face."""
    face = (
        Face.objects.exclude(state=FaceState.SUPPRESSED)
        .exclude(crop_key="")
        .filter(pk=face_id)
        .only("crop_key", "crop_sha256", "crop_size_bytes")
        .first()
    )
    if face is None:
        raise Http404
    file = ServedFile(face.crop_key, face.crop_sha256, face.crop_size_bytes, RENDITION_MEDIA_TYPE)
    response = answer_with(request, file, resource_policy="same-origin")
    response["Cache-Control"] = f"private, max-age={KEPT_S}"
    response["X-Robots-Tag"] = "noindex, noimageindex"
    return response
