"""Pictures of the library that came again: what that says of whose they are."""

import uuid
from collections.abc import Collection

from django.db.models import QuerySet

from connectors.items import Source
from ingestion.gather import analysis
from media.models import AssetMedia
from media.models.asset import PictureOrigin


def note_uploads(org_id: uuid.UUID, assets: Collection[uuid.UUID], hashes: Collection[str]) -> None:
    """Note that people uploaded pictures which are here from elsewhere, by their very bytes.

    So they are the organization's own as well, and are analysed where it vouches for uploads.
    """
    pictures = AssetMedia.objects.filter(asset__in=assets, blob__sha256__in=hashes)
    others = pictures.filter(origin=PictureOrigin.SOURCE).exclude(asset__source=Source.UPLOAD)
    _change(org_id, others.filter(is_uploaded=False), is_uploaded=True)


def note_on_page(org_id: uuid.UUID, domain: str, assets: Collection[uuid.UUID]) -> None:
    """Note that pictures which a feed listed are on a page of the same site as well."""
    pictures = AssetMedia.objects.filter(asset__in=assets, is_from_feed=True)
    theirs = pictures.filter(asset__source=Source.WEB, asset__domain=domain)
    _change(org_id, theirs, is_from_feed=False)


def _change(org_id: uuid.UUID, pictures: QuerySet[AssetMedia], **values: bool) -> None:
    found = dict(pictures.values_list("pk", "blob_id"))
    if found:
        AssetMedia.objects.filter(pk__in=found).update(**values)
        analysis.queue(org_id, set(found.values()))
