"""Hashes know a picture again in other clothes, and tell two pictures apart."""

import random

import pytest
from PIL import Image, ImageDraw, ImageFilter

from media.imaging.hashing import difference_hash, distance, perceptual_hash
from media.imaging.pool import RenditionPool
from tests.media.imaging.pictures import encode

COPIES = {
    "jpeg": lambda image: encode(image, "JPEG", quality=60),
    "webp": lambda image: encode(image, "WEBP", quality=50),
    "half": lambda image: encode(image.resize((600, 400)), "JPEG"),
    "small": lambda image: encode(image.resize((240, 160)), "WEBP"),
    "grey": lambda image: encode(image.convert("L"), "PNG"),
}


def make_picture(seed: int) -> Image.Image:
    chance = random.Random(seed)
    image = Image.new("RGB", (1200, 800), tuple(chance.randrange(256) for _ in range(3)))
    draw = ImageDraw.Draw(image)
    for _ in range(25):
        x, y = chance.randrange(1200), chance.randrange(800)
        size = chance.randrange(60, 400)
        color = tuple(chance.randrange(256) for _ in range(3))
        draw.ellipse((x - size, y - size, x + size, y + size // 2), fill=color)
    return image.filter(ImageFilter.GaussianBlur(3))


@pytest.mark.parametrize("copy", COPIES)
@pytest.mark.parametrize("seed", range(4))
def test_copies_stay_within_a_few_bits(pool: RenditionPool, seed: int, copy: str) -> None:
    image = make_picture(seed)
    original = pool.render(encode(image))

    again = pool.render(COPIES[copy](image))

    assert distance(original.phash, again.phash) <= 6
    assert distance(original.dhash, again.dhash) <= 6


def test_different_pictures_are_far_apart(pool: RenditionPool) -> None:
    rendered = [pool.render(encode(make_picture(seed))) for seed in range(8)]

    pairs = [(one, other) for at, one in enumerate(rendered) for other in rendered[at + 1 :]]

    assert min(distance(one.phash, other.phash) for one, other in pairs) >= 16
    assert min(distance(one.dhash, other.dhash) for one, other in pairs) >= 12


def test_hashes_fit_a_signed_bigint(pool: RenditionPool) -> None:
    rendered = [pool.render(encode(make_picture(seed))) for seed in range(6)]

    hashes = [value for each in rendered for value in (each.phash, each.dhash)]

    assert all(-(2**63) <= value < 2**63 for value in hashes)
    assert min(hashes) < 0 < max(hashes)


def test_known_values() -> None:
    ramp = Image.linear_gradient("L").rotate(90)

    # Brightness rises from left to right everywhere: all bits set, which is -1.
    assert difference_hash(ramp) == -1
    assert difference_hash(ramp.transpose(Image.Transpose.FLIP_LEFT_RIGHT)) == 0
    assert distance(difference_hash(ramp), 0) == 64


def test_flat_picture_has_only_the_mean() -> None:
    flat = Image.new("L", (64, 64), 77)

    assert perceptual_hash(flat) == -(2**63)
    assert difference_hash(flat) == 0
