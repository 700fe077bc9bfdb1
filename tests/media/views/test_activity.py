"""What people changed, and taking it back."""

import re

import pytest
from django.test import Client

from media import operations
from media.models import Operation
from media.operations import Selection
from tenants.models import Organization, User
from tenants.permissions import Role
from tenants.scope import org_scope
from tests.conftest import ClientFor, MemberClient
from tests.media.making import make_asset
from tests.media.views.support import HTMX, address, after, flat, fresh, queries_of, toasts

pytestmark = pytest.mark.django_db


def trash(org: Organization, by: User, title: str = "Lamp") -> Operation:
    """Remove a new asset."""
    asset = make_asset(org, title)
    with org_scope(org.pk):
        return operations.trash_assets(Selection.of_ids([asset.pk]), by)


def undo(client: Client, operation: Operation) -> int:
    return client.post(address("undo", operation_id=operation.pk)).status_code


class TestActivity:
    def test_lists_who_did_what(self, org: Organization, member_client: MemberClient) -> None:
        trash(org, member_client.user)

        text = flat(member_client.get(address("activity")))

        assert "Removed 1 asset" in text
        assert member_client.user.name in text
        assert "Today" in text

    def test_says_what_will_be_here(self, org: Organization, member_client: Client) -> None:
        assert "Nothing was changed yet" in flat(member_client.get(address("activity")))

    def test_goes_on_behind_the_last_one_without_a_second_heading(
        self, org: Organization, member_client: MemberClient, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("media.library.activity.PAGE_SIZE", 2)
        for title in "ABC":
            trash(org, member_client.user, title)

        first = flat(member_client.get(address("activity")))
        [link] = re.findall(r'href="([^"]+)"\s+rel="next"', first)
        second = flat(member_client.get(link, headers=HTMX))

        assert first.count("timeline__text") == 2
        assert second.count("timeline__text") == 1
        assert "Today" not in second

    def test_costs_the_same_number_of_queries_for_one_and_for_three(
        self, org: Organization, member_client: MemberClient, client_for: ClientFor
    ) -> None:
        trash(org, member_client.user)
        once = queries_of(member_client, address("activity"))
        for title in "AB":
            trash(org, client_for(Role.EDITOR).user, title)

        assert queries_of(member_client, address("activity")) == once


class TestUndo:
    def test_takes_it_back_and_offers_to_do_it_again(
        self, org: Organization, member_client: MemberClient
    ) -> None:
        operation = trash(org, member_client.user)

        response = after(
            member_client, member_client.post(address("undo", operation_id=operation.pk))
        )

        assert toasts(response) == ["Undid: Removed 1 asset."]
        assert "undone by" in flat(response)
        assert "Do again" in flat(response)

    def test_leads_back_to_the_page_that_it_was_asked_on_and_nowhere_else(
        self, org: Organization, member_client: MemberClient
    ) -> None:
        there = "http://testserver" + address("library") + "?q=lamp"
        first, second = trash(org, member_client.user), trash(org, member_client.user)

        ours = member_client.post(
            address("undo", operation_id=first.pk), headers={"Referer": there}
        )
        theirs = member_client.post(
            address("undo", operation_id=second.pk), headers={"Referer": "https://evil.example/"}
        )

        assert ours["Location"] == there
        assert theirs["Location"] == address("activity")

    def test_the_second_time_says_that_it_is_done(
        self, org: Organization, member_client: MemberClient
    ) -> None:
        operation = trash(org, member_client.user)
        undo(member_client, operation)
        member_client.get(address("activity"))

        response = after(
            member_client, member_client.post(address("undo", operation_id=operation.pk))
        )

        assert toasts(response) == ["That was undone already."]

    def test_an_editor_undoes_only_what_is_their_own(
        self, org: Organization, member_client: MemberClient, client_for: ClientFor
    ) -> None:
        operation = trash(org, client_for(Role.EDITOR).user)

        assert "Undo<" not in flat(member_client.get(address("activity")))
        assert undo(member_client, operation) == 403

    def test_an_admin_undoes_what_others_did(
        self, org: Organization, member_client: MemberClient, client_for: ClientFor
    ) -> None:
        operation = trash(org, member_client.user)

        assert undo(client_for(Role.ADMIN), operation) == 302
        fresh(operation)
        assert operation.undone_at is not None

    def test_a_viewer_undoes_nothing(
        self, org: Organization, member_client: MemberClient, client_for: ClientFor
    ) -> None:
        operation = trash(org, member_client.user)

        assert undo(client_for(Role.VIEWER), operation) == 403
