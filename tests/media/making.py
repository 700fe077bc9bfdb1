"""Makes assets and what belongs to them, for the tests of the library."""

import datetime as dt
import hashlib
import itertools
from typing import Any

from media.folding import fold_tag
from media.models import (
    Asset,
    AssetMedia,
    AssetTag,
    Blob,
    Board,
    BoardItem,
    Rendition,
    Tag,
)
from media.search.index import reindex
from tenants.models import Organization
from tenants.scope import org_scope

_numbers = itertools.count(1)
SAVED = dt.datetime(2026, 3, 1, 12, tzinfo=dt.UTC)


def make_asset(
    org: Organization,
    title: str = "",
    *,
    boards: tuple[Board, ...] = (),
    tags: tuple[str, ...] = (),
    pictures: int = 0,
    **values: Any,
) -> Asset:
    """Store an asset with its words; ``pictures`` of it have bytes and a thumb."""
    number = next(_numbers)
    with org_scope(org.pk):
        asset = Asset.objects.create(
            org=org,
            **{
                "source": "pinterest",
                "source_ref": f"pin:{number}",
                "source_title": title,
                "media_status": "image" if pictures else "metadata_only",
                "saved_at": SAVED,
                "content_hash": b"\0" * 16,
                "picture_count": pictures,
                "stored_count": pictures,
                **values,
            },
        )
        for board in boards:
            BoardItem.objects.create(org=org, board=board, asset=asset, in_source=True)
        for name in tags:
            attach_tag(asset, name)
        for position in range(pictures):
            make_picture(asset, position=position)
        reindex([asset.pk])
        asset.refresh_from_db()
    return asset


def make_board(org: Organization, name: str, *, is_mirrored: bool = True) -> Board:
    """Store a board of a source, or one made by hand."""
    with org_scope(org.pk):
        if not is_mirrored:
            return Board.objects.create(org=org, own_name=name)
        return Board.objects.create(
            org=org, source="pinterest", source_key=f"board:{next(_numbers)}", source_name=name
        )


def attach_tag(asset: Asset, name: str, *, origin: str = "source") -> AssetTag:
    """Put a tag on ``asset`` as a source would."""
    tag, _ = Tag.objects.get_or_create(
        org_id=asset.org_id, folded_name=fold_tag(name), defaults={"name": name}
    )
    return AssetTag.objects.create(org_id=asset.org_id, asset=asset, tag=tag, origin=origin)


def make_picture(asset: Asset, *, position: int = 0, content: bytes | None = None) -> AssetMedia:
    """Store a picture with a blob and a thumb, as rows only."""
    number = next(_numbers)
    sha256 = hashlib.sha256(content or str(number).encode()).hexdigest()
    blob, _ = Blob.objects.get_or_create(
        org_id=asset.org_id,
        sha256=sha256,
        defaults={
            "size_bytes": len(content or b"x"),
            "media_type": "image/jpeg",
            "storage_key": f"blobs/{asset.org_id}/{sha256}",
            "width_px": 800,
            "height_px": 1200,
            "frame_count": 1,
        },
    )
    Rendition.objects.get_or_create(
        org_id=asset.org_id,
        blob=blob,
        name="thumb",
        defaults={
            "sha256": sha256[::-1],
            "storage_key": f"renditions/{asset.org_id}/{sha256}.thumb.webp",
            "size_bytes": 10,
            "width_px": 341,
            "height_px": 512,
        },
    )
    return AssetMedia.objects.create(
        org_id=asset.org_id,
        asset=asset,
        position=position,
        key=f"sig:{number}",
        url="https://i.pinimg.com/originals/x.jpg",
        blob=blob,
    )
