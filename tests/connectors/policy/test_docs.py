"""The page of the terms says of every way what its declaration says."""

import re

import pytest
from django.conf import settings

from connectors.policy import Declared, declared
from connectors.policy.retention import LIVE_DAYS

PAGE = (settings.BASE_DIR / "docs" / "policy.md").read_text(encoding="utf-8")
# Of Magpie itself, not of other tests.
OURS = [way for way in declared() if way.name.startswith("pinterest")]


def section_of(way: Declared) -> str:
    """Return what the page says of a way; fails where it says nothing."""
    parts = re.split(r"^## ", PAGE, flags=re.MULTILINE)
    (found,) = [part for part in parts if part.startswith(f"`{way.name}`\n")]
    return found


@pytest.mark.parametrize("way", OURS, ids=lambda way: way.name)
def test_every_way_has_its_section(way: Declared) -> None:
    section = section_of(way)

    assert "What you have to do:" in section
    assert f"(#{way.name})" in PAGE


def test_the_terms_are_those_of_the_declarations() -> None:
    for way in OURS:
        assert way.terms.url in PAGE
        assert f"{way.terms.read_on:%-d %B %Y}" in PAGE


def test_the_conflict_is_named() -> None:
    (api,) = [section_of(way) for way in OURS if way.name == "pinterest_api"]

    assert "you may not store any information" in " ".join(api.split())
    assert "This conflicts with what Magpie is" in api


def test_the_days_of_a_live_view_are_those_of_the_code() -> None:
    decision = settings.BASE_DIR / "docs" / "decisions" / "live-view-keeps-references.md"

    for text in (PAGE, decision.read_text(encoding="utf-8")):
        assert set(re.findall(r"(\d+) days", text)) == {str(LIVE_DAYS)}
