"""The way to a source and back: what links an account, and all that does not."""

import re
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from connectors.models import CredentialState
from connectors.oauth.applications import delete_application, save_application
from ingestion.models import SyncRun
from ingestion.models.job import JobKind
from ingestion.models.run import RunState
from ingestion.syncs.linking import MOST_BEGUN
from media.models import Asset
from tenants.models import Organization
from tenants.permissions import Role
from tenants.scope import org_scope
from tests.conftest import ClientFor, MemberClient
from tests.ingestion.connections_page.support import (
    CALLBACK,
    begin,
    come_back,
    credentials,
    link,
    page,
    said,
    sync_job,
    work_all,
)
from tests.pinterest_api.fake import FakePinterest, Reply, failure

# The connector looks at the database beside its event loop, by connections of its own.
pytestmark = pytest.mark.django_db(transaction=True)


def test_an_account_is_linked_and_its_first_sync_brings_everything(
    fake: FakePinterest, org: Organization, admin_client: MemberClient
) -> None:
    fake.add_board("Kitchens", pins=5)

    response = link(admin_client, org, fake)

    assert response["Location"] == page(org)
    assert "“exampleuser” at Pinterest is connected" in said(response)
    (credential,) = credentials(org)
    assert (credential.account_id, credential.state) == ("9001", CredentialState.OK)
    assert credential.connection.name == "Pinterest: exampleuser"
    run = work_all(org, JobKind.SYNC)
    assert (run.state, run.new_count) == (RunState.SUCCEEDED, 5)
    assert run.created_by == admin_client.user
    with org_scope(org.pk):
        assert Asset.objects.count() == 5


def test_the_way_leads_to_pinterest_and_names_no_host_of_the_request(
    fake: FakePinterest, org: Organization, admin_client: MemberClient, settings: Any
) -> None:
    settings.ALLOWED_HOSTS = ["testserver", "evil.example.com"]
    address = page(org, "connection_begin", connector="pinterest_api")

    good = admin_client.post(address)
    evil = admin_client.post(address, headers={"Host": "evil.example.com"})

    asked = parse_qs(urlsplit(good["Location"]).query)
    assert good["Location"].startswith("https://www.pinterest.com/oauth/?")
    assert asked["redirect_uri"] == ["http://testserver" + CALLBACK]
    assert "evil" not in evil["Location"]
    assert evil["Location"] == page(org)
    assert "Accounts are connected at http://testserver" in said(evil)


def test_a_callback_leads_only_to_the_own_pages(
    fake: FakePinterest, org: Organization, admin_client: MemberClient
) -> None:
    state = begin(admin_client, org)

    response = come_back(
        admin_client,
        fake,
        state,
        code=fake.give_code(),
        next="https://evil.example.com/",
        redirect_uri="https://evil.example.com/",
    )

    assert response["Location"] == page(org)


class TestWhatIsGranted:
    def test_a_denial_is_told_as_one(
        self, fake: FakePinterest, org: Organization, admin_client: MemberClient
    ) -> None:
        response = come_back(admin_client, fake, begin(admin_client, org), error="access_denied")

        assert "You did not allow it at Pinterest" in said(response)
        assert (credentials(org), fake.asked) == ([], [])

    def test_words_of_the_address_are_not_repeated(
        self, fake: FakePinterest, org: Organization, admin_client: MemberClient
    ) -> None:
        response = come_back(
            admin_client, fake, begin(admin_client, org), error="<b>call 0900</b>", code="x"
        )

        assert "0900" not in said(response)
        assert "did not let you connect" in said(response)

    def test_without_secret_boards_it_is_linked_with_a_note(
        self, fake: FakePinterest, org: Organization, admin_client: MemberClient
    ) -> None:
        fake.scopes = {"boards:read", "pins:read", "user_accounts:read"}

        response = link(admin_client, org, fake)

        assert "Left out, as you chose: See your secret boards too." in said(response)
        (credential,) = credentials(org)
        assert credential.state == CredentialState.OK
        assert sorted(credential.scopes) == sorted(fake.scopes)

    def test_without_what_is_needed_nothing_runs_until_it_is_reconnected(
        self, fake: FakePinterest, org: Organization, admin_client: MemberClient
    ) -> None:
        fake.scopes = {"boards:read", "user_accounts:read"}

        response = link(admin_client, org, fake)

        assert "less was allowed than is needed" in said(response)
        (credential,) = credentials(org)
        assert credential.state == CredentialState.MISSING_SCOPE
        with org_scope(org.pk):
            assert not SyncRun.objects.exists()
        fake.scopes.add("pins:read")
        come_back(admin_client, fake, begin(admin_client, org, credential.connection))
        (mended,) = credentials(org)
        assert (mended.pk, mended.state) == (credential.pk, CredentialState.OK)
        with org_scope(org.pk):
            assert SyncRun.objects.filter(kind=JobKind.SYNC).count() == 1

    def test_whose_account_it_is_has_to_be_seen(
        self, fake: FakePinterest, org: Organization, admin_client: MemberClient
    ) -> None:
        fake.scopes = {"boards:read", "pins:read"}
        fake.before = lambda path: (
            fake.troubles.append(failure(401, code=3)) if path == "/user_account" else None
        )

        response = link(admin_client, org, fake)

        assert "did not let Magpie see whose account it is" in said(response)
        assert credentials(org) == []


class TestTrouble:
    @pytest.mark.parametrize(
        ("reply", "sentence"),
        [
            (Reply(500, b"<h1>Oops</h1>"), "trouble of its own"),
            (Reply(200, b"<html>Log in</html>"), "something we cannot use"),
            (failure(400), "did not accept the answer any more"),
            (failure(401), "does not accept the application"),
            (failure(429, Retry_After="9"), "asks us to slow down"),
        ],
    )
    def test_it_links_nothing_and_says_why(
        self,
        fake: FakePinterest,
        org: Organization,
        admin_client: MemberClient,
        reply: Reply,
        sentence: str,
    ) -> None:
        state = begin(admin_client, org)
        fake.troubles.append(reply)

        response = come_back(admin_client, fake, state)

        assert sentence in said(response)
        assert response["Location"] == page(org)
        assert credentials(org) == []

    def test_a_source_that_is_away_is_told(
        self, fake: FakePinterest, org: Organization, admin_client: MemberClient, settings: Any
    ) -> None:
        state = begin(admin_client, org)
        settings.FETCH_HOST_MAP = {"api.pinterest.com": "127.0.0.1:9"}

        response = come_back(admin_client, fake, state)

        assert "could not be reached" in said(response)
        assert credentials(org) == []

    def test_a_code_that_is_none_is_not_even_asked_about(
        self, fake: FakePinterest, org: Organization, admin_client: MemberClient
    ) -> None:
        for code in ("", "x" * 3000):
            response = come_back(admin_client, fake, begin(admin_client, org), code=code, x="1")
            assert "no answer that can be used" in said(response)
        assert fake.asked == []


class TestReconnecting:
    def test_the_same_account_goes_on_where_it_stood(
        self, fake: FakePinterest, org: Organization, admin_client: MemberClient
    ) -> None:
        board = fake.add_board("Kitchens", pins=3)
        link(admin_client, org, fake)
        work_all(org, JobKind.SYNC)
        (credential,) = credentials(org)
        fake.revoke()
        with org_scope(org.pk):
            admin_client.post(page(org, "connection_sync", connection_id=credential.connection_id))
        broken = work_all(org, JobKind.SYNC)
        assert (broken.state, broken.error_code) == (RunState.ACTION_REQUIRED, "auth_revoked")
        (revoked,) = credentials(org)
        assert revoked.state == CredentialState.REVOKED
        fake.save(board, 2)

        come_back(admin_client, fake, begin(admin_client, org, credential.connection))
        run = work_all(org, JobKind.SYNC)

        assert (run.state, run.new_count) == (RunState.SUCCEEDED, 2)
        (mended,) = credentials(org)
        assert (mended.pk, mended.state) == (credential.pk, CredentialState.OK)
        assert sync_job(org).next_due_at is not None

    def test_another_account_is_refused_and_nothing_changes(
        self, fake: FakePinterest, org: Organization, admin_client: MemberClient
    ) -> None:
        link(admin_client, org, fake)
        (before,) = credentials(org)
        state = begin(admin_client, org, before.connection)
        fake.account = ("9002", "somebodyelse")

        response = come_back(admin_client, fake, state)

        assert "signed in at Pinterest as “somebodyelse”" in said(response)
        assert "another account than “exampleuser” of this connection" in said(response)
        (after,) = credentials(org)
        assert (after.version, after.account_id) == (before.version, "9001")

    def test_two_accounts_are_two_connections_even_of_one_name(
        self, fake: FakePinterest, org: Organization, admin_client: MemberClient
    ) -> None:
        link(admin_client, org, fake)
        fake.account = ("9002", "exampleuser")

        link(admin_client, org, fake)

        first, second = credentials(org)
        assert (first.account_id, second.account_id) == ("9001", "9002")
        assert first.connection_id != second.connection_id

    def test_a_connection_of_another_organization_does_not_exist(
        self,
        fake: FakePinterest,
        org: Organization,
        other_org: Organization,
        admin_client: MemberClient,
        client_for: ClientFor,
    ) -> None:
        link(admin_client, org, fake)
        (credential,) = credentials(org)
        other = client_for(Role.OWNER, org=other_org)
        keys = {"connection_id": credential.connection_id}

        for name in ("connection_begin_again", "connection_sync", "connection_disconnect"):
            assert other.post(page(other_org, name, **keys)).status_code == 404


class TestWhoMayBegin:
    @pytest.mark.parametrize("role", [Role.EDITOR, Role.VIEWER])
    def test_editors_and_viewers_may_not(
        self, fake: FakePinterest, org: Organization, client_for: ClientFor, role: Role
    ) -> None:
        address = page(org, "connection_begin", connector="pinterest_api")

        assert client_for(role).post(address).status_code == 403

    def test_nobody_may_without_an_application(
        self, fake: FakePinterest, org: Organization, admin_client: MemberClient
    ) -> None:
        delete_application("pinterest_api")

        response = admin_client.post(page(org, "connection_begin", connector="pinterest_api"))

        assert response["Location"] == page(org)
        assert "no application is entered" in said(response)

    def test_a_person_begins_only_so_often(
        self, fake: FakePinterest, org: Organization, admin_client: MemberClient
    ) -> None:
        for _ in range(MOST_BEGUN):
            begin(admin_client, org)

        response = admin_client.post(page(org, "connection_begin", connector="pinterest_api"))

        assert response["Location"] == page(org)
        assert "too often" in said(response)

    def test_the_page_before_lets_the_form_lead_to_the_source(
        self, fake: FakePinterest, org: Organization, admin_client: MemberClient
    ) -> None:
        response = admin_client.get(page(org, "connection_link", connector="pinterest_api"))

        policy = re.search(r"form-action ([^;]*)", response["Content-Security-Policy"])
        assert policy is not None
        assert policy[1].split() == ["'self'", "https://www.pinterest.com"]
        assert "form-action 'self';" in admin_client.get(page(org))["Content-Security-Policy"] + ";"


def test_rotation_and_secrets_show_nowhere(
    fake: FakePinterest,
    org: Organization,
    admin_client: MemberClient,
    caplog: pytest.LogCaptureFixture,
) -> None:
    fake.add_board("Kitchens", pins=1)
    response = link(admin_client, org, fake)
    state = begin(admin_client, org)
    save_application("pinterest_api", client_id="1500000", client_secret="hush-wrong")
    refused = come_back(admin_client, fake, state, code="hush-code-of-mine")
    shown = "".join(
        [
            admin_client.get(page(org)).text,
            said(response),
            said(refused),
            caplog.text,
            str(admin_client.session.items()),
        ]
    )

    for secret in ("pina_", "pinr.", "hush-client-secret", "hush-wrong", "hush-code"):
        assert secret not in shown
