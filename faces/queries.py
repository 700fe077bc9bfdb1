"""What may be analysed now: asked by the stage, and held to by the database in any case."""

import uuid
from collections.abc import Sequence
from typing import Final

from django.db.models import Case, Exists, F, OuterRef, Q, QuerySet, Value, When
from django.db.models.functions import Lower

from faces.boxes import Box
from faces.models import FaceConsent, FaceSource, FaceSuppression
from faces.models.consent import Attestable
from media.barring import barred_assets
from media.models import AssetMedia, Blob
from media.models.asset import PictureOrigin

# The name of the stage in rows of ``StageState``.
STAGE: Final = "faces"


def live_consent() -> FaceConsent | None:
    """Return the consent of the organization in scope, if there is one: faces are on."""
    return FaceConsent.objects.live().first()


def attested_uses() -> QuerySet[AssetMedia]:
    """Return the pictures of assets from sources that the organization attests to.

    An asset in the trash counts: what is found in it stays until it is removed for good.
    """
    place = Case(When(asset__source="web", then=Lower("asset__domain")), default=Value(""))
    live = FaceSource.objects.live()
    attested = live.filter(source=OuterRef("asset__source"), site=OuterRef("site"))
    uploads = live.filter(source=Attestable.UPLOAD, site="")
    # What an asset only links to is somebody else's, whoever its own pictures are of; what a feed
    # or a sitemap lists may be anybody's. What people uploaded as well is theirs all the same.
    own = AssetMedia.objects.filter(origin=PictureOrigin.SOURCE, blob__isnull=False)
    is_allowed = Q(Exists(attested), is_from_feed=False) | Q(Exists(uploads), is_uploaded=True)
    # Whoever vouches for the people shown cannot answer for the platform's terms.
    barred = barred_assets("faces").filter(pk=OuterRef("asset"))
    return own.alias(site=place).filter(is_allowed, ~Exists(barred))


def eligible_blobs() -> QuerySet[Blob]:
    """Return the bytes that may be analysed now; none where faces are off.

    One query to be filtered on, such as by what has no unit of the stage yet.
    """
    uses = attested_uses().filter(blob=OuterRef("pk"), asset__removed_at=None)
    return Blob.objects.filter(Exists(FaceConsent.objects.live()), Exists(uses))


def suppressed_boxes(blob_ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, list[Box]]:
    """Return where nobody looks into the given pictures, by picture; others are left out.

    A face that overlaps one of them by more than half (``faces.boxes.overlap``) is not stored:
    the database refuses it.
    """
    found: dict[uuid.UUID, list[Box]] = {}
    places = FaceSuppression.objects.filter(blob_id__in=blob_ids).order_by(F("pk").asc())
    for place in places:
        found.setdefault(place.blob_id, []).append(Box(place.x, place.y, place.w, place.h))
    return found
