"""Every format becomes upright sRGB pixels over white, whatever its storage."""

import pytest
from PIL import Image, ImageChops, ImageCms, ImageOps, ImageStat

from media.imaging.pool import RenditionPool
from media.imaging.values import Decoded
from tests.media.imaging.pictures import encode, exif_with, make_scene, opened

UPRIGHT = Image.Transpose
# What turns an upright picture into the stored one, per EXIF orientation.
STORED_FROM_UPRIGHT = {
    1: None,
    2: UPRIGHT.FLIP_LEFT_RIGHT,
    3: UPRIGHT.ROTATE_180,
    4: UPRIGHT.FLIP_TOP_BOTTOM,
    5: UPRIGHT.TRANSPOSE,
    6: UPRIGHT.ROTATE_90,
    7: UPRIGHT.TRANSVERSE,
    8: UPRIGHT.ROTATE_270,
}


def to_image(decoded: Decoded) -> Image.Image:
    return Image.frombytes("RGB", (decoded.width_px, decoded.height_px), decoded.rgb)


def largest_difference(one: Image.Image, other: Image.Image) -> int:
    return max(ImageChops.difference(one, other).tobytes())


class TestOrientation:
    @pytest.mark.parametrize("name", ["JPEG", "WEBP", "PNG", "AVIF"])
    @pytest.mark.parametrize("orientation", STORED_FROM_UPRIGHT)
    def test_pixels_equal_those_of_the_turned_picture(
        self, pool: RenditionPool, name: str, orientation: int
    ) -> None:
        turn = STORED_FROM_UPRIGHT[orientation]
        scene = make_scene(160, 96)
        stored = scene if turn is None else scene.transpose(turn)
        content = encode(stored, name, exif=exif_with(orientation=orientation))

        decoded = pool.decode(content, longest_px=1600)

        expected = ImageOps.exif_transpose(opened(content)).convert("RGB")
        assert (decoded.source.width_px, decoded.source.height_px) == scene.size
        assert to_image(decoded).tobytes() == expected.tobytes()
        # A check of the test itself: lossy formats come near the scene, others equal it.
        assert sum(ImageStat.Stat(ImageChops.difference(expected, scene)).mean) / 3 < 6

    def test_reduced_preview_is_upright(self, pool: RenditionPool) -> None:
        scene = make_scene(2400, 1600)
        content = encode(scene.transpose(UPRIGHT.ROTATE_90), "JPEG", exif=exif_with(orientation=6))

        rendered = pool.render(content)

        assert (rendered.width_px, rendered.height_px) == (2400, 1600)
        assert (rendered.preview.width_px, rendered.preview.height_px) == (1600, 1067)
        expected = scene.resize((1600, 1067))
        difference = ImageChops.difference(opened(rendered.preview.content), expected)
        assert max(ImageStat.Stat(difference).mean) < 4

    @pytest.mark.parametrize("orientation", [0, 9, 99])
    def test_unknown_orientation_is_upright(self, pool: RenditionPool, orientation: int) -> None:
        content = encode(make_scene(40, 20), "JPEG", exif=exif_with(orientation=orientation))

        assert pool.inspect(content).width_px == 40


class TestContentDecides:
    @pytest.mark.parametrize(
        ("name", "media_type"),
        [
            ("JPEG", "image/jpeg"),
            ("PNG", "image/png"),
            ("GIF", "image/gif"),
            ("WEBP", "image/webp"),
            ("AVIF", "image/avif"),
            ("BMP", "image/bmp"),
        ],
    )
    def test_media_type_and_renditions_of_each_format(
        self, pool: RenditionPool, name: str, media_type: str
    ) -> None:
        rendered = pool.render(encode(make_scene(), name))

        assert rendered.media_type == media_type
        assert (rendered.width_px, rendered.height_px) == (320, 200)
        assert (rendered.frame_count, rendered.is_animated) == (1, False)
        assert opened(rendered.preview.content).size == (320, 200)

    def test_jpeg_of_several_pictures_is_a_still_one(self, pool: RenditionPool) -> None:
        content = encode(
            make_scene(), "MPO", save_all=True, append_images=[make_scene(), make_scene()]
        )

        rendered = pool.render(content)

        assert rendered.media_type == "image/jpeg"
        assert (rendered.frame_count, rendered.preview.is_animated) == (1, False)


class TestModes:
    def test_cmyk_keeps_its_colors(self, pool: RenditionPool) -> None:
        content = encode(Image.new("CMYK", (64, 64), (0, 255, 255, 0)), "JPEG")

        pixels = to_image(pool.decode(content, longest_px=64))

        assert largest_difference(pixels, Image.new("RGB", (64, 64), (255, 0, 0))) < 8

    @pytest.mark.parametrize(("stored", "shown"), [(0, 0), (300, 1), (40_000, 156), (65_535, 255)])
    def test_sixteen_bit_grey_is_not_clipped(
        self, pool: RenditionPool, stored: int, shown: int
    ) -> None:
        content = encode(Image.new("I;16", (8, 8), stored))

        decoded = pool.decode(content, longest_px=8)

        assert set(decoded.rgb) == {shown}

    def test_one_bit_and_grey_with_alpha(self, pool: RenditionPool) -> None:
        assert set(pool.decode(encode(Image.new("1", (4, 4), 1)), longest_px=4).rgb) == {255}
        half = pool.decode(encode(Image.new("LA", (4, 4), (0, 128))), longest_px=4)
        assert set(half.rgb) == {127}

    def test_transparency_is_laid_over_white(self, pool: RenditionPool) -> None:
        image = Image.new("RGBA", (64, 64), (0, 0, 0, 0))
        image.paste((200, 0, 0, 255), (0, 0, 32, 64))

        rendered = pool.render(encode(image))

        preview = opened(rendered.preview.content)
        assert rendered.has_alpha
        assert preview.mode == "RGB"
        assert min(preview.crop((40, 0, 64, 64)).tobytes()) > 250
        assert rendered.dominant_color == "#c80000"

    @pytest.mark.parametrize("name", ["PNG", "GIF"])
    def test_palette_with_transparency(self, pool: RenditionPool, name: str) -> None:
        image = Image.new("P", (16, 16), 0)
        image.putpalette([0, 0, 0, 10, 200, 30])
        image.paste(1, (0, 0, 8, 16))

        rendered = pool.render(encode(image, name, transparency=0))
        pixels = to_image(pool.decode(encode(image, name, transparency=0), longest_px=16))

        assert rendered.has_alpha
        assert pixels.getpixel((12, 8)) == (255, 255, 255)
        assert pixels.getpixel((4, 8)) == (10, 200, 30)

    def test_opaque_alpha_channel_counts_as_none(self, pool: RenditionPool) -> None:
        assert not pool.render(encode(make_scene().convert("RGBA"))).has_alpha


class TestColorProfiles:
    def test_profile_is_applied(self, pool: RenditionPool) -> None:
        red = Image.new("RGB", (8, 8), (255, 0, 0))

        decoded = pool.decode(encode(red, icc_profile=make_swapped_profile()), longest_px=8)

        assert largest_difference(to_image(decoded), Image.new("RGB", (8, 8), (0, 0, 255))) < 4

    @pytest.mark.parametrize(
        "profile", [b"\xde\xad" * 600, bytes(100_000), bytes(3_000_000)], ids=len
    )
    def test_broken_profile_is_ignored(self, pool: RenditionPool, profile: bytes) -> None:
        scene = make_scene(64, 64)

        decoded = pool.decode(encode(scene, icc_profile=profile), longest_px=64)

        assert decoded.rgb == scene.tobytes()

    def test_profile_of_another_kind_of_pixels_is_ignored(self, pool: RenditionPool) -> None:
        grey = Image.new("L", (8, 8), 90)

        decoded = pool.decode(encode(grey, icc_profile=make_swapped_profile()), longest_px=8)

        assert set(decoded.rgb) == {90}


def make_swapped_profile() -> bytes:
    """Return an RGB profile in which red means blue, and that does not call itself sRGB."""
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    swapped = profile.replace(b"rXYZ", b"swap").replace(b"bXYZ", b"rXYZ").replace(b"swap", b"bXYZ")
    return swapped.replace("sRGB".encode("utf-16-be"), "Swap".encode("utf-16-be"))
