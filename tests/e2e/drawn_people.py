"""Fills an organization of a running product with drawn people, as the stage of faces would.

Run beside the product, with its ``VAR_DIR``: ``python -m tests.e2e.drawn_people SLUG EMAIL``. Three
people on eleven pictures: a face that is possibly the first one's, two groups that are possibly
one.
"""

import hashlib
import io
import os
import sys
from typing import Any

import django
from PIL import Image, ImageDraw

# Where each face lies on a line, and its colours; faces of one person are near one another.
PLACES = (
    *((place, "sienna") for place in (0.0, 0.02, 0.04, 0.06, 0.57)),
    *((place, "steelblue") for place in (5.0, 5.02, 5.04)),
    *((place, "darkolivegreen") for place in (5.60, 5.62, 5.64)),
)
SIZE = (640, 800)


def main(slug: str, email: str) -> None:
    """Draw, store, and group."""
    # Imported here: they need Django, which this program sets up for itself.
    from tenants.models import Organization, User  # noqa: PLC0415
    from tenants.scope import org_scope, user_scope  # noqa: PLC0415
    from tests.faces.people import making  # noqa: PLC0415
    from tests.media.making import make_asset  # noqa: PLC0415

    with user_scope(User.objects.get(email=email).pk):
        org = Organization.objects.get(slug=slug)
    with org_scope(org.pk):
        for number, (place, colour) in enumerate(PLACES):
            picture = draw(number, colour)
            asset = make_asset(org, f"Portrait {number + 1}", source="upload", pictures=1)
            blob: Any = asset.media.select_related("blob").get().blob
            _store_picture(blob, _webp(picture))
            [face] = making.make_faces(org, [making.at(place)], blob_id=blob.pk)
            _store_crop(face, _webp(picture.crop((80, 120, 370, 410)).resize((256, 256))))
        making.group()


def draw(number: int, colour: str) -> Image.Image:
    """Return a portrait with its face where ``make_faces`` says that it is."""
    image = Image.new("RGB", SIZE, ("#e8ddd0", "#d5dde0", "#dfe3d3")[number % 3])
    pen = ImageDraw.Draw(image)
    pen.ellipse((150, 560, 490, 1000), fill=colour)
    pen.ellipse((140, 170, 310, 390), fill="#f0c9a4")
    pen.pieslice((130, 150, 320, 330), 180, 360, fill=colour)
    for x in (185, 245):
        pen.ellipse((x, 270, x + 18, 290), fill="#2b2730")
    pen.arc((190, 300, 260, 350 + number), 20, 160, fill="#7b3f2f", width=6)
    return image


def _store_picture(blob: Any, content: bytes) -> None:
    from media.models import Blob, Rendition  # noqa: PLC0415
    from media.storage import blob_key, put_bytes, rendition_key  # noqa: PLC0415

    sha256, size = hashlib.sha256(content).hexdigest(), {"width_px": SIZE[0], "height_px": SIZE[1]}
    Blob.objects.filter(pk=blob.pk).update(
        sha256=sha256,
        size_bytes=len(content),
        media_type="image/webp",
        storage_key=put_bytes(blob_key(blob.org_id, sha256), content),
        **size,
    )
    Rendition.objects.filter(blob_id=blob.pk).delete()
    for name in ("thumb", "preview"):
        Rendition.objects.create(
            org_id=blob.org_id,
            blob_id=blob.pk,
            name=name,
            sha256=sha256,
            storage_key=put_bytes(rendition_key(blob.org_id, sha256, name), content),
            size_bytes=len(content),
            **size,
        )


def _store_crop(face: Any, content: bytes) -> None:
    from faces.crops import crop_key  # noqa: PLC0415
    from faces.models import Face  # noqa: PLC0415
    from media.storage import put_bytes  # noqa: PLC0415

    Face.objects.filter(pk=face.pk).update(
        crop_key=put_bytes(crop_key(face.org_id, face.pk), content),
        crop_sha256=hashlib.sha256(content).hexdigest(),
        crop_size_bytes=len(content),
    )


def _webp(picture: Image.Image) -> bytes:
    file = io.BytesIO()
    picture.save(file, "WEBP", quality=80)
    return file.getvalue()


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()
    main(*sys.argv[1:])
