"""Who is told of which flip, and once."""

import threading

import pytest
import time_machine
from django.db import connection as database
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from ingestion.models import DatasetStatus, Job, NotificationChoice
from ingestion.notify.tick import tell
from tenants.models import Organization, User
from tenants.permissions import Role
from tenants.scope import org_scope
from tenants.services.members import leave
from tests.factories import MembershipFactory, UserFactory
from tests.ingestion.notify.support import (
    ACTION,
    ACTION_TITLE,
    FRESH,
    HOUR,
    LATE,
    NEVER,
    NOON,
    PAUSED,
    STALE,
    STALE_TITLE,
    WELL_TITLE,
    connection,
    dataset,
    flip,
    flip_and_tell,
    notifications,
    told,
    untold,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]


def choose(org: Organization, user: User, **wanted: bool) -> None:
    with org_scope(org.pk):
        NotificationChoice.objects.create(org=org, user=user, **wanted)


class TestWho:
    def test_is_every_member_who_can_mend_it(
        self, org: Organization, pictures: DatasetStatus
    ) -> None:
        people = {role: MembershipFactory.create(org=org, role=role).user_id for role in Role}
        MembershipFactory.create(role=Role.OWNER)
        MembershipFactory.create(org=org, role=Role.OWNER, user=UserFactory.create(is_active=False))

        assert flip_and_tell(pictures, FRESH, STALE) == 3

        assert {each.user_id for each in notifications(org)} == {
            people[role] for role in (Role.OWNER, Role.ADMIN, Role.EDITOR)
        }

    def test_is_nobody_who_left(self, org: Organization, pictures: DatasetStatus) -> None:
        MembershipFactory.create(org=org, role=Role.OWNER)
        gone = MembershipFactory.create(org=org, role=Role.EDITOR)
        with org_scope(org.pk):
            leave(membership=gone)

        assert flip_and_tell(pictures, FRESH, STALE) == 1

        assert told(org, gone.user) == []

    def test_who_leaves_is_forgotten(self, org: Organization, pictures: DatasetStatus) -> None:
        stays = MembershipFactory.create(org=org, role=Role.OWNER)
        goes = MembershipFactory.create(org=org, role=Role.EDITOR)
        choose(org, goes.user, by_email=True)
        flip_and_tell(pictures, FRESH, STALE)

        with org_scope(org.pk):
            leave(membership=goes)

        assert [each.user_id for each in notifications(org)] == [stays.user_id]
        with org_scope(org.pk):
            assert not NotificationChoice.objects.exists()

    def test_is_nobody_who_wants_nothing(
        self, org: Organization, editor: User, pictures: DatasetStatus
    ) -> None:
        choose(org, editor, in_app=False, by_email=False)

        assert flip_and_tell(pictures, FRESH, STALE) == 0
        assert untold(org) == 0

    def test_belongs_to_the_organization_that_it_is_about(
        self, org: Organization, other_org: Organization, editor: User
    ) -> None:
        elsewhere = MembershipFactory.create(org=other_org, role=Role.EDITOR).user
        flip(dataset(org), FRESH, STALE)
        flip(dataset(other_org), FRESH, ACTION)

        assert tell() == 2

        assert told(org) == told(org, editor) == [STALE_TITLE]
        assert told(other_org) == told(other_org, elsewhere) == ["Pictures of Other need you"]


class TestHow:
    @pytest.mark.parametrize(("new", "is_mailed"), [(LATE, False), (STALE, True), (ACTION, True)])
    def test_late_comes_by_bell_alone_and_the_rest_by_mail_too(
        self,
        org: Organization,
        editor: User,
        pictures: DatasetStatus,
        new: str,
        *,
        is_mailed: bool,
    ) -> None:
        flip_and_tell(pictures, FRESH, new)

        [notification] = notifications(org)
        assert (notification.read_at, notification.mailed_at is None) == (None, is_mailed)
        assert not notification.was_mailed

    def test_without_the_bell_it_is_listed_as_read(
        self, org: Organization, editor: User, pictures: DatasetStatus
    ) -> None:
        choose(org, editor, in_app=False)

        flip_and_tell(pictures, FRESH, STALE)

        [notification] = notifications(org)
        assert (notification.read_at, notification.mailed_at) == (NOON, None)

    def test_without_the_bell_what_is_not_mailed_is_not_kept(
        self, org: Organization, editor: User, pictures: DatasetStatus
    ) -> None:
        choose(org, editor, in_app=False)

        assert flip_and_tell(pictures, FRESH, LATE) == 0

    def test_without_mails_it_is_at_the_bell(
        self, org: Organization, editor: User, pictures: DatasetStatus
    ) -> None:
        choose(org, editor, by_email=False)

        flip_and_tell(pictures, FRESH, STALE)

        [notification] = notifications(org)
        assert (notification.read_at, notification.mailed_at) == (None, NOON)


@pytest.mark.usefixtures("editor")
class TestWhat:
    def test_is_told_once(self, org: Organization, pictures: DatasetStatus) -> None:
        assert flip_and_tell(pictures, FRESH, STALE) == 1
        assert tell() == 0

        assert (told(org), untold(org)) == ([STALE_TITLE], 0)

    def test_what_was_undone_before_it_was_told_is_told_to_nobody(
        self, org: Organization, pictures: DatasetStatus
    ) -> None:
        assert flip_and_tell(pictures, FRESH, LATE, STALE, FRESH) == 0
        assert untold(org) == 0

    def test_several_changes_between_two_ticks_are_one(
        self, org: Organization, pictures: DatasetStatus
    ) -> None:
        flip_and_tell(pictures, FRESH, LATE, STALE, ACTION)

        assert (told(org), untold(org)) == ([ACTION_TITLE], 0)

    @pytest.mark.parametrize("old", [NEVER, PAUSED])
    def test_a_first_success_and_a_resumed_one_are_no_news(
        self, org: Organization, pictures: DatasetStatus, old: str
    ) -> None:
        assert flip_and_tell(pictures, old, FRESH) == 0
        assert untold(org) == 0

    def test_a_recovery_is_told_after_its_trouble(
        self,
        org: Organization,
        pictures: DatasetStatus,
        clock: time_machine.Traveller,
    ) -> None:
        flip_and_tell(pictures, FRESH, STALE)
        clock.shift(HOUR)
        flip_and_tell(pictures, STALE, FRESH)

        assert told(org) == [STALE_TITLE, WELL_TITLE]
        assert [each.is_recovery for each in notifications(org)] == [False, True]

    def test_a_recovery_is_not_told_without_its_trouble(
        self, org: Organization, pictures: DatasetStatus
    ) -> None:
        assert flip_and_tell(pictures, STALE, FRESH) == 0

    def test_a_recovery_is_told_once(
        self, org: Organization, pictures: DatasetStatus, clock: time_machine.Traveller
    ) -> None:
        flip_and_tell(pictures, FRESH, STALE)
        clock.shift(HOUR)
        flip_and_tell(pictures, STALE, FRESH)
        clock.shift(HOUR)

        assert flip_and_tell(pictures, STALE, FRESH) == 0

    def test_what_is_muted_is_told_once_the_silence_is_over(
        self, org: Organization, pictures: DatasetStatus, clock: time_machine.Traveller
    ) -> None:
        with org_scope(org.pk):
            DatasetStatus.objects.update(muted_until=NOON + HOUR)

        assert flip_and_tell(pictures, FRESH, ACTION) == 0
        assert untold(org) == 1

        clock.shift(HOUR)

        assert tell() == 1
        assert (told(org), untold(org)) == ([ACTION_TITLE], 0)

    def test_what_was_mended_while_it_was_muted_is_told_to_nobody(
        self, org: Organization, pictures: DatasetStatus, clock: time_machine.Traveller
    ) -> None:
        with org_scope(org.pk):
            DatasetStatus.objects.update(muted_until=NOON + HOUR)

        assert flip_and_tell(pictures, FRESH, ACTION) == 0
        clock.shift(HOUR / 2)
        assert flip_and_tell(pictures, ACTION, FRESH) == 0
        clock.shift(HOUR)

        assert tell() == 0
        assert untold(org) == 0

    def test_what_was_muted_is_told_again(self, org: Organization, pictures: DatasetStatus) -> None:
        with org_scope(org.pk):
            DatasetStatus.objects.update(muted_until=NOON)

        assert flip_and_tell(pictures, FRESH, ACTION) == 1

    def test_what_only_tidies_up_is_for_operators(self, org: Organization) -> None:
        assert flip_and_tell(dataset(org, "trash"), FRESH, ACTION) == 0

    def test_a_pause_by_a_person_is_no_news(self, org: Organization) -> None:
        by = UserFactory.create()

        assert flip_and_tell(dataset(org, job=paused(org, by)), STALE, PAUSED) == 0

    def test_a_pause_by_itself_is_told_with_why(self, org: Organization) -> None:
        flip_and_tell(dataset(org, job=paused(org, None)), LATE, PAUSED)

        [notification] = notifications(org)
        assert notification.title == "Pictures of Acme are paused"
        assert "20 tries in a row failed." in notification.body
        assert notification.mailed_at is None


def paused(org: Organization, by: User | None) -> Job:
    with org_scope(org.pk):
        job, _ = Job.objects.update_or_create(
            org=org,
            kind="fetch",
            connection=None,
            is_one_off=False,
            defaults={
                "state": "paused",
                "paused_at": timezone.now(),
                "paused_by": by,
                "pause_reason": "20 tries in a row failed",
            },
        )
        return job


class TestCost:
    def test_is_that_of_one_flip_and_one_member(self, org: Organization) -> None:
        def statements(members: int, sources: int) -> int:
            for _ in range(members):
                MembershipFactory.create(org=org, role=Role.EDITOR)
            for number in range(sources):
                source = connection(org, f"Source {members} {number}")
                flip(dataset(org, "saved_items", connection=source), FRESH, STALE)
            with CaptureQueriesContext(database) as captured:
                assert tell() > 0
            return len(captured)

        assert statements(members=1, sources=1) == statements(members=5, sources=6)


@pytest.mark.django_db(transaction=True)
def test_ticks_of_several_hosts_tell_each_flip_once(org: Organization) -> None:
    for _ in range(3):
        MembershipFactory.create(org=org, role=Role.EDITOR)
    for name in ("pictures", "thumbnails", "stored_files"):
        flip(dataset(org, name), FRESH, STALE)
    made: list[int] = []

    def host() -> None:
        made.append(tell())
        database.close()

    hosts = [threading.Thread(target=host) for _ in range(3)]
    for each in hosts:
        each.start()
    for each in hosts:
        each.join()

    assert (sum(made), len(told(org)), untold(org)) == (9, 9, 0)
