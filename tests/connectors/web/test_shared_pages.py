"""Real pages, and one with every way to name a picture; they lie outside the repository."""

import json
from pathlib import Path
from typing import Any

import pytest

from connectors.web.reading import read_page
from connectors.web.values import FoundIn, PageKind

SHARED = Path(__file__).resolve().parents[4] / "shared" / "data"
pytestmark = pytest.mark.skipif(not SHARED.is_dir(), reason="the shared pages are not here")


def read(name: str, url: str = "https://www.example.com/gallery/index.html") -> Any:
    content_type = "text/html" if name.endswith(".html") else "application/xml"
    return read_page((SHARED / name).read_bytes(), content_type=content_type, url=url)


@pytest.fixture
def expected() -> Any:
    return json.loads((SHARED / "html/synthetic-all-channels.expected.json").read_text())


class TestThePageWithEveryWay:
    def test_each_picture_is_found_in_its_best_form(self, expected: Any) -> None:
        page = read("html/synthetic-all-channels.html", expected["page_url"])

        best = {picture.url for picture in page.pictures}
        (avif, jpeg) = expected["best"].pop("picture")
        wanted = {
            url
            for urls in expected["best"].values()
            for url in ([urls] if isinstance(urls, str) else urls)
        }
        assert wanted - best == set()
        # One element with two formats is one picture.
        (of_two_formats,) = [one for one in page.pictures if one.found_in is FoundIn.PICTURE]
        assert of_two_formats.url == avif
        assert jpeg in of_two_formats.fallbacks

    def test_nothing_comes_out_that_must_not(self, expected: Any) -> None:
        page = read("html/synthetic-all-channels.html", expected["page_url"])

        named = {url for one in page.pictures for url in (one.url, *one.fallbacks)}
        assert named.isdisjoint(expected["reject"])
        assert not [url for url in named if "commented-out" in url or "spacer" in url]


@pytest.mark.parametrize(
    ("name", "count", "fallback_count"),
    [
        # 5 elements; two lead to one address, two to a name of inner networks
        ("base-url-base-element-relative", 2, 0),
        # 5 elements, 4 of them stand-ins within the page
        ("data-url-image", 1, 3),
        ("lazy-image-3", 2, 0),
        ("lazyload-background_images_image-set", 41, 41),
        ("lazyload-image_ph_inline", 40, 0),
        ("lazyload-image_srcset_sizes", 40, 40),
        ("lazyload-native_lazyload", 40, 0),
        ("lazyload-picture_media", 40, 120),
        ("lazyload-picture_type_avif", 40, 120),
        ("firefox-nightly-blog", 5, 18),
        ("skeleton-picture-data-srcset-bg", 16, 6),
        ("skeleton-wordpress-lazy-noscript", 22, 89),
        ("extruct-JSONLD_with_JS_comment", 1, 0),
        ("extruct-expanded_OG_support_test", 1, 0),
        ("extruct-opengraph_test", 1, 0),
        ("v8-blog", 0, 0),
    ],
)
def test_each_picture_of_a_real_page_is_found_once(
    name: str, count: int, fallback_count: int
) -> None:
    page = read(f"html/{name}.html")

    found = len(page.pictures), sum(len(picture.fallbacks) for picture in page.pictures)
    assert found == (count, fallback_count)
    assert page.kind is PageKind.HTML


@pytest.mark.parametrize(
    ("name", "kind", "count", "further_count"),
    [
        ("sitemaps/image_sitemap.xml", PageKind.SITEMAP, 4, 0),
        ("sitemaps/video_sitemap.xml", PageKind.SITEMAP, 0, 0),
        ("sitemaps/regular_sitemap.xml.gz", PageKind.SITEMAP, 0, 0),
        ("sitemaps/zipped_sitemap.xml.gz", PageKind.SITEMAP, 0, 0),
        ("sitemaps/sitemap_index.xml", PageKind.SITEMAP_INDEX, 0, 4),
        ("feeds/itunes_item_image.xml", PageKind.FEED, 1, 0),
        ("feeds/mediarss-item_media_title1.xml", PageKind.FEED, 0, 0),
        ("feeds/mediarss-media_thumbnail.xml", PageKind.FEED, 1, 0),
    ],
)
def test_feeds_and_sitemaps_are_told_apart(
    name: str, kind: PageKind, count: int, further_count: int
) -> None:
    page = read(name)

    assert (page.kind, len(page.pictures), len(page.further)) == (kind, count, further_count)
