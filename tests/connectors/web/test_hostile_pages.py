"""Whatever stands in a page: an answer or a refusal, in bounded time, and nothing unsafe in it."""

import re
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.errors import PageError
from connectors.web.grouping import MAX_FALLBACKS, MAX_PICTURES
from connectors.web.reading import read_page
from connectors.web.values import FoundPage
from tests.connectors.web.support import PAGE

# One that grows by the square of its size takes longer than this by far; no other comes near it.
LIMIT_S = 8.0
PLAIN = re.compile(r"https?://[!-~]+\Z")

# Pieces of which pages are made; random text alone never gets past the first tag.
PIECES = st.sampled_from(
    [
        "<img ", "<a ", "<picture>", "</picture>", "<source ", "<noscript>", "</noscript>", "<svg>",
        "</svg>", "<style>", "</style>", "<script>", '<script type="application/ld+json">',
        "</script>", "<!--", "-->", "<base href=", "<meta property=og:image content=", "<figure>",
        "<figcaption>", "</a>", "</figure>", "<template>", "<video poster=", "src=", "srcset=",
        "data-src=", "data-bg=", "style=", "href=", "background:url(", "image-set(", ")", '"', "'",
        ">", "/>", " ", "=", ",", "a.jpg", "b-300x200.jpg 2x", "c.png 300w", "//o.com/", "http://",
        "javascript:1", "data:image/gif;base64,R0", "file:///a.jpg", "https://[::1]/", "&quot;",
        "&lt;img src=x.jpg&gt;", '{"image":', "}", "[", "\\", "\0", "\u2028", "ä", "<rss>",
        "<item>", "<enclosure type='image/png' url='/e.png'/>",
        "<urlset>", "<url>", "<sitemapindex>", "%",
    ]
)  # fmt: skip
CONTENTS = st.one_of(
    st.lists(PIECES, max_size=40).map(lambda pieces: "".join(pieces).encode()),
    st.text(max_size=200).map(lambda text: f'<img src="{text}" srcset="{text}">'.encode()),
    st.binary(max_size=200),
)


def check(page: FoundPage) -> None:
    """Assert what holds of every page."""
    keys = [picture.key for picture in page.pictures]
    assert len(keys) == len(set(keys)) <= MAX_PICTURES
    for picture in page.pictures:
        urls = [picture.url, *picture.fallbacks]
        assert len(urls) == len(set(urls)) <= 1 + MAX_FALLBACKS
        assert [url for url in urls if not PLAIN.match(url)] == []
        assert "\n" not in picture.alt_text + picture.caption
    links = [picture.link_url for picture in page.pictures if picture.link_url]
    links += [*page.further, page.url, *filter(None, [page.canonical_url])]
    assert [url for url in links if not PLAIN.match(url)] == []


@settings(max_examples=100, deadline=None)
@given(CONTENTS, st.sampled_from(["", "text/html", "text/html; charset=latin1", "text/xml"]))
def test_any_content_is_read_or_refused(content: bytes, content_type: str) -> None:
    try:
        page = read_page(content, content_type=content_type, url=PAGE)
    except PageError:
        return

    check(page)


def filled(piece: str, size: int = 400_000) -> str:
    return piece * (size // len(piece))


@pytest.mark.parametrize(
    "page",
    [
        pytest.param(filled("<div>"), id="depth"),
        pytest.param(filled("<b id=1><p>"), id="formatting"),
        pytest.param("<img " + " ".join(f"a{n}" for n in range(80_000)) + ">", id="attributes"),
        pytest.param(filled("<script>") + filled("<!--") + filled("<a "), id="left open"),
        pytest.param(filled('<img alt="'), id="quotes"),
        pytest.param('<img srcset="' + filled("y.jpg (") + '">', id="srcset"),
        pytest.param("<picture>" + filled("<source srcset=y.jpg>", 100_000), id="sources"),
        pytest.param("<a href=y.jpg>" + filled("<img src=z.jpg>", 60_000), id="link"),
        pytest.param(filled("<figure><img src=y.jpg>", 60_000), id="figures"),
        pytest.param(filled("<noscript>&lt;img src=y.jpg&gt;", 60_000), id="twins"),
        pytest.param('<script type="application/ld+json">' + filled('{"a":['), id="JSON"),
        pytest.param("<style>" + filled("a{b{url(", 100_000), id="CSS"),
        pytest.param("<rss><channel>" + filled("<item>"), id="entries"),
    ],
)
def test_no_page_takes_longer_than_its_size_allows(page: str) -> None:
    began = time.process_time()

    found = read_page(page.encode(), content_type="text/html", url=PAGE)

    check(found)
    assert time.process_time() - began < LIMIT_S
