"""Where somebody may point us who saves something: every trick of the corpus of the guard."""

import contextlib
from collections.abc import Iterator
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest
from django.test import override_settings

from connectors.errors import AddressRefusedError, FetchError
from connectors.guard import judge, resolving
from ingestion.gather.captures.services import page_to_save, picture_to_save
from ingestion.gather.captures.targets import find_target, lead_on
from tests.connectors.guard.support import SocketSpy
from tests.connectors.guard.test_corpus import OWN, SHARED, EveryHost, Row, read_corpus

CORPUS = SHARED if SHARED.exists() else OWN


@pytest.fixture
def spy(monkeypatch: pytest.MonkeyPatch) -> SocketSpy:
    spy = SocketSpy()
    spy.install(monkeypatch)
    return spy


def straight(path: Path, expect: str) -> Iterator[Row]:
    """Return the rows about an address itself; redirects are the client's to judge."""
    return (row for row in read_corpus(path) if row.expect == expect and not row.redirect)


def open_page(row: Row, monkeypatch: pytest.MonkeyPatch) -> None:
    """Do what the window does first with what it is opened with."""
    resolver: Any = EveryHost(row)
    monkeypatch.setattr(
        resolving.SystemResolver, "resolve", lambda _, host, port: resolver.resolve(host, port)
    )
    turn: Any = None  # nothing is rendered of what gives no page
    find_target(lead_on(page_to_save(row.url)), "", pin_id="", turn=turn)


@pytest.mark.django_db
def test_nothing_is_connected_to_that_is_not_public(
    spy: SocketSpy, monkeypatch: pytest.MonkeyPatch
) -> None:
    wrong = []
    for row in straight(CORPUS, "block"):
        # Names that nobody knows are not refused.
        with contextlib.suppress(AddressRefusedError, FetchError):
            open_page(row, monkeypatch)
            wrong.append(row.url)

    assert wrong == []
    # White space around what people paste is no trick: what is left of it may be public.
    for host, _ in spy.connects:
        judge(ip_address(host))


def test_a_picture_is_judged_like_a_page() -> None:
    passed = []
    for row in straight(OWN, "block"):
        try:
            picture_to_save(row.url)
        except AddressRefusedError:
            continue
        passed.append(row)

    # Those whose text is in order, and whose address is judged when it is known.
    assert [row.url for row in passed if not row.replies and "://" not in row.url] == []


def test_addresses_that_lead_outside_are_taken() -> None:
    assert [row.url for row in straight(OWN, "allow") if not page_to_save(row.url)] == []


def test_what_no_parser_agrees_on_is_refused() -> None:
    for url in ("http://[::1", "https://[::1/pin/1/", "javascript:alert(1)", "data:image/png,x"):
        with pytest.raises(AddressRefusedError):
            page_to_save(url)


@override_settings(FETCH_HOST_MAP={})
def test_a_short_address_that_leads_inside_is_refused(
    spy: SocketSpy, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def inside(*_: Any) -> list[str]:
        return ["10.0.0.1"]

    monkeypatch.setattr(resolving.SystemResolver, "resolve", inside)

    with pytest.raises(AddressRefusedError):
        lead_on("https://pin.it/abc")
    assert spy.connects == []
