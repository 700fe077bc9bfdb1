"""Letting an account go: what stays, what goes, and that it is told beforehand."""

import dataclasses
import datetime as dt

import pytest
from django.utils import timezone

from connectors.models import ConnectorReview
from ingestion import control
from ingestion.models import AssetOrigin, DatasetStatus, Job, Sighting, SourceCheckpoint, SyncRun
from ingestion.models.job import JobKind, JobState
from ingestion.models.run import RunState
from ingestion.syncs.leaving import brought_by, disconnect, purge
from ingestion.syncs.purging import BATCH
from media.models import Asset, Board, Tombstone
from tenants.ids import uuid7
from tenants.models import Organization
from tenants.permissions import Role
from tenants.scope import org_scope
from tests.conftest import ClientFor, MemberClient
from tests.connectors.policy.reviews import OFFICIAL, review
from tests.connectors.readers.builders import account_export
from tests.ingestion.connections_page.support import (
    credentials,
    leave,
    link,
    page,
    refs,
    said,
    sync_job,
    work_all,
)
from tests.ingestion.support import import_bytes
from tests.ingestion.views.support import text_of
from tests.media.making import make_asset
from tests.pinterest_api.fake import FakeBoard, FakePinterest

pytestmark = pytest.mark.django_db(transaction=True)


def leave_again(client: MemberClient, address: str) -> str:
    """Leave what is disconnected already."""
    return said(client.post(address, {"brought": "keep"}))


def sync_all(org: Organization) -> None:
    """Sync the account that was linked last."""
    with org_scope(org.pk):
        job = Job.objects.filter(kind=JobKind.SYNC).order_by("created_at").last()
        assert job is not None
        control.run_now(job, by=None)
    assert work_all(org, JobKind.SYNC).state == RunState.SUCCEEDED


def test_what_was_imported_stays_and_nothing_is_read_any_more(
    org: Organization, admin_client: MemberClient, board: FakeBoard
) -> None:
    before = refs(org)

    sentence = leave(admin_client, org, "keep")

    assert "what it brought stays" in sentence
    assert "list of apps at Pinterest" in sentence
    assert credentials(org) == []
    assert refs(org) == before
    job = sync_job(org)
    assert (job.state, job.next_due_at) == (JobState.ARCHIVED, None)
    with org_scope(org.pk):
        assert not DatasetStatus.objects.filter(connection=job.connection).exists()


def test_pipelines_tells_of_it_no_more(
    org: Organization, admin_client: MemberClient, board: FakeBoard
) -> None:
    """It was synced, whatever is forgotten of it: "never synced" would be a lie."""
    pipelines = page(org, "pipelines")
    assert "Pinterest: exampleuser" in text_of(admin_client.get(pipelines))

    leave(admin_client, org, "keep")

    assert "Pinterest: exampleuser" not in text_of(admin_client.get(pipelines))


def test_what_only_it_brought_is_removed_and_the_rest_stays(
    org: Organization, admin_client: MemberClient, board: FakeBoard
) -> None:
    with org_scope(org.pk):
        mine = make_asset(org, "Mine", source="upload", source_ref="upload:1")

    sentence = leave(admin_client, org, "purge")
    run = work_all(org, JobKind.PURGE)

    assert "is being removed" in sentence
    assert run.state == RunState.SUCCEEDED
    assert refs(org) == {f"pin:{board.pins[0]}", mine.source_ref}
    connection = sync_job(org).connection
    with org_scope(org.pk):
        assert not AssetOrigin.objects.filter(connection=connection).exists()
        assert not SourceCheckpoint.objects.filter(connection=connection).exists()
        assert not Sighting.objects.exists()
        assert not Tombstone.objects.exists()
        assert AssetOrigin.objects.count() == 1
        # The pin that stays is on it.
        assert Board.objects.count() == 1


def test_boards_that_lost_all_go_though_something_else_brought_others(
    fake: FakePinterest, org: Organization, admin_client: MemberClient, board: FakeBoard
) -> None:
    fake.add_board("Baths", pins=2)
    with org_scope(org.pk):
        control.run_now(sync_job(org), by=None)
    work_all(org, JobKind.SYNC)
    with org_scope(org.pk):
        assert {str(each) for each in Board.objects.all()} == {"Kitchens", "Baths"}

    leave(admin_client, org, "purge")
    work_all(org, JobKind.PURGE)

    with org_scope(org.pk):
        assert [str(each) for each in Board.objects.all()] == ["Kitchens"]


def test_boards_that_never_held_a_pin_go_unless_another_account_has_them(
    fake: FakePinterest, org: Organization, admin_client: MemberClient, board: FakeBoard
) -> None:
    with org_scope(org.pk):
        # An export of the same account told of this one before.
        early = Board.objects.create(
            org=org, source="pinterest", source_key="board:4711", source_name="Of a file"
        )
        since = Board.objects.get(source_name="Kitchens").created_at - dt.timedelta(days=1)
        Board.objects.filter(pk=early.pk).update(created_at=since)
    mine = fake.add_board("Never pinned", pins=0)
    both = fake.add_board("Of two", pins=0)
    fake.boards["4711"] = dataclasses.replace(mine, board_id="4711", name="Of a file")
    sync_all(org)
    del fake.boards[mine.board_id], fake.boards["4711"]
    fake.account = ("9002", "somebodyelse")
    link(admin_client, org, fake)
    sync_all(org)
    with org_scope(org.pk):
        names = {str(each) for each in Board.objects.all()}
        assert names == {"Kitchens", "Never pinned", "Of two", "Of a file"}

    first = credentials(org)[0].connection_id
    address = page(org, "connection_disconnect", connection_id=first)
    admin_client.post(address, {"brought": "purge"})
    work_all(org, JobKind.PURGE)

    with org_scope(org.pk):
        assert {str(each) for each in Board.objects.all()} == {
            "Kitchens",
            str(both.name),
            "Of a file",
        }


def test_boards_that_a_file_told_of_stay_though_the_account_had_them_first(
    fake: FakePinterest, org: Organization, admin_client: MemberClient, board: FakeBoard
) -> None:
    for name in ("Never pinned", "Of the account alone"):
        fake.add_board(name, pins=0)
    fake.add_board("Baths", pins=2)
    sync_all(org)
    told = ["Never pinned", "Baths", "Of the file alone"]
    import_bytes(org, account_export([], told), name="account.html")

    leave(admin_client, org, "purge")
    work_all(org, JobKind.PURGE)

    with org_scope(org.pk):
        assert {str(each) for each in Board.objects.all()} == {"Kitchens", *told}


def test_a_purge_of_all_takes_the_boards_along_but_for_those_with_a_name_of_ones_own(
    fake: FakePinterest, org: Organization, admin_client: MemberClient
) -> None:
    fake.add_board("Kitchens", pins=2)
    named = fake.add_board("Baths", pins=1)
    link(admin_client, org, fake)
    work_all(org, JobKind.SYNC)
    with org_scope(org.pk):
        Board.objects.filter(source_key=f"board:{named.board_id}").update(own_name="Mine")

    leave(admin_client, org, "purge")
    work_all(org, JobKind.PURGE)

    with org_scope(org.pk):
        assert [str(each) for each in Board.objects.all()] == ["Mine"]
        assert not Asset.objects.exists()


def test_what_is_kept_is_told_not_to_stay_where_its_terms_say_so(
    org: Organization, admin_client: MemberClient, board: FakeBoard
) -> None:
    (credential,) = credentials(org)
    address = page(org, "connection_disconnect", connection_id=credential.connection_id)

    limited = text_of(admin_client.get(address))
    review(OFFICIAL)
    unlimited = text_of(admin_client.get(address))

    assert "no longer than 14 days after the last look at the account" in limited
    assert "Everything stays as it is. Connected again" in unlimited
    assert leave(admin_client, org, "keep").startswith(
        "“exampleuser” is disconnected; what it brought stays. "
    )
    ConnectorReview.objects.all().delete()
    assert "stays for 14 days at most" in leave_again(admin_client, address)


def test_the_counts_are_told_before(
    org: Organization, admin_client: MemberClient, board: FakeBoard
) -> None:
    (credential,) = credentials(org)
    with org_scope(org.pk):
        brought = brought_by(credential.connection)
    address = page(org, "connection_disconnect", connection_id=credential.connection_id)

    text = text_of(admin_client.get(address))

    assert (brought.count, brought.only, brought.shared) == (3, 2, 1)
    assert "What it brought: 3 items" in text
    assert "Remove 2 items for good" in text
    assert "1 stays: they came another way as well" in text
    assert credentials(org) != []


def test_nothing_is_done_without_a_choice(
    org: Organization, admin_client: MemberClient, board: FakeBoard
) -> None:
    (credential,) = credentials(org)
    address = page(org, "connection_disconnect", connection_id=credential.connection_id)

    for sent in ({}, {"brought": "everything"}):
        assert admin_client.post(address, sent).status_code == 422
    assert len(credentials(org)) == 1


def test_it_may_be_done_twice(
    org: Organization, admin_client: MemberClient, board: FakeBoard
) -> None:
    connection = sync_job(org).connection
    assert connection is not None
    with org_scope(org.pk):
        assert disconnect(connection, by=None) is True
        assert disconnect(connection, by=None) is False
        first, second = purge(connection, by=None), purge(connection, by=None)

    assert first.pk == second.pk
    with org_scope(org.pk):
        assert Job.objects.filter(kind=JobKind.PURGE).count() == 1


def test_a_sync_that_is_under_way_ends(
    fake: FakePinterest, org: Organization, admin_client: MemberClient
) -> None:
    link(admin_client, org, fake)

    leave(admin_client, org, "keep")

    with org_scope(org.pk):
        assert SyncRun.objects.get().state == RunState.CANCELLED


def test_a_purge_that_meets_a_linked_account_removes_nothing(
    fake: FakePinterest, org: Organization, admin_client: MemberClient, board: FakeBoard
) -> None:
    leave(admin_client, org, "purge")
    with org_scope(org.pk):
        ended = SyncRun.objects.get(kind=JobKind.PURGE)
        SyncRun.objects.filter(pk=ended.pk).update(state=RunState.SUCCEEDED)
    link(admin_client, org, fake)
    with org_scope(org.pk):
        due = timezone.now() - dt.timedelta(hours=1)
        SyncRun.objects.filter(pk=ended.pk).update(state=RunState.QUEUED, run_after=due)
    before = refs(org)

    work_all(org, JobKind.PURGE)

    assert refs(org) == before


def test_many_are_removed_batch_by_batch(
    org: Organization, admin_client: MemberClient, board: FakeBoard
) -> None:
    connection = sync_job(org).connection
    run_id = uuid7()
    with org_scope(org.pk):
        assets = Asset.objects.bulk_create(
            Asset(
                org=org,
                source="pinterest",
                source_ref=f"pin:7{number}",
                media_status="metadata_only",
                content_hash=b"\0" * 16,
            )
            for number in range(BATCH + 1)
        )
        AssetOrigin.objects.bulk_create(
            AssetOrigin(
                org=org,
                asset=asset,
                connection=connection,
                via=AssetOrigin.Via.API,
                first_run_id=run_id,
                changed_run_id=run_id,
            )
            for asset in assets
        )

    leave(admin_client, org, "purge")
    run = work_all(org, JobKind.PURGE)

    assert run.state == RunState.SUCCEEDED
    assert len(refs(org)) == 1


@pytest.mark.parametrize("role", [Role.EDITOR, Role.VIEWER])
def test_it_is_for_admins(
    org: Organization, client_for: ClientFor, board: FakeBoard, role: Role
) -> None:
    (credential,) = credentials(org)
    address = page(org, "connection_disconnect", connection_id=credential.connection_id)
    client = client_for(role)

    assert client.get(address).status_code == 403
    assert client.post(address, {"brought": "purge"}).status_code == 403
    assert len(credentials(org)) == 1
