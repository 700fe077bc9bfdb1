"""What may be kept no longer goes, and nothing else."""

import pytest
from django.db import connection as database

from connectors.models import Connection, Decision, Keep
from connectors.policy import LIVE_DAYS
from ingestion.models import AssetOrigin, RunStep
from ingestion.pins.answers import count_to_ask, next_to_ask
from ingestion.policy.expiry import Expired, count_expired, expire
from ingestion.policy.pictures import count_held
from media.models import Asset, AssetMedia, AssetTag, Blob, Board, BoardItem, StageState, Tombstone
from media.models.search import SearchDocument
from tenants.models import Organization
from tenants.scope import org_scope
from tests.connectors.policy.reviews import OFFICIAL, review
from tests.ingestion.pins.making import queue_pins
from tests.ingestion.policy.reports import Via, by_file, linked, report, reported, swept
from tests.ingestion.support import tidy
from tests.media.making import attach_tag, make_asset, make_board, make_picture

pytestmark = pytest.mark.django_db

DAYS = 30


@pytest.fixture
def account(in_scope: Organization) -> Connection:
    """An account of which everything may be kept for a month."""
    review(OFFICIAL, keep=Keep.DAYS, keep_days=DAYS)
    return linked(in_scope)


def titles() -> set[str]:
    return set(Asset.objects.values_list("title", flat=True))


class TestAfterSoManyDays:
    def test_goes_what_its_source_has_not_shown_since(self, account: Connection) -> None:
        reported(account, "old", days_ago=DAYS + 0.1, pictures=1)
        reported(account, "young", days_ago=DAYS - 0.1, pictures=1)

        assert (expire(), titles()) == (Expired(deleted=1), {"young"})
        assert expire() == Expired()

    def test_goes_with_all_that_hung_on_it_and_may_come_again(self, account: Connection) -> None:
        board = make_board(account.org, "Chairs")
        reported(account, "old", days_ago=40, boards=(board,), tags=("oak",), pictures=1)

        expire()

        for model in (Asset, AssetOrigin, AssetMedia, AssetTag, BoardItem, SearchDocument):
            assert not model.objects.exists(), model
        # Its name came through the API as well.
        assert not Board.objects.exists()
        assert not Tombstone.objects.exists()

    def test_stays_what_a_look_at_all_of_the_account_has_shown_since(
        self, account: Connection
    ) -> None:
        reported(account, "still there", days_ago=400)
        reported(account, "gone there", days_ago=400, is_removed_at_source=True)
        swept(account, days_ago=DAYS - 1)

        assert (expire(), titles()) == (Expired(deleted=1), {"still there"})

    def test_goes_all_of_an_account_that_nobody_reads_any_more(self, account: Connection) -> None:
        reported(account, "old", days_ago=400)
        swept(account, days_ago=DAYS + 1)

        assert expire() == Expired(deleted=1)

    def test_goes_what_lies_in_the_trash_as_well(self, account: Connection) -> None:
        asset = reported(account, "thrown away", days_ago=40)
        Asset.objects.filter(pk=asset.pk).update(removed_at=asset.imported_at)

        assert expire() == Expired(deleted=1)

    @pytest.mark.parametrize("decision", Decision.values)
    def test_goes_also_where_nothing_new_may_be_read(
        self, account: Connection, decision: str
    ) -> None:
        review(OFFICIAL, keep=Keep.DAYS, keep_days=DAYS, decision=decision)
        reported(account, "old", days_ago=40)

        assert expire() == Expired(deleted=1)

    def test_stays_all_where_it_may_be_kept(self, account: Connection) -> None:
        review(OFFICIAL, keep=Keep.ALWAYS)
        reported(account, "old", days_ago=4_000)

        assert (expire(), titles()) == (Expired(), {"old"})


class TestWhatOthersHold:
    @pytest.mark.parametrize("via", [Via.EXPORT, Via.SCRAPE, Via.CAPTURE, Via.UPLOAD])
    def test_stays_as_it_is_but_for_what_the_api_said_of_it(
        self, account: Connection, via: Via
    ) -> None:
        asset = reported(account, "both", days_ago=40, pictures=1)
        mine = report(asset, by_file(account.org), via, days_ago=40)

        assert expire() == Expired(released=1)
        assert list(AssetOrigin.objects.all()) == [mine]
        asset.refresh_from_db()
        assert (asset.title, asset.stored_count) == ("both", 1)

    def test_stays_while_another_account_shows_it(self, account: Connection) -> None:
        asset = reported(account, "both", days_ago=40)
        report(asset, linked(account.org, "Pinterest: bob"), days_ago=1)

        assert expire() == Expired(released=1)
        assert expire() == Expired()

    def test_goes_once_both_accounts_have_not_shown_it_for_long(self, account: Connection) -> None:
        asset = reported(account, "both", days_ago=40)
        report(asset, linked(account.org, "Pinterest: bob"), days_ago=40)

        assert expire() == Expired(deleted=1)

    def test_of_other_ways_never_expires(self, account: Connection) -> None:
        asset = make_asset(account.org, "from a file")
        report(asset, by_file(account.org), Via.EXPORT, days_ago=4_000)
        report(make_asset(account.org, "in a file of it"), account, Via.EXPORT, days_ago=4_000)

        assert expire() == Expired()


class TestWhatPeopleSaid:
    @pytest.fixture
    def asset(self, account: Connection) -> Asset:
        board = make_board(account.org, "Of the source")
        return reported(
            account,
            "theirs",
            days_ago=40,
            pictures=2,
            boards=(board,),
            tags=("of the source",),
            source_text="their words",
            creator="somebody",
            link_url="https://shop.example/chair",
            source_url="https://www.pinterest.com/pin/7/",
        )

    def test_stays_with_where_to_see_the_original(self, asset: Asset) -> None:
        Asset.objects.filter(pk=asset.pk).update(own_title="My chair")
        attach_tag(asset, "kitchen", origin="human")
        mine = make_board(asset.org, "Mine", is_mirrored=False)
        BoardItem.objects.create(org=asset.org, board=mine, asset=asset, own_choice="added")

        assert expire() == Expired(emptied=1)

        asset.refresh_from_db()
        assert (asset.title, asset.source_url) == ("My chair", "https://www.pinterest.com/pin/7/")
        told = (asset.source_title, asset.source_text, asset.creator, asset.link_url)
        assert told == ("", "", "", "")
        assert (asset.picture_count, asset.stored_count, asset.media_status) == (
            0, 0, "metadata_only",
        )  # fmt: skip
        assert [tag.tag.name for tag in AssetTag.objects.select_related("tag")] == ["kitchen"]
        assert list(BoardItem.objects.values_list("board__name", flat=True)) == ["Mine"]
        document = str(SearchDocument.objects.values_list("document", flat=True).get())
        assert not AssetMedia.objects.exists()
        assert not AssetOrigin.objects.exists()
        assert document.count(":") == len({"my", "chair", "kitchen", "mine"})

    def test_is_not_judged_again(self, asset: Asset) -> None:
        Asset.objects.filter(pk=asset.pk).update(own_text="I like it")

        assert (expire(), expire()) == (Expired(emptied=1), Expired())

    def test_stays_with_the_picture_that_people_brought(self, asset: Asset) -> None:
        picture = make_picture(asset, position=2)
        AssetMedia.objects.filter(pk=picture.pk).update(is_uploaded=True)

        assert expire() == Expired(emptied=1)
        asset.refresh_from_db()
        assert (asset.picture_count, asset.stored_count, asset.media_status) == (1, 1, "image")
        assert list(AssetMedia.objects.all()) == [picture]


class TestALiveView:
    @pytest.fixture(autouse=True)
    def seen_alone(self, account: Connection) -> None:
        review(OFFICIAL, keep=Keep.LIVE, allows_ai=False, allows_faces=False)

    def test_shows_what_the_last_look_found(self, account: Connection) -> None:
        reported(account, "there", days_ago=1)
        reported(account, "gone there", days_ago=1, is_removed_at_source=True)

        assert (expire(), titles()) == (Expired(deleted=1), {"there"})

    def test_is_over_when_nobody_looks(self, account: Connection) -> None:
        reported(account, "there", days_ago=400)
        swept(account, days_ago=LIVE_DAYS + 0.1)

        assert expire() == Expired(deleted=1)

    def test_lets_go_of_the_pictures_of_before_with_their_files(self, account: Connection) -> None:
        shown = reported(account, "there", pictures=2)
        brought = reported(account, "brought", pictures=1)
        report(brought, by_file(account.org), Via.EXPORT)
        assert count_held() == {OFFICIAL: 2}

        steps = night(account)

        assert (steps["source_pictures"], count_held()) == (2, {})
        shown.refresh_from_db()
        brought.refresh_from_db()
        assert (shown.picture_count, shown.stored_count, brought.stored_count) == (2, 0, 1)
        states = StageState.objects.filter(media__asset=shown, stage="fetch")
        assert (
            list(states.values_list("status", "error_code")) == [("n/a", "use_not_permitted")] * 2
        )
        # Bytes are given a day, as those of a batch at work have no use yet.
        Blob.objects.update(stored_at="2026-01-01T00:00Z")
        night(account)
        assert Blob.objects.count() == 1

    def test_gives_its_pictures_back_once_they_may_be_kept(self, account: Connection) -> None:
        reported(account, "there", pictures=1)
        night(account)
        review(OFFICIAL, keep=Keep.ALWAYS)

        assert night(account)["source_permits"] == 1
        states = StageState.objects.filter(stage="fetch")
        assert list(states.values_list("status", "error_code")) == [("pending", "")]


class TestTheNight:
    def test_tells_how_many_went(self, account: Connection) -> None:
        for number in range(3):
            reported(account, f"old {number}", days_ago=40)
        reported(account, "young")

        assert night(account)["source_expiry"] == 3
        assert titles() == {"young"}

    def test_knows_before_how_many_would_go(self, account: Connection) -> None:
        reported(account, "old", days_ago=40)
        reported(account, "young")

        assert count_expired() == {OFFICIAL: 1}
        assert titles() == {"old", "young"}

    def test_leaves_other_organizations_alone(
        self, account: Connection, other_org: Organization
    ) -> None:
        with org_scope(other_org.pk):
            reported(linked(other_org), "theirs", days_ago=40)

        reported(account, "ours", days_ago=40)
        expire()

        with org_scope(other_org.pk):
            assert titles() == {"theirs"}

    def test_destroys_nothing_of_a_connector_that_is_gone(self, account: Connection) -> None:
        Connection.objects.filter(pk=account.pk).update(connector="of_another_version")
        reported(account, "there", days_ago=400, pictures=1)

        assert (expire(), count_held()) == (Expired(), {})


def night(account: Connection) -> dict[str, int]:
    """Do the nightly chores; return what each has changed."""
    run = tidy(account.org)
    assert run.state == "succeeded", [step.internal_message for step in run.steps.all()]
    return dict(RunStep.objects.filter(run=run).values_list("name", "changed_count"))


def test_the_linked_organizations_are_known_without_a_scope(
    org: Organization, other_org: Organization
) -> None:
    with org_scope(org.pk):
        linked(org)
        linked(org, "Pinterest: bob")
    with org_scope(other_org.pk):
        by_file(other_org)

    with database.cursor() as cursor:
        cursor.execute("SELECT org_id FROM engine_linked_orgs()")
        assert cursor.fetchall() == [(org.pk,)]


def test_what_was_taken_from_a_pin_is_not_asked_for_another_way(account: Connection) -> None:
    said_of = {"title": "", "source": "pinterest", "own_title": "Mine"}
    reported(account, days_ago=40, source_ref="pin:123", **said_of)
    reported(account, days_ago=20, source_ref="pin:456", **said_of)
    assert expire() == Expired(emptied=1)

    run = queue_pins(account.org)

    with org_scope(account.org_id):
        asked = next_to_ask(run, after=None, most=9, only_images=False)
        assert [each.pin_id for each in asked] == ["456"]
        assert count_to_ask(run, only_images=True) == 1
