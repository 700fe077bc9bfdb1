"""Weights are fetched once, by hand, and only the right ones are kept."""

import hashlib
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from pytest_django import Settings

from faces.engine import spec as specs
from faces.engine.spec import Weight
from faces.engine.weights import weights_folder
from tests.faces.fakes import FAKE
from tests.ingestion.stages.sites import PictureSite, picture_site

HOST = "weights.example.com"


@pytest.fixture
def site(settings: Settings, tmp_path: Path) -> Iterator[PictureSite]:
    with picture_site() as found:
        settings.FETCH_HOST_MAP = {HOST: found.address}
        settings.FACES_HOME = tmp_path
        yield found


def engine_with(content: bytes, monkeypatch: pytest.MonkeyPatch) -> str:
    """Make an engine known whose one file is ``content``; return its key."""
    weight = Weight(
        file_name="fake.dat",
        sha256=hashlib.sha256(content).hexdigest(),
        size_bytes=1_000_000,
        licence="MIT",
        is_commercial=True,
        url=f"https://{HOST}/1.jpg",
    )
    known = replace(FAKE, key="fake-fetched", weights=(weight,))
    monkeypatch.setitem(specs.SPECS, known.key, known)
    return known.key


def test_the_right_file_is_kept_and_not_fetched_again(
    site: PictureSite,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    engine = engine_with(site.picture, monkeypatch)

    call_command("fetch_face_weights", engine=engine)
    call_command("fetch_face_weights", engine=engine)

    assert (weights_folder(tmp_path) / "fake.dat").read_bytes() == site.picture
    assert capsys.readouterr().out.count("Fetched fake.dat.") == 1


@pytest.mark.parametrize("hosts", [{}, {HOST: "127.0.0.1:1"}])
def test_another_file_or_none_is_refused_and_nothing_is_left(
    site: PictureSite,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    settings: Settings,
    hosts: dict[str, str],
) -> None:
    engine = engine_with(b"something else", monkeypatch)
    settings.FETCH_HOST_MAP = settings.FETCH_HOST_MAP | hosts

    with pytest.raises(CommandError, match=r"fake\.dat: The weights"):
        call_command("fetch_face_weights", engine=engine)

    assert list(weights_folder(tmp_path).iterdir()) == []
