"""Pictures that an export holds itself: their bytes are stored first, their rows follow.

A picture of this sort has no address. Its key tells the hash of its bytes, so the place where
they lie, and the stage that fetches pictures finds them there.
"""

import io
import uuid

from connectors.items import Page
from media.storage import HELD_PREFIX, blob_key, put_file


def keep_pictures(org_id: uuid.UUID, page: Page) -> None:
    """Store the bytes that came with the items of ``page``; a second time changes nothing."""
    for item in page.items:
        for picture in item.media:
            if picture.content:
                sha256 = picture.key.removeprefix(HELD_PREFIX)
                put_file(blob_key(org_id, sha256), io.BytesIO(picture.content))


def held_sha256(key: str) -> str:
    """Return the hash of the bytes that a picture came with; "" where it has an address."""
    return key.removeprefix(HELD_PREFIX) if key.startswith(HELD_PREFIX) else ""
