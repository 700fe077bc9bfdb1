"""Templates keep to the content security policy and name only what exists."""

import re
from pathlib import Path

import pytest
from django.conf import settings

ROOT = Path(settings.BASE_DIR)
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))
STATIC = ROOT / "static"

INLINE_STYLE = re.compile(r"""<style\b|\sstyle\s*=\s*["']""", re.IGNORECASE)
INLINE_HANDLER = re.compile(r"""<[^>]*\son[a-z]+\s*=\s*["']""", re.IGNORECASE)
SCRIPT = re.compile(r"<script\b(?P<attributes>[^>]*)>", re.IGNORECASE)
ICON = re.compile(
    r"""components/(?:icon\.html"\s+with\s+name|nav_link\.html"[^%]*?\sicon)="(?P<name>[\w-]+)\""""
)
STATIC_PATH = re.compile(r"""\{%\s*static\s+["'](?P<path>[^"']+)["']""")


def template_id(path: Path) -> str:
    return str(path.relative_to(ROOT))


@pytest.mark.parametrize("template", TEMPLATES, ids=template_id)
class TestTemplate:
    def test_has_no_inline_style(self, template: Path) -> None:
        assert INLINE_STYLE.search(template.read_text()) is None

    def test_has_no_inline_script(self, template: Path) -> None:
        source = template.read_text()

        inline = [
            match["attributes"] for match in SCRIPT.finditer(source) if "src=" not in match[0]
        ]
        assert inline == []
        assert INLINE_HANDLER.search(source) is None

    def test_names_only_icons_that_are_drawn(self, template: Path) -> None:
        drawn = set(re.findall(r'<symbol id="([\w-]+)"', (STATIC / "img/icons.svg").read_text()))

        assert {match["name"] for match in ICON.finditer(template.read_text())} - drawn == set()

    def test_names_only_static_files_that_exist(self, template: Path) -> None:
        named = {match["path"] for match in STATIC_PATH.finditer(template.read_text())}

        assert {path for path in named if not (STATIC / path).is_file()} == set()
