"""Two who press at once: a board is made once."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connections
from django.test import Client

from media.models import Board, Operation
from tenants.models import Organization
from tenants.permissions import Role
from tenants.scope import org_scope
from tests.conftest import ClientFor
from tests.media.making import make_asset
from tests.media.views.support import address

pytestmark = pytest.mark.django_db(transaction=True)

AT_ONCE = 6


def post_at_once(client: Client, url: str, fields: dict[str, object]) -> list[int]:
    """Send a form several times at once and return the statuses."""

    def post(_: int) -> int:
        try:
            mine = Client()
            mine.cookies = client.cookies
            return mine.post(url, fields).status_code
        finally:
            connections.close_all()

    with ThreadPoolExecutor(AT_ONCE) as pool:
        return list(pool.map(post, range(AT_ONCE)))


def test_a_new_board_of_one_name(org: Organization, client_for: ClientFor) -> None:
    client = client_for(Role.EDITOR)

    statuses = post_at_once(client, address("board_create"), {"name": "Racy"})

    assert statuses == [302] * AT_ONCE
    with org_scope(org.pk):
        assert [board.name for board in Board.objects.all()] == ["Racy"]


def test_a_new_board_for_what_is_selected(org: Organization, client_for: ClientFor) -> None:
    client, asset = client_for(Role.EDITOR), make_asset(org)

    post_at_once(client, address("bulk_board"), {"ids": [str(asset.pk)], "board_name": "Racy"})

    with org_scope(org.pk):
        assert [board.name for board in Board.objects.all()] == ["Racy"]
        assert Operation.objects.count() == 1
