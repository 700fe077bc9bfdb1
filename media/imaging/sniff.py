"""Which picture format some bytes are, by their first bytes and never by a name."""

from typing import Final

HEAD_BYTES: Final = 32

# Media type, and the name by which Pillow knows the format.
FORMATS: Final = {
    "image/jpeg": "JPEG",
    "image/png": "PNG",
    "image/gif": "GIF",
    "image/webp": "WEBP",
    "image/avif": "AVIF",
    "image/bmp": "BMP",
}
MEDIA_TYPES: Final = frozenset(FORMATS)

_PREFIXES = (
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
    (b"BM", "image/bmp"),
)
_AVIF_BRANDS = (b"avif", b"avis")


def sniff_media_type(head: bytes) -> str | None:
    """Return the media type of a picture that begins with ``head``, None if it is no picture.

    Args:
        head: the first ``HEAD_BYTES`` bytes, or all of a shorter file.
    """
    for prefix, media_type in _PREFIXES:
        if head.startswith(prefix):
            return media_type
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "image/webp"
    if head[4:8] == b"ftyp" and _has_avif_brand(head):
        return "image/avif"
    return None


def has_png_end(content: bytes) -> bool:
    """Return whether the chunks of a PNG lead to its end chunk.

    Pillow takes a PNG that was cut off when the missing part would have been small.
    """
    at = 8
    while at + 8 <= len(content):
        if content[at + 4 : at + 8] == b"IEND":
            return True
        # Length of the data, the name, the data, a checksum.
        at += 12 + int.from_bytes(content[at : at + 4], "big")
    return False


def _has_avif_brand(head: bytes) -> bool:
    # The major brand, or one of the compatible ones that follow the minor version.
    brands = (head[8:12], *(head[at : at + 4] for at in range(16, HEAD_BYTES, 4)))
    return any(brand in _AVIF_BRANDS for brand in brands)
