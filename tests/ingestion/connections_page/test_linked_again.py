"""An account that was let go and comes back, or another that looks like it."""

import uuid

import pytest

from connectors.models import Connection
from ingestion.models.job import JobKind, JobState
from ingestion.models.run import RunState
from ingestion.syncs.leaving import brought_by
from media.models import BoardItem
from tenants.models import Organization
from tenants.scope import org_scope
from tests.conftest import MemberClient
from tests.ingestion.connections_page.support import (
    begin,
    come_back,
    credentials,
    leave,
    link,
    refs,
    said,
    sync_job,
    work_all,
)
from tests.pinterest_api.fake import FakeBoard, FakePinterest

pytestmark = pytest.mark.django_db(transaction=True)


def brought_by_now(org: Organization, connection_id: uuid.UUID) -> int:
    with org_scope(org.pk):
        return brought_by(Connection.objects.get(pk=connection_id)).count


def test_linked_again_it_goes_on_and_brings_back_what_was_purged(
    fake: FakePinterest, org: Organization, admin_client: MemberClient, board: FakeBoard
) -> None:
    leave(admin_client, org, "purge")

    refused = come_back(admin_client, fake, begin(admin_client, org))
    assert "is being removed at the moment" in said(refused)
    work_all(org, JobKind.PURGE)
    link(admin_client, org, fake)
    run = work_all(org, JobKind.SYNC)

    assert (run.state, run.new_count) == (RunState.SUCCEEDED, 2)
    assert refs(org) == {f"pin:{pin}" for pin in board.pins}
    assert sync_job(org).state == JobState.ACTIVE


def connection_names(org: Organization) -> dict[str, str]:
    with org_scope(org.pk):
        linked = Connection.objects.exclude(connector="")
        return dict(linked.values_list("account_id", "name"))


def test_another_account_of_the_same_name_does_not_take_its_place(
    fake: FakePinterest, org: Organization, admin_client: MemberClient, board: FakeBoard
) -> None:
    """Names change hands at the source: what one account brought is not the other's to sweep."""
    leave(admin_client, org, "keep")
    with org_scope(org.pk):
        former = Connection.objects.get(connector="pinterest_api")
    fake.account = ("7777", "exampleuser")
    fake.boards.clear()

    refused = come_back(admin_client, fake, begin(admin_client, org, former))
    assert "which is another account than “Pinterest: exampleuser”" in said(refused)
    assert credentials(org) == []
    link(admin_client, org, fake)
    work_all(org, JobKind.SYNC)

    assert connection_names(org) == {
        "9001": "Pinterest: exampleuser",
        "7777": "Pinterest: exampleuser (7777)",
    }
    assert brought_by_now(org, former.pk) == 3
    with org_scope(org.pk):
        assert BoardItem.objects.filter(in_source=True).count() == 3


def test_an_account_that_was_renamed_meanwhile_is_still_the_same(
    fake: FakePinterest, org: Organization, admin_client: MemberClient, board: FakeBoard
) -> None:
    leave(admin_client, org, "keep")
    fake.account = ("9001", "somebody_new")

    link(admin_client, org, fake)

    assert connection_names(org) == {"9001": "Pinterest: exampleuser"}
    assert [each.account_name for each in credentials(org)] == ["somebody_new"]
