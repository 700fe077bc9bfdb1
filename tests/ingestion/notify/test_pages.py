"""The bell, the list behind it, and how people choose to be told."""

import datetime as dt
import re
import uuid

import pytest
import time_machine
from django.db import connection as database
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from ingestion.models import DatasetFlip, Notification, NotificationChoice
from ingestion.notify.choices import seal
from ingestion.notify.inbox import COUNTED, KEPT_FOR, PAGE_SIZE, prune_notifications
from tenants.models import Organization, User
from tenants.permissions import Role
from tenants.scope import org_scope
from tenants.urls_for import org_reverse
from tests.conftest import ClientFor, MemberClient
from tests.factories import MembershipFactory
from tests.ingestion.notify.support import (
    ACTION,
    FRESH,
    HOUR,
    STALE,
    dataset,
    flip_and_tell,
    notifications,
)

pytestmark = pytest.mark.django_db

HTMX = {"HX-Request": "true"}


def address(org: Organization, name: str, *args: uuid.UUID) -> str:
    return org_reverse(org, f"ingestion:{name}", *args)


def page_of(client: Client, org: Organization, **query: str) -> str:
    response = client.get(address(org, "notifications"), query)
    assert response.status_code == 200
    return response.text


def tell_often(org: Organization, user: User, count: int) -> None:
    """Tell a person ``count`` things, a minute after each other: “Thing 1” first."""
    start = timezone.now() - dt.timedelta(minutes=count)
    with org_scope(org.pk):
        status = dataset(org)
        flips = DatasetFlip.objects.bulk_create(
            DatasetFlip(org=org, dataset=status, old_state=FRESH, new_state=STALE, reason="time")
            for _ in range(count)
        )
        Notification.objects.bulk_create(
            Notification(
                org=org,
                user=user,
                flip=flip,
                title=f"Thing {number}",
                path=address(org, "imports"),
                created_at=start + dt.timedelta(minutes=number),
            )
            for number, flip in enumerate(flips, start=1)
        )


def tell_once(org: Organization, user: User) -> None:
    """Tell a person one thing of a dataset that others may have been told of."""
    with org_scope(org.pk):
        status = dataset(org, f"dataset_{user.email}"[:40])
        flip = DatasetFlip.objects.create(
            org=org, dataset=status, old_state=FRESH, new_state=STALE, reason="time"
        )
        Notification.objects.create(org=org, user=user, flip=flip, title="A thing", path="/")


def titles_in(text: str) -> list[str]:
    return re.findall(r'class="notice__open" type="submit">([^<]+)<', text)


def bell_of(client: Client, org: Organization) -> str:
    """Return what the bell says, without marks."""
    response = client.get(address(org, "notification_count"), headers=HTMX)
    return " ".join(re.sub(r"<[^>]+>", " ", response.text).split())


class TestBell:
    @pytest.mark.parametrize(
        ("role", "is_there"),
        [(Role.OWNER, True), (Role.ADMIN, True), (Role.EDITOR, True), (Role.VIEWER, False)],
    )
    def test_is_for_those_who_can_mend_things(
        self, org: Organization, client_for: ClientFor, role: Role, *, is_there: bool
    ) -> None:
        page = client_for(role).get(org_reverse(org, "tenants:members")).text

        assert (f'href="{address(org, "notifications")}"' in page) == is_there
        assert (f'hx-get="{address(org, "notification_count")}"' in page) == is_there

    @pytest.mark.parametrize(
        ("count", "expected"),
        [(0, ""), (1, "1 unread"), (COUNTED, "99 unread"), (COUNTED + 5, "99+ unread")],
    )
    def test_counts_what_is_unread(
        self, org: Organization, member_client: MemberClient, count: int, expected: str
    ) -> None:
        tell_often(org, member_client.user, count)

        assert bell_of(member_client, org) == expected

    def test_counts_nothing_of_others(
        self, org: Organization, other_org: Organization, member_client: MemberClient
    ) -> None:
        MembershipFactory.create(org=other_org, user=member_client.user, role=Role.OWNER)
        tell_often(org, MembershipFactory.create(org=org).user, 2)
        tell_often(other_org, member_client.user, 3)

        assert bell_of(member_client, org) == ""
        assert bell_of(member_client, other_org) == "3 unread"

    def test_costs_one_query(self, org: Organization, member_client: MemberClient) -> None:
        tell_often(org, member_client.user, 3)
        with CaptureQueriesContext(database) as captured:
            bell_of(member_client, org)

        asked = [each["sql"] for each in captured if "ingestion_" in each["sql"]]
        assert len(asked) == 1


class TestList:
    def test_has_the_newest_first_and_marks_what_is_unread(
        self, org: Organization, member_client: MemberClient
    ) -> None:
        status = dataset(org)
        with time_machine.travel(timezone.now() - HOUR, tick=False):
            flip_and_tell(status, FRESH, ACTION)
        flip_and_tell(status, ACTION, FRESH)
        with org_scope(org.pk):
            Notification.objects.filter(is_recovery=False).update(read_at=timezone.now())

        text = page_of(member_client, org)

        assert titles_in(text) == [
            "Pictures of Acme are up to date again",
            "Pictures of Acme need you",
        ]
        assert re.findall(r"notice__mark|badge--\w+\">[^<]+", text) == [
            "notice__mark",
            'badge--success">Well again',
            'badge--danger">Needs you',
        ]

    def test_goes_on_page_by_page(self, org: Organization, member_client: MemberClient) -> None:
        tell_often(org, member_client.user, PAGE_SIZE + 2)

        first = page_of(member_client, org)
        [following] = set(re.findall(r"\?before=([0-9a-f-]{36})", first))
        second = page_of(member_client, org, before=following)
        fragment = member_client.get(
            address(org, "notifications"), {"before": following}, headers=HTMX
        ).text

        expected = [f"Thing {number}" for number in range(PAGE_SIZE + 2, 0, -1)]
        assert titles_in(first) + titles_in(second) == expected
        assert titles_in(fragment) == ["Thing 2", "Thing 1"]
        assert "<h1" not in fragment
        assert "?before=" not in second

    def test_begins_anew_behind_what_is_somebody_elses(
        self, org: Organization, member_client: MemberClient
    ) -> None:
        tell_often(org, MembershipFactory.create(org=org).user, 1)
        foreign = notifications(org)[0]
        status = dataset(org, "thumbnails")
        flip_and_tell(status, FRESH, STALE)

        text = page_of(member_client, org, before=str(foreign.pk))

        assert titles_in(text) == ["Thumbnails of Acme are out of date"]

    def test_costs_the_same_for_one_and_for_many(
        self, org: Organization, member_client: MemberClient
    ) -> None:
        def statements() -> int:
            with CaptureQueriesContext(database) as captured:
                page_of(member_client, org)
            return len(captured)

        tell_once(org, member_client.user)
        page_of(member_client, org)
        one = statements()
        tell_often(org, member_client.user, PAGE_SIZE - 1)

        assert statements() == one

    @pytest.mark.parametrize(
        ("role", "expected", "has_choices"),
        [
            (Role.EDITOR, "When pictures or saved items get old", True),
            (Role.VIEWER, "Editors, admins and owners are told", False),
        ],
    )
    def test_says_what_it_will_hold(
        self,
        org: Organization,
        client_for: ClientFor,
        role: Role,
        expected: str,
        *,
        has_choices: bool,
    ) -> None:
        text = page_of(client_for(role), org)

        assert expected in text
        assert ('id="choices"' in text) == has_choices
        assert "Mark all as read" not in text


class TestReading:
    def test_opens_where_it_is_mended_and_is_read_then(
        self, org: Organization, member_client: MemberClient
    ) -> None:
        tell_often(org, member_client.user, 2)
        first, second = notifications(org)

        answer = member_client.post(address(org, "notification_read", first.pk))

        assert (answer.status_code, answer["Location"]) == (302, first.path)
        read = {each.pk: each.read_at is not None for each in notifications(org)}
        assert read == {first.pk: True, second.pk: False}

    def test_again_keeps_when_it_was_read(
        self, org: Organization, member_client: MemberClient
    ) -> None:
        tell_often(org, member_client.user, 1)
        [told] = notifications(org)
        member_client.post(address(org, "notification_read", told.pk))
        before = notifications(org)[0].read_at

        member_client.post(address(org, "notification_read", told.pk))

        assert notifications(org)[0].read_at == before

    def test_of_somebody_elses_is_not_there(
        self, org: Organization, member_client: MemberClient
    ) -> None:
        tell_often(org, MembershipFactory.create(org=org).user, 1)
        [told] = notifications(org)

        answer = member_client.post(address(org, "notification_read", told.pk))

        assert answer.status_code == 404
        assert notifications(org)[0].read_at is None

    def test_of_all_is_of_ones_own(self, org: Organization, member_client: MemberClient) -> None:
        colleague = MembershipFactory.create(org=org).user
        for user in (member_client.user, colleague):
            tell_once(org, user)

        answer = member_client.post(address(org, "notifications_read_all"))

        assert answer["Location"] == address(org, "notifications")
        assert bell_of(member_client, org) == ""
        assert [each.read_at for each in notifications(org, colleague)] == [None]


class TestChoices:
    def test_are_on_until_somebody_says_otherwise(
        self, org: Organization, member_client: MemberClient
    ) -> None:
        text = page_of(member_client, org)

        assert len(re.findall(r'type="checkbox"[^>]*\schecked', text)) == 2

    def test_are_kept(self, org: Organization, member_client: MemberClient) -> None:
        answer = member_client.post(address(org, "notification_choices"), {"in_app": "on"})
        member_client.post(address(org, "notification_choices"), {"in_app": "on"})

        assert answer["Location"] == address(org, "notifications")
        with org_scope(org.pk):
            assert list(NotificationChoice.objects.values_list("user", "in_app", "by_email")) == [
                (member_client.user.pk, True, False)
            ]
        checked = re.findall(r'name="(\w+)"[^>]*\schecked', page_of(member_client, org))
        assert checked == ["in_app"]

    def test_are_led_to_from_the_account(
        self, org: Organization, member_client: MemberClient
    ) -> None:
        page = member_client.get(reverse("account_settings")).text

        assert f'href="{address(org, "notifications")}#choices"' in page


class TestLinkOfAMail:
    @pytest.fixture
    def link(self, org: Organization, member_client: MemberClient) -> str:
        token = seal(org.pk, member_client.user.pk)
        return reverse("ingestion:notifications_off", args=[token])

    def test_asks_before_it_changes_anything(
        self, org: Organization, client: Client, link: str
    ) -> None:
        answer = client.get(link)

        assert answer.status_code == 200
        assert "Stop these mails" in answer.text
        assert "<strong>Acme</strong>" in answer.text
        with org_scope(org.pk):
            assert not NotificationChoice.objects.exists()

    def test_ends_the_mails_and_leaves_the_bell(
        self, org: Organization, member_client: MemberClient, link: str
    ) -> None:
        flip_and_tell(dataset(org), FRESH, STALE)

        answer = Client(enforce_csrf_checks=True).post(link)

        assert "Acme sends you no mails" in answer.text
        with org_scope(org.pk):
            [choice] = NotificationChoice.objects.all()
        assert (choice.user_id, choice.in_app, choice.by_email) == (
            member_client.user.pk,
            True,
            False,
        )
        [waiting] = notifications(org)
        assert (waiting.mailed_at is None, waiting.was_mailed) == (False, False)

    def test_changes_nothing_of_who_left(
        self, org: Organization, member_client: MemberClient, link: str
    ) -> None:
        with org_scope(org.pk):
            member_client.membership.delete()

        answer = Client().post(link)

        assert (answer.status_code, "Acme" in answer.text) == (200, False)
        with org_scope(org.pk):
            assert not NotificationChoice.objects.exists()

    def test_that_was_made_up_opens_nothing(self, client: Client, link: str) -> None:
        broken = [link[:-3] + "x/", reverse("ingestion:notifications_off", args=["made-up"])]

        for each in broken:
            assert (client.get(each).status_code, client.post(each).status_code) == (404, 404)


def test_notifications_are_kept_for_ninety_days(
    org: Organization, member_client: MemberClient
) -> None:
    tell_often(org, member_client.user, 2)
    old, new = notifications(org)
    with org_scope(org.pk), time_machine.travel(old.created_at + KEPT_FOR, tick=False):
        assert prune_notifications() == 0
    at = old.created_at + KEPT_FOR + dt.timedelta(seconds=1)

    with org_scope(org.pk), time_machine.travel(at, tick=False):
        assert prune_notifications() == 1

    assert [each.pk for each in notifications(org)] == [new.pk]
