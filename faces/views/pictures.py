"""Who is on a picture: boxes over it, and a list beside it."""

from uuid import UUID

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from faces.people.pictures import faces_on
from faces.people.reads import known_names
from media.models import AssetMedia
from tenants.middleware import OrgRequest
from tenants.permissions import Permission, requires

# So many letters would fit along the longer side.
LETTERS = 50


@requires(Permission.VIEW_LIBRARY)
@require_safe
def on_picture(request: OrgRequest, media_id: UUID) -> HttpResponse:
    """Show the faces of a picture; nothing where none were found."""
    picture = AssetMedia.objects.filter(pk=media_id).select_related("blob").first()
    if picture is None:
        raise Http404
    blob = picture.blob
    width, height = (blob and blob.width_px) or 1, (blob and blob.height_px) or 1
    faces = faces_on(blob) if blob else []
    may_edit = request.membership.allows(Permission.EDIT_LIBRARY)
    context = {
        "faces": faces,
        "may_edit": may_edit,
        "names": known_names() if may_edit and any(face.can_be_named for face in faces) else [],
        "width_px": width,
        "height_px": height,
        "letter_px": round(max(width, height) / LETTERS),
        "outline_px": round(max(width, height) / LETTERS / 6),
    }
    return render(request, "faces/parts/on_picture.html", context)
