"""Reviews in the admin: what operators see, and what they record."""

import datetime as dt
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries
from pytest_django.fixtures import Settings

from connectors.models import ConnectorReview
from connectors.pinterest_web.session import SharedSession
from connectors.policy import gate_of, manners_of
from ingestion.pins import asking
from tenants.models import Organization, User
from tenants.scope import org_scope
from tests.connectors.policy.reviews import OFFICIAL, UNOFFICIAL, review
from tests.ingestion.policy.reports import linked, reported
from tests.operators import sign_in_staff

pytestmark = pytest.mark.django_db

LIST = "admin:connectors_connectorreview_changelist"
PAGE = "admin:connectors_connectorreview_change"


@pytest.fixture(autouse=True)
def in_production(settings: Settings) -> None:
    settings.IS_LOCAL = False


@pytest.fixture
def operator(client: Client) -> User:
    return sign_in_staff(client, is_superuser=True)


def send(client: Client, name: str, **fields: Any) -> int:
    """Send the form of a review; return the status of the answer: 200 means that it is wrong."""
    said: dict[str, Any] = {"has_read": "on", "decision": "allowed", "keep": "always", **fields}
    said = {key: value for key, value in said.items() if value is not None}
    return client.post(reverse(PAGE, args=[name]), said).status_code


@pytest.mark.usefixtures("operator")
class TestTheList:
    def test_names_every_way_with_its_terms_and_why_it_is_shut(self, client: Client) -> None:
        page = client.get(reverse(LIST)).text

        assert page.count("Shut · Not reviewed") == page.count('class="reviews__way"') >= 2
        assert "may not be stored but is to be called each time" in page
        assert "cannot be used here yet: nobody has recorded a review" in page
        assert "Only the supported API may be used" in page

    def test_tells_what_was_decided(self, client: Client) -> None:
        review(OFFICIAL, keep="days", keep_days=30, note="Permission #4711", allows_faces=False)
        review(UNOFFICIAL, terms_read_on=dt.date(2024, 1, 1))

        page = " ".join(client.get(reverse(LIST)).text.split())

        assert "Open · Allowed" in page
        assert (
            "It goes 30 days after its source has last shown it to us. It may be used for AI."
            in page
        )
        assert "20 November 2026 by Ada" in page
        assert "Permission #4711" in page
        assert "Shut · To be reviewed again" in page

    def test_counts_before_the_night_what_would_go(
        self, client: Client, org: Organization, other_org: Organization
    ) -> None:
        review(OFFICIAL, keep="live", allows_ai=False, allows_faces=False)
        for each, count in ((org, 1), (other_org, 2)):
            with org_scope(each.pk):
                account = linked(each)
                for _ in range(count):
                    reported(account, "a secret title", days_ago=99, pictures=2)

        page = " ".join(client.get(reverse(LIST), {"count": ""}).text.split())

        assert "Counted over 2 organizations" in page
        assert "3 records may be kept no longer, and 6 stored pictures may not be kept." in page
        assert "a secret title" not in page

    def test_costs_the_same_for_any_number_of_reviews(
        self, client: Client, django_assert_num_queries: DjangoAssertNumQueries
    ) -> None:
        client.get(reverse(LIST))
        with CaptureQueriesContext(connection) as before:
            client.get(reverse(LIST))
        review(OFFICIAL)
        review(UNOFFICIAL)

        with django_assert_num_queries(len(before)):
            client.get(reverse(LIST))


class TestAReview:
    def test_opens_a_source_in_production_and_stands_in_the_log(
        self, client: Client, operator: User
    ) -> None:
        assert not gate_of(OFFICIAL).is_open

        assert send(client, OFFICIAL, note="Asked on 3 May", allows_ai="on") == 302

        assert gate_of(OFFICIAL).is_open
        made = ConnectorReview.objects.get()
        assert (made.reviewed_by, made.note) == (operator.email, "Asked on 3 May")
        assert (made.terms_read_on, made.allows_ai) == (dt.date(2025, 12, 11), True)
        assert made.reviewed_on == dt.datetime.now(dt.UTC).date()
        entry = LogEntry.objects.get()
        assert (entry.user, entry.object_id) == (operator, OFFICIAL)
        assert "Decision" in entry.change_message

    @pytest.mark.usefixtures("operator")
    def test_says_from_when_another_pace_counts(self, client: Client) -> None:
        page = " ".join(client.get(reverse(PAGE, args=[UNOFFICIAL])).text.split())

        assert "What is asking already follows within seconds." in page

    @pytest.mark.usefixtures("operator")
    def test_that_was_refused_shuts_it_again_and_keeps_its_rule(self, client: Client) -> None:
        review(OFFICIAL, keep="days", keep_days=9)

        assert send(client, OFFICIAL, decision="refused", keep="days", keep_days="9") == 302

        gate = gate_of(OFFICIAL)
        assert (gate.is_open, gate.retention.days) == (False, 9)

    @pytest.mark.usefixtures("operator")
    def test_of_terms_that_were_read_anew_counts_once_it_is_made_again(
        self, client: Client
    ) -> None:
        review(OFFICIAL, terms_read_on=dt.date(2024, 1, 1))
        assert not gate_of(OFFICIAL).is_open

        send(client, OFFICIAL)

        assert gate_of(OFFICIAL).is_open

    @pytest.mark.usefixtures("operator")
    @pytest.mark.parametrize(
        ("fields", "said"),
        [
            ({"has_read": None}, "This field is required."),
            ({"decision": None}, "This field is required."),
            ({"keep": "days"}, "Say after how many days it expires."),
            ({"keep": "days", "keep_days": "0"}, "Say after how many days it expires."),
            ({"keep_days": "3"}, "Days count only where it expires. Leave them out."),
            ({"keep": "live", "allows_ai": "on"}, "A live view keeps no picture"),
        ],
    )
    def test_that_makes_no_sense_is_sent_back(
        self, client: Client, fields: dict[str, Any], said: str
    ) -> None:
        assert send(client, OFFICIAL, **fields) == 200

        page = client.post(
            reverse(PAGE, args=[OFFICIAL]),
            {
                key: value
                for key, value in {
                    "has_read": "on", "decision": "allowed", "keep": "always", **fields,
                }.items()
                if value is not None
            },
        ).text  # fmt: skip
        assert said in page
        assert not ConnectorReview.objects.exists()

    @pytest.mark.usefixtures("operator")
    def test_is_of_a_way_that_there_is(self, client: Client) -> None:
        assert client.get(reverse(PAGE, args=["elsewhere"])).status_code == 302
        assert send(client, "elsewhere") == 302
        assert not ConnectorReview.objects.exists()
        delete = reverse("admin:connectors_connectorreview_delete", args=[OFFICIAL])
        assert client.post(delete, {"post": "yes"}).status_code == 403

    def test_is_not_for_staff_without_the_right(self, client: Client) -> None:
        staff = sign_in_staff(client)
        assert client.get(reverse(LIST)).status_code == 403
        assert send(client, OFFICIAL) == 403

        staff.user_permissions.add(Permission.objects.get(codename="view_connectorreview"))

        page = client.get(reverse(LIST))
        assert (page.status_code, f"{OFFICIAL}/change/" in page.text) == (200, False)
        assert send(client, OFFICIAL) == 403
        assert not ConnectorReview.objects.exists()


class TestAWayThatIsNotOffered:
    MANNERS: dict[str, Any] = {  # never changed
        "acknowledges": "on",
        "user_agent": "Magpie (+https://example.org/magpie)",
        "requests_per_minute": "30",
        "heeds_robots": "on",
    }

    def test_is_opened_by_who_answers_for_it(self, client: Client, operator: User) -> None:
        assert send(client, UNOFFICIAL, **self.MANNERS) == 302

        made = ConnectorReview.objects.get()
        assert (made.acknowledged_by, made.acknowledged_at is None) == (operator.email, False)
        assert gate_of(UNOFFICIAL).is_open
        manners = manners_of(UNOFFICIAL)
        assert (manners.requests_per_minute, manners.heeds_robots) == (30, True)
        assert isinstance(asking.session(), SharedSession)

    @pytest.mark.usefixtures("operator")
    def test_stays_shut_where_nobody_does(self, client: Client) -> None:
        assert send(client, UNOFFICIAL, **self.MANNERS | {"acknowledges": None}) == 302

        assert not gate_of(UNOFFICIAL).is_open

    @pytest.mark.usefixtures("operator")
    @pytest.mark.parametrize(
        "wrong",
        [
            {"user_agent": "Mozilla/5.0"},
            {"user_agent": ""},
            {"user_agent": "Größe (+https://example.org/magpie)"},
            {"requests_per_minute": ""},
            {"requests_per_minute": "0"},
            {"requests_per_minute": "6001"},
            # Of no use: what it says becomes part of pins.
            {"keep": "live"},
            {"keep": "days"},
            {"keep": None},
        ],
    )
    def test_is_not_opened_without_manners(self, client: Client, wrong: dict[str, str]) -> None:
        assert send(client, UNOFFICIAL, **self.MANNERS | wrong) == 200

        assert not ConnectorReview.objects.exists()

    @pytest.mark.usefixtures("operator")
    def test_is_asked_how_to_behave_and_whether_anything_is_kept_but_no_more(
        self, client: Client
    ) -> None:
        pages = {
            name: client.get(reverse(PAGE, args=[name])).text for name in (UNOFFICIAL, OFFICIAL)
        }

        fields = ("keep", "keep_days", "allows_ai", "user_agent")
        asked = {
            name: [field for field in fields if f'name="{field}"' in page]
            for name, page in pages.items()
        }
        assert asked == {
            UNOFFICIAL: ["keep", "user_agent"],
            OFFICIAL: ["keep", "keep_days", "allows_ai"],
        }
