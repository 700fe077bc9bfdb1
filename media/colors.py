"""The colours that people filter by, and which of them a pixel's colour is."""

import colorsys

from django.db import models


class ColorName(models.TextChoices):
    """A dozen words that cover the wheel."""

    RED = "red", "Red"
    ORANGE = "orange", "Orange"
    YELLOW = "yellow", "Yellow"
    GREEN = "green", "Green"
    TEAL = "teal", "Teal"
    BLUE = "blue", "Blue"
    PURPLE = "purple", "Purple"
    PINK = "pink", "Pink"
    BROWN = "brown", "Brown"
    WHITE = "white", "White"
    GREY = "grey", "Grey"
    BLACK = "black", "Black"


# Upper bound of each hue in degrees, walking round the wheel from red.
_HUES = (
    (15, ColorName.RED),
    (45, ColorName.ORANGE),
    (70, ColorName.YELLOW),
    (160, ColorName.GREEN),
    (195, ColorName.TEAL),
    (255, ColorName.BLUE),
    (290, ColorName.PURPLE),
    (345, ColorName.PINK),
    (360, ColorName.RED),
)


def name_color(color: str) -> str:
    """Return the :class:`ColorName` of ``#rrggbb``, or an empty string for no colour."""
    if len(color) != 7 or not color.startswith("#"):  # noqa: PLR2004  # length of #rrggbb
        return ""
    red, green, blue = (int(color[at : at + 2], 16) / 255 for at in (1, 3, 5))
    hue, lightness, saturation = colorsys.rgb_to_hls(red, green, blue)
    chroma = max(red, green, blue) - min(red, green, blue)
    if lightness < 0.13:  # noqa: PLR2004  # below this no hue can be told
        return ColorName.BLACK
    if chroma < 0.09 or saturation < 0.1:  # noqa: PLR2004  # nearly no hue
        return ColorName.WHITE if lightness > 0.85 else ColorName.GREY  # noqa: PLR2004
    name = next(name for bound, name in _HUES if hue * 360 <= bound)
    if name in (ColorName.RED, ColorName.ORANGE, ColorName.YELLOW) and (
        lightness < 0.42 and chroma < 0.55  # noqa: PLR2004  # a dark, muted warm tone
    ):
        return ColorName.BROWN
    return name
