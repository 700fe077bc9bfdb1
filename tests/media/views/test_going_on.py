"""What pages show of a change that goes on behind the request."""

from collections.abc import Iterator

import pytest
from django.test import Client, override_settings

from media import operations
from media.models import Asset, Operation
from tenants.models import Organization
from tenants.permissions import Role
from tenants.scope import org_scope
from tests.conftest import ClientFor, MemberClient
from tests.media.making import make_asset
from tests.media.views.support import HTMX, address, after, flat, fresh, toasts

pytestmark = pytest.mark.django_db
ALL = {"all": "1", "query": ""}


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch, org: Organization) -> Iterator[None]:
    """Three assets, of which more than one is very many, each in a batch of its own."""
    for number in range(3):
        make_asset(org, f"Chair {number}")
    monkeypatch.setattr("media.operations.freezing.BATCH_SIZE", 1)
    with override_settings(BULK_MAX_AT_ONCE=1):
        yield


def start(client: Client) -> Operation:
    """Move all to the trash, which begins only."""
    client.post(address("bulk_trash"), ALL)
    return Operation.objects.get()


def work(org: Organization, *, batches: int) -> None:
    with org_scope(org.pk):
        for _ in range(batches):
            operations.work_next_batch()


class TestToast:
    def test_follows_how_far_it_is(self, org: Organization, member_client: MemberClient) -> None:
        response = member_client.post(address("bulk_trash"), ALL, headers=HTMX)

        with org_scope(org.pk):
            operation = Operation.objects.get()
            assert Asset.objects.present().count() == 3
        assert toasts(response) == []
        assert "Removing 3 assets: 0 done." in flat(response)
        assert address("operation_progress", operation_id=operation.pk) in flat(response)
        assert address("cancel", operation_id=operation.pk) in flat(response)
        assert "magpie:wall-stale" not in response["HX-Trigger"]

        work(org, batches=2)
        response = member_client.get(
            address("operation_progress", operation_id=operation.pk), headers=HTMX
        )

        assert (response.status_code, "HX-Retarget" in response) == (200, False)
        assert "Removing 3 assets: 2 done." in flat(response)

    def test_ends_with_an_undo(self, org: Organization, member_client: MemberClient) -> None:
        with org_scope(org.pk):
            operation = start(member_client)
        work(org, batches=3)

        response = member_client.get(
            address("operation_progress", operation_id=operation.pk), headers=HTMX
        )

        assert response.status_code == 286
        assert response["HX-Retarget"] == f"#operation-{operation.pk}"
        assert "magpie:wall-stale" in response["HX-Trigger"]
        assert toasts(response) == ["Removed 3 assets."]
        assert address("undo", operation_id=operation.pk) in flat(response)

    def test_is_there_on_the_next_page_without_script(
        self, org: Organization, member_client: MemberClient
    ) -> None:
        response = after(member_client, member_client.post(address("bulk_trash"), ALL))

        assert "Removing 3 assets…" in flat(response)
        assert "/progress/" in flat(response)


class TestActivity:
    def test_shows_a_bar_and_no_undo(self, org: Organization, member_client: MemberClient) -> None:
        with org_scope(org.pk):
            operation = start(member_client)
        work(org, batches=2)
        member_client.get(address("library"))

        text = flat(member_client.get(address("activity")))

        assert 'max="3" value="2"' in text
        assert address("undo", operation_id=operation.pk) not in text
        assert address("cancel", operation_id=operation.pk) in text

    def test_a_row_asks_until_it_has_ended(
        self, org: Organization, member_client: MemberClient
    ) -> None:
        with org_scope(org.pk):
            operation = start(member_client)
        there = address("operation_progress", operation_id=operation.pk) + "?row=1"

        going_on = member_client.get(there, headers=HTMX)
        work(org, batches=3)
        ended = member_client.get(there, headers=HTMX)

        assert (going_on.status_code, ended.status_code) == (200, 286)
        assert ended["HX-Retarget"] == f"#operation-row-{operation.pk}"
        assert address("undo", operation_id=operation.pk) in flat(ended)


class TestCancel:
    def test_keeps_what_was_done(self, org: Organization, member_client: MemberClient) -> None:
        with org_scope(org.pk):
            operation = start(member_client)
        work(org, batches=1)
        member_client.get(address("library"))

        cancelled = address("cancel", operation_id=operation.pk)
        response = after(member_client, member_client.post(cancelled))
        again = after(member_client, member_client.post(cancelled))

        assert toasts(response) == ["Removed 1 asset (stopped after 1 of 3)."]
        assert toasts(again) == ["It had ended already; nothing was stopped."]
        work(org, batches=1)
        with org_scope(org.pk):
            assert Asset.objects.present().count() == 2

    def test_is_not_for_other_editors(
        self, org: Organization, member_client: MemberClient, client_for: ClientFor
    ) -> None:
        with org_scope(org.pk):
            operation = start(member_client)
        there = address("cancel", operation_id=operation.pk)

        assert client_for(Role.EDITOR).post(there).status_code == 403
        assert client_for(Role.VIEWER).post(there).status_code == 403
        assert fresh(operation).is_going_on
        assert client_for(Role.ADMIN).post(there).status_code == 302
        assert not fresh(operation).is_going_on

    def test_an_undo_waits_for_it(self, org: Organization, member_client: MemberClient) -> None:
        with org_scope(org.pk):
            operation = start(member_client)
        member_client.get(address("library"))

        response = after(
            member_client, member_client.post(address("undo", operation_id=operation.pk))
        )

        assert "This is still going on. Cancel it first, then undo what was done." in flat(response)


class TestApi:
    def test_follows_and_cancels(self, org: Organization, member_client: MemberClient) -> None:
        headers = {"X-Magpie-Org": org.slug}

        begun = member_client.post(
            "/api/v1/assets/bulk",
            {"action": "trash", "all": True},
            content_type="application/json",
            headers=headers,
        ).json()
        work(org, batches=1)
        there = f"/api/v1/operations/{begun['id']}"
        seen = member_client.get(there, headers=headers).json()
        undone = member_client.post(f"{there}/undo", headers=headers)
        ended = member_client.post(f"{there}/cancel", headers=headers).json()

        assert (begun["is_going_on"], begun["done_count"], begun["total_count"]) == (True, 0, 3)
        assert (seen["is_going_on"], seen["done_count"], seen["changed_count"]) == (True, 1, 1)
        assert undone.status_code == 409
        assert (ended["is_going_on"], ended["summary"]) == (
            False,
            "Removed 1 asset (stopped after 1 of 3)",
        )
