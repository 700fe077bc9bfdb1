"""The names under which exporters write the fields of a pin, and the one that readers know."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

_PARTS = re.compile(r"[\W_]+")
# Bounds of what is kept of the names in a file: its records repeat few sets of them.
_MAX_KEYS = 300
_MAX_LETTERS = 10_000
_MAX_CACHED = 2_000
# Names without case and separators, the most telling first: ``pinUrl``, ``Pin URL``, ``pin-url``.
_SYNONYMS: dict[str, tuple[str, ...]] = {
    "pin_id": ("pinid",),
    "pin_url": ("pinurl", "pinlink", "origin"),
    "seo_url": ("seourl",),
    "sourceUrl": ("sourceurl",),
    "title": ("title", "pintitle", "titel", "titre", "titulo", "título"),
    "grid_title": ("gridtitle",),
    "seo_title": ("seotitle",),
    "description": (
        *("description", "pindescription", "caption", "beschreibung", "descripcion"),
        *("descripción", "descrição", "descrizione"),
    ),
    "grid_description": ("griddescription",),
    "closeup_unified_description": ("closeupunifieddescription",),
    "closeup_description": ("closeupdescription",),
    "alt_text": ("alttext", "alt", "imagealt", "imagealttext"),
    "auto_alt_text": ("autoalttext",),
    "seo_alt_text": ("seoalttext",),
    "link": (
        *("link", "outboundlink", "outboundurl", "destinationlink", "destinationurl"),
        *("externallink", "externalurl", "sourcelink", "website"),
    ),
    "domain": ("domain", "linkdomain"),
    "created_at": (
        *("createdat", "datecreated", "createddate", "created", "pinnedat", "savedat"),
        *("datesaved", "dateadded", "date", "erstelltam"),
    ),
    "board": ("board", "pinnwand", "tableau", "tablero"),
    "board_name": ("boardname", "boardtitle"),
    "board_id": ("boardid",),
    "board_url": ("boardurl", "boardlink"),
    "section": ("section", "boardsection", "sectionname"),
    "creator": ("creator", "author", "ersteller", "créateur", "creador"),
    "creator_name": ("creatorname", "authorname", "pinnername", "pinnerusername"),
    "native_creator": ("nativecreator",),
    "origin_pinner": ("originpinner",),
    "closeup_attribution": ("closeupattribution",),
    "hashtags": ("hashtags", "tags"),
    "dominant_color": ("dominantcolor", "color"),
    "image_signature": ("imagesignature",),
    "image": ("image",),
    "images": ("images",),
    "image_urls": ("imageurls",),
    "image_url": (
        *("imageurl", "imagelink", "imagesrc", "mediaurl", "imgurl", "pinimage", "originalimage"),
        *("src", "img", "picture", "bild", "imagen", "photo", "thumbnailurl", "thumbnail"),
    ),
    "largest_image_url": ("largestimageurl",),
    "image_large_url": ("imagelargeurl",),
    "image_medium_url": ("imagemediumurl",),
    "image_width": ("imagewidth",),
    "image_height": ("imageheight",),
    "videos": ("videos",),
    "carousel_data": ("carouseldata",),
    "story_pin_data": ("storypindata",),
    "is_video": ("isvideo",),
    "is_promoted": ("ispromoted",),
    "is_secret": ("issecret",),
    "url": ("url", "permalink"),
    "id": ("id",),
}
_NAME_OF = {
    synonym: (rank, name)
    for name, synonyms in _SYNONYMS.items()
    for rank, synonym in enumerate(synonyms)
}
_NOTHING = (None, "", " ")

Renames = tuple[tuple[str, str], ...]


class _Cache(dict[tuple[str, ...], Renames]):
    """What is to be renamed in records that have these keys."""

    def __missing__(self, keys: tuple[str, ...]) -> Renames:
        renames = _renames_of(keys)
        if len(self) < _MAX_CACHED and sum(map(len, keys)) <= _MAX_LETTERS:
            self[keys] = renames
        return renames


_CACHE = _Cache()


def renames_of(record: Mapping[str, object]) -> Renames:
    """Return the fields that stand under another name, each with the one that readers know."""
    return _CACHE[tuple(record)] if len(record) <= _MAX_KEYS else ()


def with_known_names(record: dict[str, Any]) -> dict[str, Any]:
    """Return a record whose fields can be found under the names that readers know.

    A field stays under its own name as well; one that is there with data is never replaced.
    """
    renames = renames_of(record)
    if not renames:
        return record
    named = dict(record)
    for key, name in renames:
        if named.get(name) in _NOTHING and (value := record[key]) not in _NOTHING:
            named[name] = value
    return named


def _renames_of(keys: Iterable[str]) -> Renames:
    found = []
    for key in keys:
        rank, name = _NAME_OF.get(_PARTS.sub("", key).casefold(), (0, key))
        if name != key:
            found.append((rank, key, name))
    return tuple((key, name) for _, key, name in sorted(found))
