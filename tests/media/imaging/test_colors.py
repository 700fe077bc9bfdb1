"""The dominant color is one that is in the picture and that people would name."""

from PIL import Image, ImageDraw

from media.imaging.colors import PALETTE_SIZE, describe_colors


def make_blocks(*parts: tuple[str, int]) -> Image.Image:
    """Return a picture of vertical stripes; the shares add up to 100."""
    image = Image.new("RGB", (200, 100))
    draw, left = ImageDraw.Draw(image), 0
    for color, share in parts:
        draw.rectangle((left, 0, left + 2 * share - 1, 100), fill=color)
        left += 2 * share
    return image


def test_largest_area_wins_among_equals() -> None:
    dominant, palette = describe_colors(make_blocks(("#c81e1e", 60), ("#1e3cc8", 40)))

    assert dominant == "#c81e1e"
    assert palette == ("#c81e1e", "#1e3cc8")


def test_it_is_no_average() -> None:
    """Red and green average to a mud that is nowhere in the picture."""
    dominant, _ = describe_colors(make_blocks(("#dc1414", 52), ("#14b414", 48)))

    assert dominant == "#dc1414"


def test_vivid_subject_wins_over_a_somewhat_larger_grey() -> None:
    dominant, palette = describe_colors(make_blocks(("#808080", 60), ("#e01010", 40)))

    assert dominant == "#e01010"
    assert palette[0] == "#808080"


def test_small_vivid_spot_does_not() -> None:
    assert describe_colors(make_blocks(("#f4f4f4", 92), ("#e01010", 8)))[0] == "#f4f4f4"


def test_shades_of_one_color_count_together() -> None:
    blues = (("#2040c0", 18), ("#2444c4", 18), ("#1c3cbc", 18))

    dominant, palette = describe_colors(make_blocks(("#e8e8e8", 46), *blues))

    assert dominant in {color for color, _ in blues}
    assert len(palette) == 2


def test_palette_is_bounded() -> None:
    colors = (
        "#c00000",
        "#00c000",
        "#0000c0",
        "#c0c000",
        "#c000c0",
        "#00c0c0",
        "#101010",
        "#f0f0f0",
    )
    blocks = make_blocks(*((color, 12) for color in colors))

    dominant, palette = describe_colors(blocks)

    assert len(palette) == PALETTE_SIZE
    assert dominant in palette


def test_see_through_pixels_do_not_count() -> None:
    picture = make_blocks(("#ffffff", 80), ("#207040", 20))
    opaque = make_blocks(("#000000", 80), ("#ffffff", 20)).convert("L")

    assert describe_colors(picture, opaque=opaque) == ("#207040", ("#207040",))


def test_wholly_see_through_picture_is_what_lies_behind() -> None:
    nothing = Image.new("L", (10, 10), 0)

    assert describe_colors(Image.new("RGB", (10, 10), "white"), opaque=nothing)[0] == "#ffffff"
