"""The colours of the demo pictures: ten moods of six colours each."""

from dataclasses import dataclass

from PIL import ImageColor

from ingestion.demo.paint.canvas import Colour, mix

WARM_WHITE = (255, 240, 205)
BRIGHT = 480  # the sum of the three channels


@dataclass(frozen=True, slots=True)
class Palette:
    """Five steps from paper to dark and one accent that none of them resembles."""

    paper: Colour
    light: Colour
    mid: Colour
    strong: Colour
    dark: Colour
    accent: Colour

    @property
    def sun(self) -> Colour:
        """The accent where it can shine, else a warm white: a dark sun looks like an eclipse."""
        return self.accent if sum(self.accent) > BRIGHT else mix(self.paper, WARM_WHITE, 0.5)

    @property
    def steps(self) -> tuple[Colour, ...]:
        return (self.light, self.mid, self.strong, self.dark, self.accent)


def _palette(*names: str) -> Palette:
    colours: list[Colour] = []
    for name in names:
        red, green, blue = ImageColor.getrgb(name)[:3]
        colours.append((red, green, blue))
    return Palette(*colours)


PALETTES = {
    "dawn": _palette("#fbeedd", "#f6cfae", "#e99f83", "#b9656c", "#4a3350", "#f7d98f"),
    "dusk": _palette("#f9e3d8", "#eeb0a6", "#b97591", "#6d4a7d", "#292146", "#ffcf86"),
    "sage": _palette("#f4f2e6", "#d0dac1", "#a0b694", "#6a8b72", "#2d4942", "#e5a869"),
    "moss": _palette("#f4f0df", "#d9d5a6", "#a6ad6a", "#66763e", "#2d3a27", "#d98558"),
    "indigo": _palette("#eff2f7", "#bccbe4", "#7f99c9", "#4560a1", "#1b2a56", "#f3ba82"),
    "sea": _palette("#f1f6f1", "#c3e2dc", "#7dbcbd", "#2f8094", "#113d53", "#f5a883"),
    "terracotta": _palette("#f8ecdf", "#eed0b3", "#dc9d74", "#bd5f40", "#592a26", "#3f716c"),
    "ochre": _palette("#fbf2dd", "#f2d899", "#e1ad4e", "#ba772b", "#57371f", "#2e5e63"),
    "rose": _palette("#fcf2ee", "#f4d3cc", "#e3a49e", "#be6b6e", "#5b2b3a", "#87a38f"),
    "mono": _palette("#f5f3ef", "#dad6cf", "#aaa59d", "#6a6662", "#252326", "#c8a27a"),
    "night": _palette("#ece8f2", "#9298c8", "#5862a0", "#2d3469", "#111430", "#f8df9f"),
}
