"""Connections as a page: what it says before and after an account is linked, and to whom."""

import datetime as dt

import pytest
from django.db import connection as database
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from connectors.models import Connection, CredentialState, Decision
from connectors.oauth.applications import delete_application
from connectors.pinterest_api.connector import Pinterest
from ingestion.connections_page.reads import account_of
from ingestion.freshness.datasets import SAVED_ITEMS
from ingestion.freshness.states import Freshness
from ingestion.models import DatasetStatus, SyncRun
from ingestion.models.run import RunState
from ingestion.notify.texts import trouble
from tenants.models import Organization
from tenants.permissions import Role
from tenants.scope import org_scope
from tests.conftest import ClientFor, MemberClient
from tests.connectors.policy.reviews import OFFICIAL, review
from tests.ingestion.connections_page.support import DAY, linked, note, page
from tests.ingestion.views.support import html_of, text_of
from tests.pinterest_api.fake import FakePinterest

pytestmark = pytest.mark.django_db


class TestBeforeConnecting:
    def test_each_way_says_what_it_reads_keeps_and_sends_to_ai(
        self, fake: FakePinterest, org: Organization, member_client: MemberClient
    ) -> None:
        html = html_of(member_client.get(page(org)))

        assert html.count("<article") == 6
        for word in ("Reads", "Keeps", "To AI services"):
            assert html.count(f"<dt>{word}</dt>") == 6

    def test_what_is_kept_of_an_account_is_what_was_decided_about_its_terms(
        self, fake: FakePinterest, org: Organization, admin_client: MemberClient
    ) -> None:
        there = page(org, "connection_link", connector="pinterest_api")

        for address in (page(org), there):
            text = text_of(admin_client.get(address))
            assert "Live view only: pictures stay at the source" in text
            assert "dates and boards. Live view" in text

    def test_it_offers_an_account_to_those_who_may_connect_one(
        self, fake: FakePinterest, org: Organization, client_for: ClientFor
    ) -> None:
        to_admin = text_of(client_for(Role.ADMIN).get(page(org)))
        to_viewer = text_of(client_for(Role.VIEWER).get(page(org)))

        assert "Connect an account" in to_admin
        assert "Connect an account" not in to_viewer
        assert "Admins and owners of this organization connect accounts." in to_viewer

    def test_it_says_what_is_missing_where_nothing_is_set_up(
        self, fake: FakePinterest, org: Organization, admin_client: MemberClient
    ) -> None:
        delete_application("pinterest_api")

        text = text_of(admin_client.get(page(org)))

        assert "Pinterest is not set up on this installation yet" in text
        assert "bring an export file" in text
        assert "Connect an account" not in text
        assert "enter an application there" not in text

    def test_it_leads_operators_to_where_that_is_mended(
        self, fake: FakePinterest, org: Organization, admin_client: MemberClient
    ) -> None:
        delete_application("pinterest_api")
        admin_client.user.is_staff = True
        admin_client.user.save()

        for address in (page(org), page(org, "connection_link", connector="pinterest_api")):
            html = html_of(admin_client.get(address))

            assert "/admin/connectors/oauthapp/" in html
            assert "/admin/connectors/connectorreview/" in html
            assert f'href="{page(org)}#way-pinterest-export"' in html

    def test_exports_are_told_step_by_step(
        self, fake: FakePinterest, org: Organization, member_client: MemberClient
    ) -> None:
        html = html_of(member_client.get(page(org)))

        assert 'id="guide-pinterest"' in html
        assert 'id="guide-facebook"' in html

    def test_every_scope_stands_in_words_before_anybody_leaves(
        self, fake: FakePinterest, org: Organization, admin_client: MemberClient
    ) -> None:
        text = text_of(admin_client.get(page(org, "connection_link", connector="pinterest_api")))

        for scope in Pinterest.scopes:
            assert scope.means in text
            assert scope.name not in text
        assert text.count("Needed.") == 3
        assert text.count("You may leave it out.") == 2
        assert Pinterest.terms.says.split("'")[0] in text

    def test_a_source_that_is_not_known_does_not_exist(
        self, fake: FakePinterest, org: Organization, admin_client: MemberClient
    ) -> None:
        address = page(org, "connection_link", connector="nothing")

        assert admin_client.get(address).status_code == 404


class TestAccounts:
    def test_it_says_how_an_account_stands(
        self, fake: FakePinterest, org: Organization, admin_client: MemberClient
    ) -> None:
        linked(org)

        text = text_of(admin_client.get(page(org)))

        assert "exampleuser State: Linked" in text
        assert "See your public boards, their names and sections." in text
        assert "Renews by itself while it syncs" in text
        assert "Sync now" in text
        assert "Disconnect…" in text

    @pytest.mark.parametrize(
        ("state", "word"),
        [
            (CredentialState.REVOKED, "Taken back"),
            (CredentialState.MISSING_SCOPE, "A right is missing"),
            (CredentialState.UNREADABLE, "Has to be reconnected"),
        ],
    )
    def test_one_button_mends_what_only_people_can(
        self,
        fake: FakePinterest,
        org: Organization,
        client_for: ClientFor,
        state: CredentialState,
        word: str,
    ) -> None:
        job = linked(org)
        note(org, state=state)
        address = page(org, "connection_reconnect", connection_id=job.connection_id)

        to_admin = client_for(Role.ADMIN).get(page(org))
        to_viewer = client_for(Role.VIEWER).get(address)

        assert f"State: {word}" in text_of(to_admin)
        assert address in html_of(to_admin)
        assert "Sync now" not in text_of(to_admin)
        assert "has to do this" in text_of(to_viewer)

    @pytest.mark.parametrize(("ended", "look"), [(-1, "Linked"), (1, "Last sync failed")])
    def test_a_sync_that_failed_before_it_was_linked_anew_says_nothing_of_it(
        self, fake: FakePinterest, org: Organization, ended: int, look: str
    ) -> None:
        job = linked(org)
        note(org, connected_at=timezone.now() - DAY)
        with org_scope(org.pk):
            SyncRun.objects.update(
                state=RunState.FAILED,
                error_code="bad_response",
                user_message="It answered nonsense.",
                finished_at=timezone.now() - DAY + ended * DAY / 24,
            )
            assert job.connection is not None
            account = account_of(job.connection)

        assert account is not None
        assert account.look.word == look
        assert account.trouble == ("" if look == "Linked" else "It answered nonsense.")

    def test_what_was_left_out_is_told(
        self, fake: FakePinterest, org: Organization, admin_client: MemberClient
    ) -> None:
        linked(org, scopes=("boards:read", "user_accounts:read"))

        text = text_of(admin_client.get(page(org)))

        assert "Missing, and needed: See the pins on them" in text
        assert "Left out: See your secret boards too." in text

    def test_the_number_of_queries_does_not_grow_with_accounts(
        self, fake: FakePinterest, org: Organization, admin_client: MemberClient
    ) -> None:
        counts = []
        for names in (["one"], ["two", "three"]):
            for name in names:
                linked(org, name)
            admin_client.get(page(org))
            with CaptureQueriesContext(database) as queries:
                assert admin_client.get(page(org)).status_code == 200
            counts.append(len(queries))

        assert counts[0] == counts[1]

    def test_accounts_of_others_are_not_shown(
        self, fake: FakePinterest, org: Organization, other_org: Organization, client_for: ClientFor
    ) -> None:
        linked(other_org, "theirs")

        assert "theirs" not in client_for(Role.OWNER).get(page(org)).text


class TestReconnectElsewhere:
    @pytest.fixture
    def broken(self, fake: FakePinterest, org: Organization) -> DatasetStatus:
        """An account of which the last sync said that it has to be reconnected."""
        job = linked(org)
        failed = {
            "error_code": "auth_revoked",
            "failure_type": "config_error",
            "user_message": "The source does not accept the connection any more.",
        }
        with org_scope(org.pk):
            SyncRun.objects.filter(job=job).update(
                state=RunState.ACTION_REQUIRED, finished_at=timezone.now(), **failed
            )
            return DatasetStatus.objects.create(
                org=org,
                name=SAVED_ITEMS,
                connection=job.connection,
                job=job,
                state=Freshness.ACTION,
                consecutive_failures=1,
                last_run_id=SyncRun.objects.get(job=job).pk,
                **failed,
            )

    def test_pages_of_data_pipelines_and_runs_lead_there(
        self, org: Organization, member_client: MemberClient, broken: DatasetStatus
    ) -> None:
        there = page(org, "connection_reconnect", connection_id=broken.connection_id)
        pages = [
            page(org, "imports"),
            page(org, "pipelines"),
            page(org, "sync_status"),
            page(org, "run", run_id=broken.last_run_id),
        ]

        assert [f'href="{there}"' in html_of(member_client.get(each)) for each in pages] == [
            True
        ] * len(pages)

    def test_so_do_mails_and_the_bell(self, org: Organization, broken: DatasetStatus) -> None:
        with org_scope(org.pk):
            status = DatasetStatus.objects.select_related("connection", "job").get(pk=broken.pk)
            message = trouble(org, status, Freshness.ACTION)

        assert message.path == page(org, "connection_reconnect", connection_id=broken.connection_id)
        assert message.body.endswith("Reconnect the account to go on.")


class TestAPI:
    def test_rows_say_how_an_account_stands_and_hold_no_secret(
        self, fake: FakePinterest, org: Organization, member_client: MemberClient
    ) -> None:
        job = linked(org)
        ends = dt.datetime(2031, 3, 3, 12, tzinfo=dt.UTC)
        note(org, refresh_expires_at=ends, state=CredentialState.REVOKED)
        with org_scope(org.pk):
            Connection.objects.create(org=org, source="web", name="Web")

        response = member_client.get("/api/v1/connections", headers={"X-Magpie-Org": org.slug})

        first, second = response.json()["results"]
        assert first == {
            "id": str(job.connection_id),
            "source": "pinterest",
            "name": "Pinterest: exampleuser",
            "blocked_until": None,
            "account_name": "exampleuser",
            "state": "revoked",
            "expires_at": "2031-03-03T12:00:00Z",
        }
        assert (second["account_name"], second["state"], second["expires_at"]) == ("", "", None)
        assert "hush" not in response.text


def test_a_source_is_called_by_its_connectors_name(
    fake: FakePinterest,
    org: Organization,
    member_client: MemberClient,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Several may read what lives at one source, such as "web"; people know what they linked."""
    monkeypatch.setattr(Pinterest, "title", "Recipe Box")
    linked(org)
    note(org, state=CredentialState.REVOKED)

    words = text_of(member_client.get(page(org)))

    assert "exampleuser at Recipe Box has to be reconnected" in words
    assert "Recipe Box does not accept this connection any more" in words


def test_what_the_operator_shut_promises_no_sync(
    fake: FakePinterest, org: Organization, client_for: ClientFor
) -> None:
    linked(org)
    client = client_for(Role.ADMIN)
    assert "Sync now" in text_of(client.get(page(org)))

    review(OFFICIAL, decision=Decision.REFUSED)

    words = text_of(client.get(page(org)))
    assert "State: Switched off" in words
    assert "Next sync Not by itself" in words
    assert "nothing renews it while no sync runs" in words
    assert "Sync now" not in words
