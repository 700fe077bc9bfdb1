"""Bad pictures end in a code, whatever they call themselves, and cost no more than allowed."""

import struct

import pytest
from PIL import Image

from media.imaging.errors import BY_CODE, ImageError
from media.imaging.pool import RenditionPool
from media.imaging.values import Limits
from tests.media.imaging.pictures import (
    encode,
    make_png_header,
    make_scene,
    make_slow_jpeg,
)


def refusal(pool: RenditionPool, content: bytes) -> str:
    """Return the code with which ``content`` is refused."""
    with pytest.raises(ImageError) as caught:
        pool.render(content)
    return caught.value.code


class TestNoPicture:
    @pytest.mark.parametrize(
        "content",
        [
            b"<html><body>not found</body></html>",
            b"<svg xmlns='http://www.w3.org/2000/svg'/>",
            b"%PDF-1.7\n",
            b"PK\x03\x04" + bytes(100),
            b"%!PS-Adobe-3.0 EPSF-3.0",
            b"II*\x00\x08\x00\x00\x00",
            b"RIFF\x00\x00\x00\x00WAVEfmt ",
            b"\x00\x00\x00\x18ftypheic\x00\x00\x00\x00mif1heic",
            b"x",
        ],
        ids=["html", "svg", "pdf", "zip", "eps", "tiff", "wav", "heic", "letter"],
    )
    def test_is_unsupported_whatever_its_name(self, pool: RenditionPool, content: bytes) -> None:
        assert refusal(pool, content) == "image_unsupported"


class TestDamaged:
    @pytest.mark.parametrize("name", ["JPEG", "PNG", "GIF", "WEBP", "AVIF", "BMP"])
    @pytest.mark.parametrize("share", [0.3, 0.7, 0.97])
    def test_truncated_picture_is_corrupt(
        self, pool: RenditionPool, name: str, share: float
    ) -> None:
        noisy = Image.merge("RGB", [Image.effect_noise((200, 200), 60)] * 3)
        content = encode(noisy, name)

        assert refusal(pool, content[: int(len(content) * share)]) == "image_corrupt"

    @pytest.mark.parametrize(
        "magic", [b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"GIF89a", b"RIFF\0\0\0\0WEBP", b"BM"]
    )
    def test_nothing_behind_the_first_bytes(self, pool: RenditionPool, magic: bytes) -> None:
        assert refusal(pool, magic) == "image_corrupt"

    def test_empty_file(self, pool: RenditionPool) -> None:
        assert refusal(pool, b"") == "image_corrupt"

    def test_flat_png_that_was_cut_off_is_not_taken(self, pool: RenditionPool) -> None:
        content = encode(Image.new("RGB", (500, 500)))

        assert refusal(pool, content[:-20]) == "image_corrupt"


class TestBombs:
    @pytest.mark.parametrize(
        ("width", "height"), [(60_000, 60_000), (20_001, 10), (10, 20_001), (8_000, 7_501)]
    )
    def test_size_in_the_header_is_enough(
        self, pool: RenditionPool, width: int, height: int
    ) -> None:
        assert refusal(pool, make_png_header(width, height)) == "image_too_large"

    def test_size_within_the_limits_is_decoded(self, pool: RenditionPool) -> None:
        content = encode(Image.new("1", (20_000, 3_000)))

        assert pool.render(content).width_px == 20_000

    def test_canvas_of_a_gif(self, pool: RenditionPool) -> None:
        content = bytearray(encode(make_scene(16, 16), "GIF"))
        content[6:10] = struct.pack("<HH", 65_535, 65_535)

        assert refusal(pool, bytes(content)) == "image_too_large"

    def test_file_larger_than_is_read(self) -> None:
        with RenditionPool(processes=1, limits=Limits(max_source_bytes=1000)) as pool:
            assert refusal(pool, encode(make_scene(), "BMP")) == "image_too_large"

    def test_memory_is_bounded_and_the_next_picture_succeeds(self) -> None:
        heavy = encode(Image.new("RGBA", (6_000, 6_000)), "PNG", compress_level=1)
        with RenditionPool(processes=1, limits=Limits(memory_bytes=300_000_000)) as pool:
            assert refusal(pool, heavy) == "image_memory"
            assert pool.render(encode(make_scene())).width_px == 320

    def test_time_is_bounded_and_the_next_picture_succeeds(self) -> None:
        with RenditionPool(processes=1, limits=Limits(timeout_s=1)) as pool:
            assert refusal(pool, make_slow_jpeg()) == "image_timeout"
            assert pool.render(encode(make_scene())).width_px == 320


class TestErrors:
    def test_every_code_has_a_sentence_that_helps(self) -> None:
        for code, error in BY_CODE.items():
            assert error.code == code
            assert error().message.endswith(".")
            assert 400 <= error.status < 500
