"""The colours can be read in both themes (WCAG 2.2, level AA)."""

import re
from pathlib import Path

import pytest
from django.conf import settings

STYLES = Path(settings.BASE_DIR) / "static/css"
DECLARATION = re.compile(r"(--[\w-]+):\s*([^;]+);")
SURFACES = ["ground", "surface", "surface-raised", "surface-sunken", "surface-hover"]
TEXT_PAIRS = [
    *((ink, surface) for ink in ("ink", "ink-soft", "ink-muted") for surface in SURFACES),
    *(
        (ink, surface)
        for ink in ("accent", "success", "warning", "danger", "info")
        for surface in ("ground", "surface", "surface-raised")
    ),
    *((state, f"{state}-soft") for state in ("success", "warning", "danger", "info")),
    *(("ink-soft", f"{state}-soft") for state in ("success", "warning", "danger", "info")),
    *(
        (f"status-{status}", f"status-{status}-soft")
        for status in ("queued", "processing", "completed", "skipped", "failed")
    ),
    ("accent-ink", "accent"),
    ("accent-ink", "accent-hover"),
    ("accent-soft-ink", "accent-soft"),
    ("danger-ink", "danger-fill"),
    ("danger-ink", "danger-fill-hover"),
    ("ink-inverse", "ink"),
]
CONTROL_PAIRS = [(edge, s) for edge in ("line-control", "accent") for s in SURFACES]
THEMES = {"light": 0, "dark": 1}


def colours(theme: str) -> dict[str, str]:
    """Return the hexadecimal colour of each token in ``theme``."""
    declared = dict(DECLARATION.findall((STYLES / "tokens.css").read_text()))

    def resolve(value: str) -> str:
        if pair := re.fullmatch(r"light-dark\((.+?), ([^,]+)\)", value):
            return resolve(pair[THEMES[theme] + 1])
        if name := re.fullmatch(r"var\((--[\w-]+)\)", value):
            return resolve(declared[name[1]])
        return value

    resolved = {name[2:]: resolve(value.strip()) for name, value in declared.items()}
    return {name: v for name, v in resolved.items() if re.fullmatch(r"#[0-9a-f]{6}", v)}


def luminance(colour: str) -> float:
    channels = (int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5))
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    """Return the ratio of two colours, from 1 (same) to 21 (black on white)."""
    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


@pytest.mark.parametrize("theme", THEMES)
class TestContrast:
    @pytest.mark.parametrize(("ink", "surface"), TEXT_PAIRS)
    def test_text_can_be_read(self, theme: str, ink: str, surface: str) -> None:
        tokens = colours(theme)

        assert contrast(tokens[ink], tokens[surface]) >= 4.5

    @pytest.mark.parametrize(("edge", "surface"), CONTROL_PAIRS)
    def test_edges_of_controls_can_be_seen(self, theme: str, edge: str, surface: str) -> None:
        tokens = colours(theme)

        assert contrast(tokens[edge], tokens[surface]) >= 3


class TestStyleSheets:
    def test_every_component_is_imported_once(self) -> None:
        imported = re.findall(r'url\("([^"]+)"\)', (STYLES / "index.css").read_text())
        present = {str(path.relative_to(STYLES)) for path in STYLES.rglob("*.css")} - {"index.css"}

        assert sorted(imported) == sorted(present)

    @pytest.mark.parametrize("sheet", sorted(STYLES.rglob("*.css")), ids=lambda p: p.name)
    def test_only_tokens_that_exist_are_used_without_a_fallback(self, sheet: Path) -> None:
        everywhere = "".join(path.read_text() for path in STYLES.rglob("*.css"))
        scripts = "".join(path.read_text() for path in (STYLES.parent / "js").glob("*.js"))
        known = set(re.findall(r"(--[\w-]+):", everywhere)) | set(
            re.findall(r'setProperty\("(--[\w-]+)"', scripts)
        )

        used = set(re.findall(r"var\((--[\w-]+)\)", sheet.read_text()))

        assert used - known == set()
