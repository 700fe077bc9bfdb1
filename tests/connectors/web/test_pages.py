"""Which pictures a page shows: each once, in its best form, with what is said of it."""

import pytest

from connectors.errors import PageError
from connectors.web.values import FoundIn, PageKind
from tests.connectors.web.support import HERE, PAGE, ROOT, only, page_of, urls_of

JPEG = b"\xff\xd8\xff\xe0" + b"\0" * 100


class TestAddresses:
    @pytest.mark.parametrize(
        ("written", "meant"),
        [
            ("a.jpg", f"{HERE}/a.jpg"),
            ("../a.jpg", f"{ROOT}/a.jpg"),
            ("//cdn.other.com/a.jpg", "https://cdn.other.com/a.jpg"),
            (" \n a b.jpg\t", f"{HERE}/a%20b.jpg"),
            ("a.jpg?x=1&amp;y=2#top", f"{HERE}/a.jpg?x=1&y=2"),
            ("img\\a.jpg", f"{HERE}/img/a.jpg"),
            ("https://BÜCHER.de/ä.jpg", "https://xn--bcher-kva.de/%C3%A4.jpg"),
            ("HTTPS://Other.COM:443/A.jpg", "https://other.com/A.jpg"),
            ("http\u017f://o.com/a.jpg", f"{HERE}/http%C5%BF://o.com/a.jpg"),
        ],
    )
    def test_are_made_whole(self, written: str, meant: str) -> None:
        assert urls_of(f'<img src="{written}">') == [meant]

    @pytest.mark.parametrize(
        "written",
        [
            "javascript:alert(1)",
            "data:image/png;base64,iVBORw0KGgo=",
            "file:///etc/passwd",
            "blob:https://a.com/1",
            "http://169.254.169.254/a.jpg",
            "http://[::1]/a.jpg",
            "http://localhost/a.jpg",
            "http://user:pass@other.com/a.jpg",
            "http://other.com:8080/a.jpg",
            "http://[broken/a.jpg",
            "//cdn.other.com/a_{width}x.jpg",
            "a\x07.jpg",
            "#top",
        ],
    )
    def test_of_other_kinds_are_left_out(self, written: str) -> None:
        assert urls_of(f'<img src="{written}"><img src="b.jpg">') == [f"{HERE}/b.jpg"]

    def test_are_relative_to_the_base_which_is_relative_to_the_page(self) -> None:
        page = '<base href="sub/"><base href="/not/"><img src="a.jpg">'

        assert urls_of(page) == [f"{HERE}/sub/a.jpg"]

    def test_are_one_in_both_schemes_and_all_spellings(self) -> None:
        picture = only(
            '<img src="http://o.com/%c3%a4.jpg?utm_source=x"><img src="https://o.com/ä.jpg">'
        )

        assert picture.key == "o.com/%C3%A4.jpg"


class TestImages:
    def test_what_scripts_show_comes_before_what_stands_in(self) -> None:
        picture = only(
            '<img src="/spacer.gif" data-src="m.jpg" data-srcset="s.jpg 400w, l.jpg 1600w"'
            ' alt=" A\n view " width="400" height="300">'
        )

        assert (picture.url, picture.fallbacks) == (
            f"{HERE}/l.jpg",
            (f"{HERE}/s.jpg", f"{HERE}/m.jpg"),
        )
        assert (picture.alt_text, picture.width_px) == ("A view", 1600)

    def test_what_is_shown_and_listed_counts_by_its_best_mention(self) -> None:
        picture = only('<img src="l.jpg" srcset="s.jpg 300w, l.jpg 2000w, m.jpg 1024w">')

        assert (picture.url, picture.fallbacks) == (
            f"{HERE}/l.jpg",
            (f"{HERE}/m.jpg", f"{HERE}/s.jpg"),
        )

    def test_of_the_large_ones_what_names_no_width_is_the_original(self) -> None:
        found = urls_of(
            '<img src="a.jpg?w=640" data-large-file="a.jpg?w=1024" data-orig-file="a.jpg">'
            '<a href="b.jpg"><img src="b-300x200.jpg" data-large="b-1024x683.jpg"></a>'
            '<img data-orig-file="c.jpg?w=4000" data-large-file="c.jpg?w=1024">'
        )

        assert found == [f"{HERE}/a.jpg", f"{HERE}/b.jpg", f"{HERE}/c.jpg?w=4000"]

    def test_an_attribute_that_nobody_listed_is_read_where_it_ends_like_a_picture(self) -> None:
        assert urls_of('<img src="data:," data-foo="a.jpg" data-json=\'{"a":"b.jpg"}\'>') == [
            f"{HERE}/a.jpg"
        ]

    def test_formats_of_one_picture_are_one(self) -> None:
        picture = only(
            '<picture><source type="image/avif" srcset="a.avif, b.avif 2x">'
            '<source type="image/jxl" srcset="a.jxl"><img src="a.jpg" alt="A"></picture>'
        )

        assert (picture.url, picture.fallbacks) == (
            f"{HERE}/b.avif",
            (f"{HERE}/a.jpg", f"{HERE}/a.avif"),
        )
        assert (picture.found_in, picture.alt_text) == (FoundIn.PICTURE, "A")

    @pytest.mark.parametrize(
        "twin",
        ['<img src="a.jpg" alt="A">', "&lt;img src=a.jpg alt=A&gt;", '<img src="a-800x600.jpg">'],
    )
    def test_the_twin_in_a_noscript_is_the_same_picture(self, twin: str) -> None:
        page = f'<img src="data:," data-src="a.jpg" alt="A"><noscript>{twin}</noscript>'

        assert only(page).url == f"{HERE}/a.jpg"

    def test_a_noscript_serves_where_the_lazy_image_says_nothing(self) -> None:
        page = '<img src="data:," data-src="a_{width}x.jpg"><noscript><img src="a.jpg"></noscript>'

        assert only(page).url == f"{HERE}/a.jpg"

    def test_a_link_around_it_leads_to_the_large_one(self) -> None:
        picture = only('<a href="full.jpg"><img src="t.jpg" width="80" height="80"></a>')

        assert (picture.url, picture.fallbacks) == (f"{HERE}/full.jpg", (f"{HERE}/t.jpg",))
        assert picture.link_url == ""

    def test_a_link_to_a_page_is_kept(self) -> None:
        picture = only('<a href="/wiki/File:a.jpg"><b><img src="a.jpg"></b></a>')

        assert (picture.url, picture.link_url) == (f"{HERE}/a.jpg", f"{ROOT}/wiki/File:a.jpg")

    def test_a_link_around_many_says_nothing_of_any(self) -> None:
        images = "".join(f'<img src="{number}.jpg">' for number in range(4))

        assert len(urls_of(f'<a href="full.jpg">{images}</a>')) == 4

    def test_captions_come_from_the_figure(self) -> None:
        page = (
            '<figure><a href="/p"><img src="a.jpg" title="no"></a>'
            "<figcaption>The <b>old</b>\n town</figcaption></figure><img src=b.jpg title=Alone>"
        )

        assert [one.caption for one in page_of(page).pictures] == ["The old town", "Alone"]

    def test_widths_in_the_address_are_one_picture_with_the_original_first(self) -> None:
        picture = only(
            '<img src="a-300x169.jpg"><img src="a-768x432.jpg" alt="A"><img src="a.jpg">'
        )

        assert (picture.url, picture.fallbacks) == (
            f"{HERE}/a.jpg",
            (f"{HERE}/a-768x432.jpg", f"{HERE}/a-300x169.jpg"),
        )
        assert picture.alt_text == "A"

    @pytest.mark.parametrize(
        "names",
        [
            ("photo.php?v=1", "photo.php?v=2"),
            ("pic.php?s=11", "pic.php?s=12"),
            ("dl?op=1", "dl?op=2"),
            ("get?fit=a", "get?fit=b"),
            ("show?h=a1b2&amp;q=1", "show?h=c3d4&amp;q=2"),
            ("banner-300x250.jpg", "banner-728x90.jpg"),
        ],
    )
    def test_what_may_tell_pictures_apart_does(self, names: tuple[str, str]) -> None:
        found = page_of("".join(f'<img src="{name}">' for name in names)).pictures

        assert [one.url for one in found] == [
            f"{HERE}/{name}".replace("&amp;", "&") for name in names
        ]

    @pytest.mark.parametrize(
        ("larger", "smaller"),
        [
            ("a.jpg?w=900&fit=max&q=80&s=0123456789abcdef01", "a.jpg?w=300&fit=crop&q=60"),
            ("a.jpg?v=1&width=900", "a.jpg?width=300&v=1&auto=webp"),
            ("a-1024x577.jpg", "a-300x169.jpg"),
            ("a.jpg", "a-300x300.jpg"),
            ("wp-content/uploads/a-1000x600.jpg", "wp-content/uploads/a-80x80.jpg"),
            ("a-scaled.jpg", "a-1024x683.jpg"),
            ("71a._AC_SL1500_.jpg", "71a._AC_US40_.jpg"),
        ],
    )
    def test_what_only_shapes_a_picture_does_not(self, larger: str, smaller: str) -> None:
        picture = only(f'<img src="{smaller}"><img src="{larger}">'.replace("&", "&amp;"))

        assert (picture.url, picture.fallbacks) == (f"{HERE}/{larger}", (f"{HERE}/{smaller}",))

    def test_what_many_fall_back_to_belongs_to_none(self) -> None:
        page = "".join(f'<img src="wait.jpg" data-src="{name}.jpg">' for name in "ab")

        found = page_of(page).pictures
        assert [(one.url, one.fallbacks) for one in found] == [
            (f"{HERE}/a.jpg", ()),
            (f"{HERE}/b.jpg", ()),
        ]

    @pytest.mark.parametrize(
        "unwanted",
        [
            '<img src="https://www.facebook.com/tr?id=1">',
            '<img src="https://ad.doubleclick.net/a.jpg" width="500" height="500">',
            '<img src="https://secure.gravatar.com/avatar/00?s=200">',
            '<img src="a.jpg" width="1">',
            '<img src="a.jpg" width="32" height="32px">',
            '<img src="/favicon.png">',
            '<img src="/img/sprite.png">',
            '<img src="/img/icons-sprite@2x.png">',
            '<img src="/users/default-avatar.png">',
            '<img src="/avatars/7.jpg">',
            '<img src="/beacon?id=7">',
            '<img src="/img/lazy_placeholder.gif" width="800" height="600">',
            '<img src="/img/no-photo-available.png" width="800" height="600">',
            '<img src="/img/transparent.png" width="800" height="600">',
            '<img src="a.svg">',
            '<img class="user-avatar" src="a.jpg">',
            '<input type="image" src="a.jpg">',
            '<link rel="apple-touch-icon" href="a.png">',
            '<!-- <img src="a.jpg"> -->',
            '<template><img src="a.jpg"></template>',
            '<textarea><img src="a.jpg"></textarea>',
            '<script>document.write("<img src=a.jpg>")</script>',
        ],
    )
    def test_what_nobody_wants_is_left_out(self, unwanted: str) -> None:
        assert urls_of(unwanted + '<img src="b.jpg">') == [f"{HERE}/b.jpg"]

    def test_a_word_in_the_name_of_a_photo_does_not_make_it_unwanted(self) -> None:
        names = [
            "chair-transparent.png", "transparent-glass.jpg", "avatar-the-way-of-water.jpg",
            "impression.jpg", "beacon.jpg", "beacon/house.jpg", "sprite-bottle.jpg",
            "spacer-bricks-wall.jpg", "lazyload-dog.jpg", "missing-photo-of-rome.jpg",
            "favicon-in-books.jpg",
        ]  # fmt: skip

        images = "".join(f'<img src="{name}">' for name in names)
        assert urls_of(images) == [f"{HERE}/{name}" for name in names]

    def test_what_is_known_to_be_large_is_wanted_whatever_it_is_called(self) -> None:
        names = ["films/avatars/1.jpg", "emoji/a.jpg", "sprite.jpg", "pixel.png", "avatar.jpg"]

        images = "".join(f'<img src="{name}" width="800" height="600">' for name in names[:3])
        images += f'<img src="{names[3]}?w=1" width="1"><img srcset="{names[4]} 900w">'
        assert urls_of(images) == [f"{HERE}/{name}" for name in (*names[:3], names[4])]


class TestOtherPlaces:
    @pytest.mark.parametrize(
        ("markup", "found"),
        [
            ("<div style=\"background:#fff url('a.jpg'), url(b.jpg)\"></div>", ["a", "b"]),
            ('<style>@media x{i{background:image-set("s.jpg" 1x, url(a.jpg) 2x)}}</style>', ["a"]),
            ("<style>@font-face{src:url(f.woff)} i{cursor:url(c.jpg)}</style>", []),
            ('<section data-bg="a.jpg" data-bg-hidpi="b.jpg"></section>', ["b"]),
            ("<div data-bg-multi='url(a.jpg), url(\"b.jpg\")'></div>", ["a", "b"]),
            ("<a data-bg-set='url(s.jpg) 1x, url(a.jpg) 2x | url(b.jpg) 1x'></a>", ["a", "b"]),
            ('<div data-background-image="a.jpg"></div>', ["a"]),
            ('<video poster="a.jpg"><source src="v.mp4"></video>', ["a"]),
            ('<amp-img src="s.jpg" srcset="a.jpg 2x"></amp-img>', ["a"]),
            ('<link rel=preload as=image href=s.jpg imagesrcset="a.jpg 900w">', ["a"]),
            ('<link rel="image_src" href="a.jpg">', ["a"]),
            ('<a href="a.jpg">The map</a><a href="/page">Text</a>', ["a"]),
            ('<span itemprop="image" content="a.jpg"></span>', ["a"]),
            ('<object data="a.jpg" type="image/jpeg"></object>', ["a"]),
            ('<template shadowrootmode="open"><img src="a.jpg"></template>', ["a"]),
        ],
    )  # fmt: skip
    def test_are_read(self, markup: str, found: list[str]) -> None:
        assert urls_of(markup) == [f"{HERE}/{name}.jpg" for name in found]

    @pytest.mark.parametrize(
        "text",
        [
            '{"image": "a.jpg"}',
            '{"@graph": [{"image": ["a.jpg"]}]}',
            '{"image": {"@type": "ImageObject", "url": "a.jpg", "width": 900}}',
            '{"@type": "ImageObject", "contentUrl": "a.jpg"}',
            '// note\n{"image": "a.jpg", /* more */ "b": 1, // end\n}',
            '{"text": "two\nlines", "image": "a.jpg"}',
            '<!-- {"image": "a.jpg"} -->',
            'null {"image": "a.jpg"};',
            '{"publisher": {"logo": {"url": "l.jpg"}}, "thumbnailUrl": "a.jpg"}',
            '{"image": "a.jpg", "thumbnailUrl": "t.jpg", "author": {"image": "p.jpg"}}',
        ],
    )
    def test_linked_data_is_read_as_it_is_written(self, text: str) -> None:
        assert urls_of(f'<script type="application/ld+json">{text}</script>') == [f"{HERE}/a.jpg"]

    def test_linked_data_that_cannot_be_read_costs_nothing_else(self) -> None:
        broken = "".join(
            f'<script type="application/ld+json">{text}</script>'
            for text in ("null", "{", "[" * 9000)
        )

        assert urls_of(broken + '<img src="a.jpg">') == [f"{HERE}/a.jpg"]


class TestWhatAPageSaysOfItself:
    def test_is_read_from_its_head(self) -> None:
        page = page_of(
            "<title>Window</title><link rel=canonical href=/here>"
            '<meta property="og:title" content="A &amp; B"><meta name=description content="Words">'
            '<meta property="og:site_name" content="Site">'
            '<meta name="twitter:image" content="t.jpg">'
            '<meta property="og:image" content="http://o.com/a.jpg">'
            '<meta property="og:image:secure_url" content="https://o.com/a.jpg">'
            '<meta property="og:image:width" content="1200">'
            '<meta property="og:image:alt" content="X">'
        )

        said = page.title, page.description, page.site_name, page.canonical_url
        assert said == ("A & B", "Words", "Site", f"{ROOT}/here")
        assert page.preview is not None
        assert (page.preview.url, page.preview.width_px, page.preview.alt_text) == (
            "https://o.com/a.jpg",
            1200,
            "X",
        )
        assert page.preview in page.pictures

    def test_is_read_from_linked_data_where_the_head_is_silent(self) -> None:
        page = page_of(
            '<script type="application/ld+json">{"@graph": [{"@type": "WebSite", "name": "S"},'
            '{"headline": "H", "description": "D", "image": "a.jpg"}]}</script>'
        )

        assert (page.title, page.description, page.site_name) == ("H", "D", "S")
        assert page.preview is not None
        assert page.preview.url == f"{HERE}/a.jpg"

    @pytest.mark.parametrize(
        ("markup", "needs"),
        [
            ('<div id="root"></div><script src="app.js"></script>', True),
            ("<p>Text</p>", False),
            (f'<p>{"Words. " * 300}</p><img src=a.jpg><script src="count.js"></script>', False),
            ("<img src=a.jpg><img src=b.jpg><img src=c.jpg><script>1</script>", False),
            ('<div></div><script type="application/json">{}</script>', False),
        ],
    )
    def test_whether_it_needs_its_scripts_is_said(self, markup: str, needs: bool) -> None:  # noqa: FBT001
        assert page_of(markup).needs_scripts is needs


class TestOtherAnswers:
    def test_a_picture_is_its_own_page(self) -> None:
        page = page_of(JPEG, content_type="text/html")

        assert (page.kind, [one.url for one in page.pictures]) == (PageKind.PICTURE, [PAGE])
        assert page.pictures[0].found_in is FoundIn.PAGE

    @pytest.mark.parametrize(
        ("content", "content_type"),
        [
            (b"", "text/html"),
            (b"just words", "text/plain"),
            (b"%PDF-1.7 <a>", "application/pdf"),
            (b'{"a": "<img src=a.jpg>"}', "application/json"),
            (b"<a>\0\0\0", ""),
            (b"\x1f\x8b\x08broken", "text/html"),
        ],
    )
    def test_what_is_no_page_is_refused(self, content: bytes, content_type: str) -> None:
        with pytest.raises(PageError) as caught:
            page_of(content, content_type=content_type)

        assert caught.value.code == "page_unreadable"

    def test_an_address_that_is_none_is_refused(self) -> None:
        with pytest.raises(PageError):
            page_of("<p>", url="ftp://a.com/")

    @pytest.mark.parametrize(
        ("content", "content_type"),
        [
            ("<img src=a.jpg alt='Schöne Grüße'>".encode("cp1252"), "text/html; charset=latin1"),
            ("<meta charset=windows-1252><img src=a.jpg alt='Schöne Grüße'>".encode("cp1252"), ""),
            ("\ufeff<img src=a.jpg alt='Schöne Grüße'>".encode("utf-16"), "text/html"),
            ("\ufeff<img src=a.jpg alt='Schöne Grüße'>".encode(), "text/html; charset=latin1"),
            ("<img src=a.jpg alt='Schöne Grüße'>".encode(), "text/html; charset=utf-16"),
            ("<img src=a.jpg alt='Schöne Grüße'>".encode(), 'text/html; charset="nonsense"'),
        ],
    )
    def test_its_encoding_is_found(self, content: bytes, content_type: str) -> None:
        (picture,) = page_of(content, content_type=content_type).pictures

        assert picture.alt_text == "Schöne Grüße"
