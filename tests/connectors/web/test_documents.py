"""Feeds and sitemaps: their pictures, with what the entry says, and nothing of a hostile one."""

import gzip

import pytest

from connectors.web.values import FoundIn, PageKind
from tests.connectors.web.support import ROOT, page_of

SITEMAP = """<?xml version="1.0"?><urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"
 xmlns:image="http://www.google.com/schemas/sitemap-image/1.1"
 xmlns:video="http://www.google.com/schemas/sitemap-video/1.1">
 <url><loc>/p1</loc><image:image><image:loc>/a.jpg</image:loc>
 <image:caption>C &amp; D</image:caption><image:title>T</image:title></image:image>
 <image:image><image:loc>/b.jpg</image:loc></image:image></url>
 <url><loc>/p2</loc><video:video><video:thumbnail_loc>/v.jpg</video:thumbnail_loc></video:video>
"""
RSS = """<rss xmlns:media="http://search.yahoo.com/mrss/"
 xmlns:itunes="http://www.itunes.com/dtds/podcast-1.0.dtd"
 xmlns:content="http://purl.org/rss/1.0/modules/content/"><channel><title>Feed</title>
 <image><url>/logo.jpg</url></image>{}</channel></rss>"""


class TestSitemaps:
    @pytest.mark.parametrize("is_packed", [True, False])
    def test_give_pictures_with_their_pages(self, is_packed: bool) -> None:  # noqa: FBT001
        content = gzip.compress(SITEMAP.encode()) if is_packed else SITEMAP.encode()

        # It breaks off, as many do.
        page = page_of(content, content_type="application/xml")

        assert page.kind is PageKind.SITEMAP
        assert [(one.url, one.caption, one.alt_text, one.link_url) for one in page.pictures] == [
            (f"{ROOT}/a.jpg", "C & D", "T", f"{ROOT}/p1"),
            (f"{ROOT}/b.jpg", "", "", f"{ROOT}/p1"),
            (f"{ROOT}/v.jpg", "", "", f"{ROOT}/p2"),
        ]

    def test_of_sitemaps_lists_them(self) -> None:
        page = page_of(
            "<!-- made --><sitemapindex><sitemap><loc>/1.xml</loc></sitemap>"
            "<sitemap><loc>file:///2.xml</loc></sitemap><sitemap><loc>/1.xml</loc></sitemap>"
        )

        assert (page.kind, page.further) == (PageKind.SITEMAP_INDEX, (f"{ROOT}/1.xml",))

    def test_bring_nothing_in_from_elsewhere(self) -> None:
        laughs = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 12))
        page = page_of(
            f'<!DOCTYPE urlset [<!ENTITY x SYSTEM "file:///etc/hostname">'
            f'<!ENTITY l0 "ha">{laughs}]>'
            '<urlset xmlns:image="http://www.google.com/schemas/sitemap-image/1.1"><url>'
            "<image:image><image:loc>/a.jpg</image:loc><image:caption>&x;&l11;</image:caption>"
            "</image:image></url></urlset>"
        )

        (picture,) = page.pictures
        assert (picture.url, picture.caption) == (f"{ROOT}/a.jpg", "")


class TestFeeds:
    @pytest.mark.parametrize(
        ("entry", "urls"),
        [
            ('<enclosure type="image/jpeg" url="/a.jpg"/>', ["/a.jpg"]),
            ('<enclosure type="audio/mpeg" url="/a.mp3"/>', []),
            ('<itunes:image href="/a.jpg"/>', ["/a.jpg"]),
            ('<media:thumbnail url="/t.jpg" width="72" height="72"/>', ["/t.jpg"]),
            (
                '<media:content medium="image" url="/a.jpg"/><media:thumbnail url="/t.jpg"/>',
                ["/a.jpg"],
            ),
            (
                (
                    '<media:content type="video/mp4" url="/v"><media:thumbnail url="/t.jpg"/>'
                    "</media:content>"
                ),
                ["/t.jpg"],
            ),
            (
                (
                    '<media:group><media:content type="image/png" url="/s.png" width="300"/>'
                    '<media:content type="image/png" url="/l.png" width="900"/></media:group>'
                ),
                ["/l.png"],
            ),
            ("<description>&lt;p&gt;&lt;img src='/a.jpg'&gt;</description>", ["/a.jpg"]),
            (
                (
                    "<content:encoded><![CDATA[<img src=/a.jpg><img src=/b.jpg>]]>"
                    "</content:encoded>"
                    "<description><![CDATA[<img src=/a.jpg>]]></description>"
                ),
                ["/a.jpg", "/b.jpg"],
            ),
        ],
    )
    def test_give_the_pictures_of_their_entries(self, entry: str, urls: list[str]) -> None:
        item = f"<item><title>Entry</title><link>/e</link>{entry}</item>"

        page = page_of(RSS.format(item), content_type="application/rss+xml")

        assert (page.kind, page.title) == (PageKind.FEED, "Feed")
        assert [one.url for one in page.pictures] == [ROOT + url for url in urls]
        assert all(
            (one.found_in, one.caption, one.link_url) == (FoundIn.FEED, "Entry", f"{ROOT}/e")
            for one in page.pictures
        )
        assert page.preview is not None
        assert page.preview.url == f"{ROOT}/logo.jpg"

    def test_of_atom_are_read_with_the_markup_within_them(self) -> None:
        page = page_of(
            '<feed xmlns="http://www.w3.org/2005/Atom"><title>F</title><entry><title>E</title>'
            '<link href="/e"/><link rel="enclosure" type="image/png" href="/b.png"/>'
            '<content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml"><img src="/a.jpg"/>'
            "</div></content></entry></feed>"
        )

        assert [one.url for one in page.pictures] == [f"{ROOT}/b.png", f"{ROOT}/a.jpg"]
        assert {one.link_url for one in page.pictures} == {f"{ROOT}/e"}
