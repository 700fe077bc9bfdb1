"""Pictures of pins: which address to try first, and what else shows the same picture."""

import dataclasses
import re
from collections.abc import Iterator, Mapping
from typing import Any

from connectors.items import MediaCandidate, MediaKind
from connectors.readers.json_values import parse_value
from connectors.readers.text import clean
from connectors.readers.urls import picture_key, web_address

MAX_PICTURES = 200
_PINIMG = re.compile(
    r"https?://i\.pinimg\.com/([^/]+)/([0-9a-f]{2}/[0-9a-f]{2}/[0-9a-f]{2}/([0-9a-f]{32}))"
    r"[^/.?#]*\.([A-Za-z0-9]{2,5})"
)
_ANY_SIGNATURE = re.compile(r"(?i:https?)://[^/]*pinimg\.com/[^?#]*/([0-9a-f]{32})[^/]*$")
_SIGNATURE = re.compile(r"[0-9a-f]{32}")
_ORIGINAL_TYPES = ("jpg", "png", "webp", "gif")
# Where each size of the picture has a field of its own.
_SIZED = ("imageSpec_", "images_")
_LEADING_DIGITS = re.compile(r"(?:imageSpec_|images_)?(\d+)")
_MAX_SIDE_PX = 2**31 - 1


def pictures_of(record: Mapping[str, Any]) -> tuple[MediaCandidate, ...]:
    """Return the pictures of a pin in order: slides, pages of a story, or its one picture."""
    main = _main_picture(record)
    get = record.get
    if not (get("carousel_data") or get("story_pin_data") or get("media")):
        return (main,) if main else ()
    pages = _unique([*_slides(record), *_pages(record)])
    if len(pages) > 1 or (pages and main is None):
        return tuple(pages[:MAX_PICTURES])
    return (main,) if main else ()


def picture_of_signature(
    signature: str, *, width_px: int | None = None, height_px: int | None = None, alt_text: str = ""
) -> MediaCandidate | None:
    """Return the picture with this signature; None where it is not 32 hex digits."""
    if not _SIGNATURE.fullmatch(signature):
        return None
    path = f"{signature[:2]}/{signature[2:4]}/{signature[4:6]}/{signature}"
    return _guessed(path, width_px, height_px, alt_text)


def picture_of_address(
    url: str, width_px: int | None = None, height_px: int | None = None, alt_text: str = ""
) -> MediaCandidate | None:
    """Return the picture at an address of any host; None where it is not http(s)."""
    match = _PINIMG.match(url)
    if match is None and url.startswith("//"):
        url = "https:" + url
        match = _PINIMG.match(url)
    if match is None:
        url = web_address(url)
        if not url:
            return None
        signature = _ANY_SIGNATURE.match(url)
        key = f"sig:{signature[1]}" if signature else picture_key(url)
        return MediaCandidate(url, key, (), width_px, height_px, alt_text)
    size, path, signature_text, _ = match.groups()
    if size != "originals":
        return _guessed(path, width_px, height_px, alt_text, known=url)
    base = "https://i.pinimg.com/"
    return MediaCandidate(
        url,
        "sig:" + signature_text,
        (base + "1200x/" + path + ".jpg", base + "736x/" + path + ".jpg"),
        width_px,
        height_px,
        alt_text,
    )


def _guessed(
    path: str, width_px: int | None, height_px: int | None, alt_text: str, *, known: str = ""
) -> MediaCandidate:
    """Return a picture whose original has an unknown type: each is tried, then sized ones."""
    signature = path[9:]  # behind the three folders that its start names
    base = "https://i.pinimg.com/"
    addresses = [f"{base}originals/{path}.{kind}" for kind in _ORIGINAL_TYPES]
    addresses += [f"{base}{size}/{path}.jpg" for size in ("1200x", "736x")]
    if known and known not in addresses:
        addresses.append(known)
    return MediaCandidate(
        addresses[0], "sig:" + signature, tuple(addresses[1:]), width_px, height_px, alt_text
    )


def _main_picture(record: Mapping[str, Any]) -> MediaCandidate | None:
    """Return the one picture of a pin, with its video where it has one."""
    image = record.get("image")
    picture = _from_image(image) if image else None
    if picture is None:
        picture = _from_elsewhere(record)
    videos = record.get("videos")
    if videos and isinstance(videos, dict):
        # A crawler that writes "image": null says that there is no picture, video or not.
        cover = picture if picture or "image" in record else _video_cover(videos)
        return _with_video(cover, videos) if cover else None
    media = record.get("media")
    return _of_api(picture, media) if media and isinstance(media, dict) else picture


def _from_image(image: Any) -> MediaCandidate | None:
    picture = _from_variant(image)
    if picture is None and isinstance(image, dict):
        picture = _from_variants(image)
    return picture


def _from_elsewhere(record: Mapping[str, Any]) -> MediaCandidate | None:
    """Look for the picture in every place but ``image``, the most telling first."""
    for images in (record.get("images"), record.get("image_urls")):
        if images and (picture := _from_many(images)):
            return picture
    specs = {key: value for key, value in record.items() if key.startswith(_SIZED)}
    for images in (specs, record.get("media")):
        if images and (picture := _from_many(images)):
            return picture
    width, height = _side(record.get("image_width")), _side(record.get("image_height"))
    for key in ("image_url", "largest_image_url", "image_large_url", "image_medium_url"):
        url = record.get(key)
        if isinstance(url, str) and (picture := picture_of_address(url.strip(), width, height)):
            return picture
    url = record.get("url")
    if isinstance(url, str) and "pinimg.com/" in url:
        return picture_of_address(url.strip(), width, height)
    signature = record.get("image_signature")
    if isinstance(signature, str) and record.get("images") != {}:
        return picture_of_signature(signature, width_px=width, height_px=height)
    embed = record.get("embed")
    return _from_variant(embed) if isinstance(embed, dict) else None


def _from_many(images: Any) -> MediaCandidate | None:
    """Return the best of several variants: a map, a list, or either of them as JSON text."""
    if isinstance(images, str) and images[:1] in {"{", "["}:
        images = parse_value(images.encode("utf-8", "replace"))
    if isinstance(images, list):
        return next((found for each in images if (found := _from_variant(each))), None)
    return _from_variants(images) if isinstance(images, dict) else None


def _from_variants(images: Mapping[str, Any]) -> MediaCandidate | None:
    """Return the biggest variant of a map from size to picture; API media nest one."""
    inner = images.get("images")
    if isinstance(inner, dict) and (picture := _from_variants(inner)):
        return picture
    if isinstance(cover := images.get("cover_image_url"), str):
        return picture_of_address(cover.strip())
    ranked = sorted(images, key=_rank_variant, reverse=True)
    return next((found for name in ranked if (found := _from_variant(images[name]))), None)


def _rank_variant(name: str) -> int:
    if "orig" in name.lower() or name == "max":
        return _MAX_SIDE_PX
    match = _LEADING_DIGITS.match(name)
    return min(int(match[1][:9]), _MAX_SIDE_PX - 1) if match else 0


def _from_variant(variant: Any) -> MediaCandidate | None:
    if isinstance(variant, list):
        variant = variant[0] if variant else None
    if isinstance(variant, str):
        return picture_of_address(variant.strip())
    if not isinstance(variant, dict):
        return None
    url = variant.get("url") or variant.get("src")
    if not isinstance(url, str):
        return None
    return picture_of_address(url, _side(variant.get("width")), _side(variant.get("height")))


def _side(value: object) -> int | None:
    """Return a side in pixels as the source claims it; None where that is no size."""
    if value.__class__ is int and isinstance(value, int):
        return value if 0 < value <= _MAX_SIDE_PX else None
    if isinstance(value, float) and 1 <= value <= _MAX_SIDE_PX:
        return int(value)
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 10:  # noqa: PLR2004  # below 2^31
        return int(value) or None
    return None


def _slides(record: Mapping[str, Any]) -> Iterator[MediaCandidate]:
    """Yield the pictures of a carousel, or of an API pin with several media."""
    carousel = record.get("carousel_data")
    if carousel and isinstance(carousel, dict):
        yield from _pictures_in(carousel.get("carousel_slots"))
    media = record.get("media")
    if media and isinstance(media, dict):
        yield from _pictures_in(media.get("items"))


def _pages(record: Mapping[str, Any]) -> Iterator[MediaCandidate]:
    """Yield the pictures of a story, block by block."""
    story = record.get("story_pin_data")
    if not story or not isinstance(story, dict):
        return
    pages = story.get("pages") or story.get("pages_preview")
    for page in pages if isinstance(pages, list) else ():
        if isinstance(page, dict):
            blocks = [*_pictures_in(page.get("blocks"))]
            yield from blocks or _pictures_in([page])


def _pictures_in(parts: object) -> Iterator[MediaCandidate]:
    for part in parts if isinstance(parts, list) else ():
        if not isinstance(part, dict):
            continue
        video = part.get("video")
        if isinstance(video, dict) and (cover := _video_cover(video, part)):
            yield _with_video(cover, video)
        elif picture := _of_api(_picture_of_part(part), part):
            alt_text = clean(part.get("alt_text") or part.get("title"), 1_000)
            yield picture if not alt_text else _described(picture, alt_text)


def _picture_of_part(part: Mapping[str, Any]) -> MediaCandidate | None:
    image = part.get("image")
    if isinstance(image, dict):
        picture = _from_variants(image) if "url" not in image else _from_variant(image)
        if picture:
            return picture
    return _from_elsewhere({**part, "images": part.get("images") or None})


def _video_cover(
    video: Mapping[str, Any], part: Mapping[str, Any] | None = None
) -> MediaCandidate | None:
    for variant in _variants_of(video):
        if picture := _from_variant({**variant, "url": variant.get("thumbnail")}):
            return picture
    return _picture_of_part({**part, "video": None}) if part else None


def _of_api(picture: MediaCandidate | None, medium: Mapping[str, Any]) -> MediaCandidate | None:
    """Return the picture of one medium as the API writes it: of a video it is the cover."""
    if "video" not in (medium.get("media_type"), medium.get("item_type")):
        return picture
    cover = medium.get("cover_image_url")
    if picture is None and isinstance(cover, str):
        picture = picture_of_address(cover.strip())
    if picture is None:
        return None
    return dataclasses.replace(
        picture,
        kind=MediaKind.VIDEO,
        video_url=web_address(medium.get("video_url")),
        duration_ms=_side(medium.get("duration")),
    )


def _variants_of(video: Mapping[str, Any]) -> list[dict[str, Any]]:
    variants = video.get("video_list")
    if not isinstance(variants, dict):
        return []
    return [each for each in variants.values() if isinstance(each, dict)]


def _with_video(cover: MediaCandidate, video: Mapping[str, Any]) -> MediaCandidate:
    """Return the cover with the best file of its video; a playlist alone gives no address."""
    variants = _variants_of(video)
    files = [each for each in variants if web_address(each.get("url")).endswith(".mp4")]
    listed = video.get("video_list")
    preferred = listed.get("V_720P") if isinstance(listed, dict) else None
    best = preferred if preferred in files else None
    if best is None and files:
        best = max(files, key=lambda each: _side(each.get("width")) or 0)
        widest = _side(best.get("width")) or 0
        best = [each for each in files if (_side(each.get("width")) or 0) == widest][-1]
    duration = next((d for each in variants if (d := _side(each.get("duration")))), None)
    return MediaCandidate(
        cover.url,
        cover.key,
        cover.fallbacks,
        cover.width_px,
        cover.height_px,
        cover.alt_text,
        MediaKind.VIDEO,
        web_address(best["url"]) if best else "",
        duration,
    )


def _described(picture: MediaCandidate, alt_text: str) -> MediaCandidate:
    return dataclasses.replace(picture, alt_text=alt_text)


def _unique(pictures: list[MediaCandidate]) -> list[MediaCandidate]:
    """Return each picture once, where it comes first."""
    found: dict[str, MediaCandidate] = {}
    for picture in pictures:
        found.setdefault(picture.key, picture)
    return list(found.values())
