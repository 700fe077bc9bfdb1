"""Which stored bytes an address stands for, and as what they are given out."""

import dataclasses
import uuid

from django.utils.text import get_valid_filename

from media.imaging.sniff import MEDIA_TYPES
from media.imaging.values import RENDITION_MEDIA_TYPE
from media.models import AssetMedia, Rendition
from media.models.blob import RenditionName

ORIGINAL = "original"
SIZES = (*RenditionName.values, ORIGINAL)
MAX_NAME = 120

_EXTENSIONS = {
    "image/jpeg": "jpg",
    "image/png": "png",
    "image/gif": "gif",
    "image/webp": "webp",
    "image/avif": "avif",
    "image/bmp": "bmp",
}


@dataclasses.dataclass(frozen=True, slots=True)
class ServedFile:
    """Bytes in storage and how they are given out.

    Attributes:
        media_type: told by our decoder, never by the source.
        download_name: what the saved file is called; empty for a picture shown in a page.
    """

    storage_key: str
    sha256: str
    size_bytes: int
    media_type: str
    download_name: str = ""


def find_file(media_id: uuid.UUID, size: str) -> ServedFile | None:
    """Return what ``size`` of a picture of the organization in scope is, if it is held."""
    if size == ORIGINAL:
        return _find_original(media_id)
    rendition = (
        Rendition.objects.filter(name=size, blob__uses=media_id)
        .only("storage_key", "sha256", "size_bytes")
        .first()
    )
    if rendition is None:
        return None
    return ServedFile(
        rendition.storage_key, rendition.sha256, rendition.size_bytes, RENDITION_MEDIA_TYPE
    )


def _find_original(media_id: uuid.UUID) -> ServedFile | None:
    picture = (
        AssetMedia.objects.filter(pk=media_id, blob__isnull=False)
        .select_related("blob", "asset")
        .first()
    )
    if picture is None or picture.blob is None:
        return None
    blob = picture.blob
    is_known = blob.media_type in MEDIA_TYPES
    return ServedFile(
        blob.storage_key,
        blob.sha256,
        blob.size_bytes,
        blob.media_type if is_known else "application/octet-stream",
        download_name=_name(picture),
    )


def _name(picture: AssetMedia) -> str:
    """Return a file name made of the asset's title: a label without any path."""
    assert picture.blob is not None  # noqa: S101  # narrows for the type checker
    title = get_valid_filename(f"_{picture.asset.title[:MAX_NAME]}").strip("_.-")
    stem = title or f"picture-{picture.blob.sha256[:12]}"
    if picture.position:
        stem = f"{stem}-{picture.position + 1}"
    return f"{stem}.{_EXTENSIONS.get(picture.blob.media_type, 'bin')}"
