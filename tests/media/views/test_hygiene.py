"""What holds for every answer of the library's pages."""

from typing import Any

import pytest
from django.test import Client

from tenants.models import Organization
from tenants.scope import org_scope
from tests.conftest import MemberClient
from tests.media.making import make_asset, make_board
from tests.media.views.support import HTMX, address, inline_code

pytestmark = pytest.mark.django_db

EVIL = "\"><script>alert(1)</script><img src=x onerror=alert(2)>' onload=x"
LISTS = ["library", "facets", "progress", "board_choices", "boards", "trash", "activity"]


@pytest.fixture
def full_of_scripts(org: Organization, member_client: MemberClient) -> dict[str, str]:
    """Return the addresses of pages whose every text tries to be a script."""
    board = make_board(org, EVIL)
    texts: dict[str, Any] = {"source_text": EVIL, "alt_text": EVIL, "domain": EVIL, "creator": EVIL}
    links: dict[str, Any] = {"link_url": f"https://x/{EVIL}", "source_url": EVIL}
    asset = make_asset(
        org, EVIL, pictures=2, tags=(EVIL[:60],), boards=(board,), dominant_color='"><sc', **texts,
        **links,
    )  # fmt: skip
    words = make_asset(org, EVIL, media_status="link_only", **texts, **links)
    named = {"asset_id": asset.pk}
    member_client.post(address("asset_text", **named), {"title": EVIL, "text": EVIL})
    member_client.post(address("board_rename", board_id=board.pk), {"name": EVIL})
    member_client.post(address("asset_trash", asset_id=make_asset(org, EVIL, **texts).pk))
    with org_scope(org.pk):
        member_client.user.name = EVIL
        member_client.user.save()
    return {
        **{name: address(name) for name in LISTS},
        "searched": address("library") + "?q=%22%3E%3Cscript%3E&source=%3Cb%3E&color=%22x",
        "asset": address("asset", **named),
        "words": address("asset", asset_id=words.pk),
        "board": address("board", board_id=board.pk),
        "tag_choices": address("tag_choices") + "?tags=%22",
    }


class TestEveryAnswer:
    def test_shows_texts_as_texts(
        self, full_of_scripts: dict[str, str], member_client: Client
    ) -> None:
        for name, url in full_of_scripts.items():
            for headers in ({}, HTMX):
                text = member_client.get(url, headers=headers).text

                assert inline_code(text) == [], name
                assert "<script>alert" not in text, name
                assert "<img src=x" not in text, name

    def test_comes_with_a_policy_that_allows_no_inline_code(
        self, full_of_scripts: dict[str, str], member_client: Client
    ) -> None:
        for url in full_of_scripts.values():
            policy = member_client.get(url)["Content-Security-Policy"]
            assert "script-src 'self'" in policy
            assert "unsafe" not in policy

    def test_get_changes_nothing_and_changes_need_a_post(
        self, org: Organization, member_client: Client
    ) -> None:
        asset, board = make_asset(org, "A"), make_board(org, "B")
        changes = [
            *(address(name) for name in ("bulk_board", "bulk_tags", "bulk_trash", "board_create")),
            *(address(name, asset_id=asset.pk) for name in ("asset_text", "asset_trash")),
            *(address(name, board_id=board.pk) for name in ("board_rename", "board_remove")),
        ]

        assert {member_client.get(url).status_code for url in changes} == {405}

    def test_a_form_without_its_token_is_refused(self, org: Organization) -> None:
        client = Client(enforce_csrf_checks=True)

        assert client.post(address("bulk_trash")).status_code == 403
