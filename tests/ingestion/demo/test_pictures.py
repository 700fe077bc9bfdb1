"""The generated pictures: what is committed is what the generator makes."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageSequence

from ingestion.demo import catalogue, expected
from ingestion.demo.paint.palettes import PALETTES
from ingestion.demo.pictures import FRAMES, PAINTERS, paint, save

MEGABYTE = 1_000_000
FORMATS = {"jpg": "JPEG", "png": "PNG", "gif": "GIF", "webp": "WEBP", "bmp": "BMP"}


def of_kind(kind: str) -> catalogue.Picture:
    return next(picture for picture in catalogue.pictures() if picture.kind == kind)


class TestCatalogue:
    def test_every_picture_has_a_name_of_its_own(self) -> None:
        names = {picture.signature for picture in catalogue.pictures()}

        assert len(names) == len(catalogue.pictures()) == expected.PICTURES

    def test_every_recipe_names_a_palette_and_every_painter_has_a_picture(self) -> None:
        still = [picture for picture in catalogue.pictures() if picture.kind != "gif"]

        assert {picture.painter for picture in still} == PAINTERS.keys()
        assert {picture.palette for picture in catalogue.pictures()} <= PALETTES.keys()

    def test_the_name_depends_on_the_recipe_alone(self) -> None:
        picture = catalogue.Picture("ridges", "dawn", (80, 120), 3)

        assert picture.signature == "5cd612443c5ead7b2020c13e660acdba"
        assert picture.path == f"originals/5c/d6/12/{picture.signature}.jpg"


class TestCommittedPictures:
    def test_the_folder_holds_exactly_the_catalogue(self) -> None:
        files = sorted(catalogue.PICTURES.iterdir())

        assert files == sorted(picture.file for picture in catalogue.pictures())

    @pytest.mark.parametrize("picture", catalogue.pictures(), ids=lambda picture: picture.signature)
    def test_each_has_the_kind_and_the_size_of_its_recipe(self, picture: catalogue.Picture) -> None:
        with Image.open(picture.file) as image:
            image.load()
            facts = (image.format, image.size)

        assert facts == (FORMATS[picture.kind], picture.size_px)

    def test_together_they_stay_small_enough_to_ship(self) -> None:
        total = sum(picture.file.stat().st_size for picture in catalogue.pictures())

        assert total <= 4 * MEGABYTE

    def test_every_kind_that_a_library_meets_is_among_them(self) -> None:
        assert {picture.kind for picture in catalogue.pictures()} == FORMATS.keys()

    def test_the_animation_moves_and_repeats(self) -> None:
        with Image.open(of_kind("gif").file) as image:
            frames = list(ImageSequence.Iterator(image))
            loops = image.info["loop"]

        assert (len(frames), loops) == (FRAMES, 0)


class TestPaint:
    @pytest.mark.parametrize("painter", sorted(PAINTERS))
    def test_every_painter_fills_any_size(self, painter: str) -> None:
        (wide,) = paint(catalogue.Picture(painter, "sage", (120, 60), 5, "png"))

        assert wide.size == (120, 60)
        assert np.asarray(wide).std() > 10

    @pytest.mark.parametrize("painter", ["ridges", "tiles", "washes"])
    def test_the_same_recipe_gives_the_same_pixels(self, painter: str) -> None:
        recipe = catalogue.Picture(painter, "sage", (80, 120), 5)

        first, second = (np.asarray(paint(recipe)[0]) for _ in range(2))

        assert first.shape == (120, 80, 3)
        assert np.array_equal(first, second)

    def test_another_seed_gives_another_picture(self) -> None:
        first, second = (
            np.asarray(paint(catalogue.Picture("terrazzo", "rose", (80, 80), seed))[0])
            for seed in (1, 2)
        )

        assert not np.array_equal(first, second)

    @pytest.mark.parametrize("kind", sorted(FORMATS))
    def test_saving_writes_the_named_file_in_its_kind(self, kind: str, tmp_path: Path) -> None:
        recipe = catalogue.Picture("tiles", "ochre", (60, 90), 1, kind)

        target = save(recipe, tmp_path)

        with Image.open(target) as image:
            facts = (image.format, image.size)
        assert target == tmp_path / f"{recipe.signature}.{kind}"
        assert facts == (FORMATS[kind], (60, 90))
