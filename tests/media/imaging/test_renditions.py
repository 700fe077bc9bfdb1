"""What is derived from a picture, and what must not be in it."""

import re
import struct
import zlib

import pytest
from PIL import Image

from media.imaging.pool import RenditionPool
from tests.media.imaging.pictures import (
    encode,
    encode_animation,
    exif_with,
    make_frames,
    make_scene,
    opened,
)

CANARIES = (b"Canary", b"EXIF", b"XMP ", b"ICCP", b"Exif", b"GPS", b"<script")


class TestSizes:
    @pytest.mark.parametrize(
        ("size", "thumb", "preview"),
        [
            ((3200, 1600), (512, 256), (1600, 800)),
            ((1000, 2000), (256, 512), (800, 1600)),
            ((1200, 900), (512, 384), (1200, 900)),
            ((300, 200), (300, 200), (300, 200)),
            ((1, 1), (1, 1), (1, 1)),
            ((5000, 3), (512, 1), (1600, 1)),
        ],
    )
    def test_longest_sides_are_bounded_and_nothing_is_enlarged(
        self,
        pool: RenditionPool,
        size: tuple[int, int],
        thumb: tuple[int, int],
        preview: tuple[int, int],
    ) -> None:
        rendered = pool.render(encode(make_scene(*size), "JPEG"))

        assert (rendered.width_px, rendered.height_px) == size
        for rendition, expected in ((rendered.thumb, thumb), (rendered.preview, preview)):
            image = opened(rendition.content)
            assert (rendition.width_px, rendition.height_px) == expected
            assert (image.format, image.size) == ("WEBP", expected)


class TestMetadata:
    @pytest.mark.parametrize("name", ["JPEG", "WEBP", "PNG", "AVIF"])
    def test_renditions_carry_none(self, pool: RenditionPool, name: str) -> None:
        content = encode(
            make_scene(),
            name,
            exif=exif_with(),
            xmp=b"<x:xmpmeta>Canary<script></x:xmpmeta>",
            comment=b"Canary",
            icc_profile=b"Canary" * 100,
        )
        assert b"Canary" in content

        rendered = pool.render(content)

        for rendition in (rendered.thumb, rendered.preview):
            assert [canary for canary in CANARIES if canary in rendition.content] == []

    def test_trailing_bytes_are_left_behind(self, pool: RenditionPool) -> None:
        content = encode(make_scene()) + b"<script>Canary</script>PK\x03\x04"

        rendered = pool.render(content)

        assert b"Canary" not in rendered.preview.content + rendered.thumb.content


class TestAnimation:
    @pytest.mark.parametrize("name", ["GIF", "WEBP", "PNG"])
    def test_preview_moves_and_thumb_is_the_first_frame(
        self, pool: RenditionPool, name: str
    ) -> None:
        frames = make_frames(12)
        content = encode_animation(frames, name, duration=80, loop=0, lossless=True)

        rendered = pool.render(content)

        preview, thumb = opened(rendered.preview.content), opened(rendered.thumb.content)
        assert (rendered.frame_count, rendered.is_animated) == (12, True)
        assert (rendered.preview.is_animated, getattr(preview, "n_frames", 1)) == (True, 12)
        assert (rendered.thumb.is_animated, getattr(thumb, "n_frames", 1)) == (False, 1)
        assert preview.info["loop"] == 0
        preview.seek(1)
        preview.load()
        assert preview.info["duration"] == 80

    @pytest.mark.parametrize(("count", "shown"), [(200, 200), (201, 1)])
    def test_long_animation_has_a_still_preview(
        self, pool: RenditionPool, count: int, shown: int
    ) -> None:
        content = encode_animation(make_frames(count), "GIF", duration=20)

        rendered = pool.render(content)

        assert rendered.frame_count == count
        assert getattr(opened(rendered.preview.content), "n_frames", 1) == shown
        assert rendered.preview.is_animated == (shown > 1)

    def test_a_gif_without_a_loop_count_plays_once(self, pool: RenditionPool) -> None:
        rendered = pool.render(encode_animation(make_frames(3), "GIF", duration=50))

        assert opened(rendered.preview.content).info["loop"] == 1

    def test_a_frame_without_duration_is_shown_as_browsers_do(self, pool: RenditionPool) -> None:
        rendered = pool.render(encode_animation(make_frames(3), "GIF", duration=0))

        assert opened(rendered.preview.content).info["duration"] == 100

    def test_damaged_later_frame_leaves_a_still_preview(self, pool: RenditionPool) -> None:
        damaged = bytearray(encode_animation(make_frames(6), "PNG"))
        # The control chunk of the third frame gets a number out of order.
        third = [found.start() for found in re.finditer(b"fcTL", damaged)][2]
        damaged[third + 4 : third + 8] = struct.pack(">I", 99)
        damaged[third + 30 : third + 34] = struct.pack(
            ">I", zlib.crc32(damaged[third : third + 30])
        )

        rendered = pool.render(bytes(damaged))

        assert rendered.is_animated
        assert not rendered.preview.is_animated
        assert opened(rendered.preview.content).size == (48, 32)

    def test_large_animation_is_shown_smaller(self, pool: RenditionPool) -> None:
        frames = [Image.new("RGB", (1600, 1200), (at, 90, 90)) for at in range(0, 240, 5)]

        rendered = pool.render(encode_animation(frames, "GIF", duration=50))

        assert rendered.preview.is_animated
        assert rendered.preview.width_px == 1290
        assert opened(rendered.preview.content).size == (1290, rendered.preview.height_px)
        assert (rendered.width_px, rendered.height_px) == (1600, 1200)
