"""One mail an hour at most, at once where people are needed, and none twice."""

import datetime as dt
import re
import threading
from collections.abc import Iterator
from smtplib import SMTPRecipientsRefused
from typing import Any

import pytest
import time_machine
from django.core import mail
from django.core.mail import EmailMultiAlternatives
from django.core.mail.backends.locmem import EmailBackend
from django.db import connection as database
from django.test import Client, override_settings
from django.test.utils import CaptureQueriesContext

from ingestion.engine.tick import tick
from ingestion.models import DatasetStatus, NotificationChoice
from ingestion.notify.choices import choose, seal
from ingestion.notify.digest import send_due
from ingestion.notify.texts import IMPORTS, PIPELINES
from tenants.models import Organization, User
from tenants.permissions import Role
from tenants.scope import org_scope
from tenants.urls_for import org_reverse
from tests.factories import MembershipFactory, UserFactory
from tests.ingestion.notify.support import (
    ACTION,
    DAY,
    FRESH,
    HOUR,
    LATE,
    NOON,
    STALE,
    dataset,
    flip,
    flip_and_tell,
    notifications,
)

pytestmark = pytest.mark.django_db

MINUTE = dt.timedelta(minutes=1)
SITE = "https://magpie.example.org"
# An apostrophe shows whether a text was escaped as if it were a page.
EMAIL = "nina.o'hara@example.com"
AWAY, REFUSED = "away@example.com", "refused@example.com"


class PickyBackend(EmailBackend):
    """A mail server that does not know one person, and breaks down over another."""

    def send_messages(self, messages: Any) -> int:
        [message] = messages
        if message.to == [AWAY]:
            raise ConnectionRefusedError("Nobody is there.")
        if message.to == [REFUSED]:
            raise SMTPRecipientsRefused({REFUSED: (550, b"No such person")})
        return super().send_messages(messages)


PICKY = f"{__name__}.PickyBackend"


@pytest.fixture(autouse=True)
def clock() -> Iterator[time_machine.Traveller]:
    with override_settings(SITE_URL=SITE), time_machine.travel(NOON, tick=False) as traveller:
        yield traveller


def editor_of(org: Organization, email: str = EMAIL) -> User:
    user = UserFactory.create(email=email)
    return MembershipFactory.create(org=org, user=user, role=Role.EDITOR).user


@pytest.fixture
def editor(org: Organization) -> User:
    return editor_of(org)


def receivers() -> list[str]:
    return sorted(address for message in mail.outbox for address in message.to)


def only_mail() -> EmailMultiAlternatives:
    [message] = mail.outbox
    assert isinstance(message, EmailMultiAlternatives)
    return message


def unsent(org: Organization) -> int:
    return sum(each.mailed_at is None for each in notifications(org))


@pytest.mark.usefixtures("editor")
class TestWhen:
    def test_is_an_hour_after_the_first_thing(
        self, pictures: DatasetStatus, clock: time_machine.Traveller
    ) -> None:
        flip_and_tell(pictures, FRESH, STALE)

        clock.shift(HOUR - MINUTE)
        assert send_due() == 0
        clock.shift(MINUTE)
        assert send_due() == 1

    def test_is_once(
        self, org: Organization, pictures: DatasetStatus, clock: time_machine.Traveller
    ) -> None:
        flip_and_tell(pictures, FRESH, STALE)
        clock.shift(HOUR)

        assert (send_due(), send_due()) == (1, 0)

        [notification] = notifications(org)
        assert (notification.was_mailed, notification.read_at) == (True, None)

    def test_is_at_once_where_people_are_needed(
        self, pictures: DatasetStatus, clock: time_machine.Traveller
    ) -> None:
        flip_and_tell(pictures, FRESH, ACTION)
        clock.shift(1)

        assert send_due() == 1

    def test_takes_what_waits_along(
        self,
        org: Organization,
        pictures: DatasetStatus,
        clock: time_machine.Traveller,
    ) -> None:
        flip_and_tell(dataset(org, "thumbnails"), FRESH, STALE)
        flip_and_tell(pictures, FRESH, ACTION)
        clock.shift(1)

        assert send_due() == 1

        assert unsent(org) == 0
        assert only_mail().subject == "Magpie: Pictures of Acme need you (and 1 more)"

    def test_is_not_for_what_is_only_late(
        self, pictures: DatasetStatus, clock: time_machine.Traveller
    ) -> None:
        flip_and_tell(pictures, FRESH, LATE)
        clock.shift(DAY)

        assert send_due() == 0

    def test_is_not_for_what_was_well_again_before(
        self, pictures: DatasetStatus, clock: time_machine.Traveller
    ) -> None:
        flip_and_tell(pictures, FRESH, STALE)
        flip_and_tell(pictures, STALE, FRESH)
        clock.shift(DAY)

        assert send_due() == 0

    def test_is_again_when_what_was_mailed_is_well(
        self, pictures: DatasetStatus, clock: time_machine.Traveller
    ) -> None:
        flip_and_tell(pictures, FRESH, ACTION)
        clock.shift(1)
        send_due()
        flip_and_tell(pictures, ACTION, FRESH)
        clock.shift(HOUR)

        assert send_due() == 1

        assert [message.subject for message in mail.outbox] == [
            "Magpie: Pictures of Acme need you",
            "Magpie: Pictures of Acme are up to date again",
        ]


class TestWho:
    def test_has_a_mail_of_each_organization(
        self,
        org: Organization,
        other_org: Organization,
        editor: User,
        clock: time_machine.Traveller,
    ) -> None:
        MembershipFactory.create(org=other_org, user=editor, role=Role.OWNER)
        for each in (org, other_org):
            flip_and_tell(dataset(each), FRESH, STALE)
        clock.shift(HOUR)

        assert send_due() == 2

        assert sorted(message.subject for message in mail.outbox) == [
            "Magpie: Pictures of Acme are out of date",
            "Magpie: Pictures of Other are out of date",
        ]

    @pytest.mark.parametrize("role", [Role.VIEWER, None])
    def test_is_nobody_who_may_not_mend_it_any_more(
        self,
        org: Organization,
        pictures: DatasetStatus,
        clock: time_machine.Traveller,
        role: Role | None,
    ) -> None:
        membership = MembershipFactory.create(org=org, role=Role.EDITOR)
        flip_and_tell(pictures, FRESH, STALE)
        with org_scope(org.pk):
            if role is None:
                membership.delete()
            else:
                membership.role = role
                membership.save(update_fields=["role"])
        clock.shift(HOUR)

        assert (send_due(), unsent(org)) == (0, 0)

    def test_is_nobody_who_wants_no_mails_since(
        self,
        org: Organization,
        editor: User,
        pictures: DatasetStatus,
        clock: time_machine.Traveller,
    ) -> None:
        flip_and_tell(pictures, FRESH, STALE)
        with org_scope(org.pk):
            choose(org.pk, editor.pk, in_app=True, by_email=False)
        clock.shift(HOUR)

        assert (send_due(), unsent(org)) == (0, 0)

    def test_costs_the_same_for_one_and_for_many_things(
        self, org: Organization, editor: User, clock: time_machine.Traveller
    ) -> None:
        def statements(*names: str) -> int:
            for name in names:
                flip_and_tell(dataset(org, name), FRESH, STALE)
            clock.shift(HOUR)
            with CaptureQueriesContext(database) as captured:
                assert send_due() == 1
            return len(captured)

        assert statements("pictures") == statements("thumbnails", "stored_files", "saved_items")


class TestMailServer:
    def test_that_is_away_is_asked_again(
        self,
        org: Organization,
        pictures: DatasetStatus,
        clock: time_machine.Traveller,
    ) -> None:
        editor_of(org, AWAY)
        flip_and_tell(pictures, FRESH, STALE)
        clock.shift(HOUR)

        with override_settings(EMAIL_BACKEND=PICKY):
            assert (send_due(), unsent(org)) == (0, 1)

        assert (send_due(), unsent(org), receivers()) == (1, 0, [AWAY])

    def test_that_refuses_one_person_gets_the_mails_of_others(
        self,
        org: Organization,
        pictures: DatasetStatus,
        clock: time_machine.Traveller,
    ) -> None:
        for email in ("first@example.com", REFUSED, "last@example.com"):
            editor_of(org, email)
        flip_and_tell(pictures, FRESH, STALE)
        clock.shift(HOUR)

        with override_settings(EMAIL_BACKEND=PICKY):
            assert (send_due(), unsent(org)) == (2, 1)

        assert receivers() == ["first@example.com", "last@example.com"]

    def test_is_not_asked_for_ever(
        self,
        org: Organization,
        pictures: DatasetStatus,
        clock: time_machine.Traveller,
    ) -> None:
        editor_of(org, REFUSED)
        flip_and_tell(pictures, FRESH, STALE)
        clock.shift(3 * DAY + MINUTE)

        assert (send_due(), unsent(org), receivers()) == (0, 0, [])


@pytest.mark.django_db(transaction=True)
class TestTwoHosts:
    def test_send_once(
        self, org: Organization, pictures: DatasetStatus, clock: time_machine.Traveller
    ) -> None:
        for number in range(6):
            editor_of(org, f"editor{number}@example.com")
        flip_and_tell(pictures, FRESH, STALE)
        clock.shift(HOUR)
        sent: list[int] = []

        def host() -> None:
            sent.append(send_due())
            database.close()

        hosts = [threading.Thread(target=host) for _ in range(3)]
        for each in hosts:
            each.start()
        for each in hosts:
            each.join()

        assert (sum(sent), len(set(receivers())), len(receivers())) == (6, 6, 6)


class TestMail:
    @pytest.fixture
    def message(
        self,
        org: Organization,
        editor: User,
        clock: time_machine.Traveller,
    ) -> EmailMultiAlternatives:
        with org_scope(org.pk):
            org.name = "Acme & Söhne"
            org.save(update_fields=["name"])
        flip_and_tell(dataset(org, "thumbnails"), FRESH, STALE)
        flip_and_tell(
            dataset(org, error_code="upload_corrupt", user_message="It isn't a picture."),
            FRESH,
            ACTION,
        )
        clock.shift(1)
        send_due()
        return only_mail()

    def test_says_the_worst_thing_first(self, message: EmailMultiAlternatives) -> None:
        assert message.to == [EMAIL]
        assert message.subject == "Magpie: Pictures of Acme & Söhne need you (and 1 more)"

    def test_is_plain_text(
        self, message: EmailMultiAlternatives, org: Organization, editor: User
    ) -> None:
        list_url = f"{SITE}{org_reverse(org, 'ingestion:notifications')}"
        off_url = f"{SITE}/notifications/off/{seal(org.pk, editor.pk)}/"
        as_of = "What you see is as of Monday, 4 May, 12:00 (UTC)."
        with org_scope(org.pk):
            thumbnails = DatasetStatus.objects.get(name="thumbnails")

        assert str(message.body).split("\n\n") == [
            "Hello,",
            "this is what you should know of Acme & Söhne:",
            f"""\
* Pictures of Acme & Söhne need you
{as_of} It isn't a picture. Open Imports to bring the file again.
{SITE}{org_reverse(org, IMPORTS)}""",
            f"""\
* Thumbnails of Acme & Söhne are out of date
{as_of} It should have been brought up to date by now. Open Pipelines to see how it goes on.
{SITE}{org_reverse(org, PIPELINES)}#line-{thumbnails.pk}""",
            f"You get this because you can mend it. Choose what you are told:\n{list_url}",
            f"No more of these mails about Acme & Söhne:\n{off_url}",
            f"Magpie\n{SITE}/\n",
        ]

    def test_is_a_page_too_without_anything_from_elsewhere(
        self, message: EmailMultiAlternatives
    ) -> None:
        [(content, kind)] = message.alternatives

        html = str(content)
        assert kind == "text/html"
        assert "Acme &amp; Söhne" in html
        assert "It isn&#x27;t a picture." in html
        assert not re.search(r"<(img|link|script|style|iframe)\b|\sstyle=|url\(", html)
        assert {address.split("/")[2] for address in re.findall(r'href="([^"]+)"', html)} == {
            "magpie.example.org"
        }

    def test_can_be_ended_with_one_press_in_the_mail_program(
        self, message: EmailMultiAlternatives, org: Organization, editor: User
    ) -> None:
        headers = message.message()
        assert headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
        path = headers["List-Unsubscribe"].removeprefix(f"<{SITE}").removesuffix(">")

        answer = Client(enforce_csrf_checks=True).post(path, {"List-Unsubscribe": "One-Click"})

        assert answer.status_code == 200
        with org_scope(org.pk):
            assert list(NotificationChoice.objects.values_list("user", "in_app", "by_email")) == [
                (editor.pk, True, False)
            ]


def test_the_tick_tells_and_mails(editor: User, pictures: DatasetStatus) -> None:
    flip(pictures, FRESH, ACTION)

    tick()

    assert only_mail().subject == "Magpie: Pictures of Acme need you"
