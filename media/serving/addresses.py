"""Where pictures are fetched from: our own pages, or signed addresses on a host of their own.

``MEDIA_ORIGIN`` names a second host that no cookie is ever sent to; an address there carries
its right in itself, for an hour or two, for one picture in one size of one organization.
"""

import datetime as dt
import uuid
from urllib.parse import urlsplit

from django.conf import settings
from django.utils import timezone
from django.utils.crypto import constant_time_compare, salted_hmac
from django.utils.http import urlencode

from media.serving.files import ORIGINAL
from tenants.models import Organization
from tenants.urls_for import org_reverse

SALT = "media.serving.addresses"
# An address stays the same for this long, so that browsers can keep what it shows.
WINDOW_S = 3_600
PREFIX = "/signed/"


def picture_address(org: Organization, media_id: uuid.UUID, size: str, *, version: str) -> str:
    """Return the address of a rendition; ``version`` lets browsers keep it."""
    if settings.MEDIA_ORIGIN:
        return sign(org.pk, media_id, size, version=version)
    return f"{org_reverse(org, 'media:picture', media_id=media_id, size=size)}?v={version}"


def download_address(org: Organization, media_id: uuid.UUID) -> str:
    """Return the address that downloads the original of a picture."""
    if settings.MEDIA_ORIGIN:
        return sign(org.pk, media_id, ORIGINAL)
    return org_reverse(org, "media:original", media_id=media_id)


def sign(org_id: uuid.UUID, media_id: uuid.UUID, size: str, *, version: str = "") -> str:
    """Return an address on ``MEDIA_ORIGIN`` that needs no session, until it expires."""
    now_s = int(timezone.now().timestamp())
    expires_s = (now_s // WINDOW_S + 2) * WINDOW_S
    query: dict[str, str | int] = {
        "expires": expires_s,
        "signature": _signature(org_id, media_id, size, expires_s),
    }
    if version:
        query["v"] = version
    origin = settings.MEDIA_ORIGIN.rstrip("/")
    return f"{origin}{PREFIX}{org_id}/{media_id}/{size}?{urlencode(query)}"


def is_signed(
    org_id: uuid.UUID, media_id: uuid.UUID, size: str, *, expires: str, signature: str
) -> bool:
    """Return whether a signature is ours, for exactly this, and still holds."""
    if not (expires.isascii() and expires.isdecimal() and len(expires) <= 12):  # noqa: PLR2004  # digits of seconds
        return False
    expected = _signature(org_id, media_id, size, int(expires))
    is_ours: bool = constant_time_compare(expected, signature)
    return is_ours and timezone.now() < dt.datetime.fromtimestamp(int(expires), tz=dt.UTC)


def media_host() -> str:
    """Return the host and port of ``MEDIA_ORIGIN``; empty where none is set up."""
    origin: str = settings.MEDIA_ORIGIN
    return urlsplit(origin).netloc.lower()


def _signature(org_id: uuid.UUID, media_id: uuid.UUID, size: str, expires_s: int) -> str:
    value = f"GET|{org_id}|{media_id}|{size}|{expires_s}"
    digest: str = salted_hmac(SALT, value, algorithm="sha256").hexdigest()
    return digest
