"""Sheets and scripts as they are served: one file of each."""

import json
import re
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import call_command
from django.test import override_settings

STATIC = Path(settings.BASE_DIR) / "static"


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """What is served under a name after ``collectstatic``."""
    folder = tmp_path_factory.mktemp("static")
    kind = {"BACKEND": "config.static_files.StaticFilesStorage"}
    with override_settings(STATIC_ROOT=folder, STORAGES={**settings.STORAGES, "staticfiles": kind}):
        call_command("collectstatic", interactive=False, verbosity=0)
    names = json.loads((folder / "staticfiles.json").read_text())["paths"]
    return {name: (folder / names[name]).read_text() for name in ("css/index.css", "js/index.js")}


def test_the_sheet_holds_every_sheet_in_its_layer(served: dict[str, str]) -> None:
    source = (STATIC / "css/index.css").read_text()
    imported = re.findall(r'@import url\("([^"]+)"\) layer\(([\w-]+)\)', source)
    sheets = [
        f"@layer {layer} {{\n{(STATIC / 'css' / path).read_text()}}}" for path, layer in imported
    ]

    sheet = served["css/index.css"]

    assert len(sheets) == source.count("@import")
    assert [part for part in sheets if part not in sheet] == []
    assert sorted(sheets, key=sheet.index) == sheets
    assert "@import" not in sheet
    assert "url(" not in sheet, "in one file it would mean another folder"


def test_the_script_holds_every_script(served: dict[str, str]) -> None:
    scripts = {path.name: path.read_text() for path in (STATIC / "js").glob("*.js")}
    # The page waits for it, and so it is asked for by itself.
    del scripts["grid.js"]
    index = scripts.pop("index.js")

    script = served["js/index.js"]

    assert sorted(re.findall(r'import "\./(.+)";', index)) == sorted(scripts)
    assert [name for name, content in scripts.items() if content not in script] == []
    assert re.findall(r"^\s*(?:import|export)\b.*", script, re.MULTILINE) == []
