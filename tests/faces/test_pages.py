"""The page of what an organization allows, and what the API says of it."""

import json
import re

import pytest
from django.test import Client
from django.urls import reverse

from faces.consent import withdraw_consent
from faces.models import FaceConsent, FaceReceipt, FaceSettings, FaceSource
from faces.wording import CONSENT
from tenants.models import Organization
from tenants.permissions import Role
from tenants.scope import org_scope
from tests.conftest import ClientFor
from tests.faces.making import allow, erase, make_face, make_person, picture_of, somebody
from tests.factories import PASSWORD

pytestmark = pytest.mark.django_db

AGREED = {"lawful_basis": "release", "is_agreed": "on", "text_version": CONSENT.version}


def page_of(org: Organization, name: str = "settings", **keys: object) -> str:
    return reverse(f"faces:{name}", kwargs={"org_slug": org.slug, **keys})


def text_of(content: bytes) -> str:
    """Return what people read of a page."""
    return " ".join(re.sub(r"<[^>]+>", " ", content.decode()).split())


@pytest.fixture
def owner(client_for: ClientFor) -> Client:
    """An owner who is signed in, and has not proven since that it is them."""
    return client_for(Role.OWNER)


def prove(client: Client) -> None:
    """Give the password once more."""
    client.post(reverse("account_reauthenticate"), {"password": PASSWORD})


class TestSwitchingOn:
    def test_asks_for_the_password_first(self, owner: Client, org: Organization) -> None:
        response = owner.post(page_of(org, "switch_on"), AGREED)

        assert response["Location"].startswith(reverse("account_reauthenticate"))
        with org_scope(org.pk):
            assert not FaceConsent.objects.exists()

    def test_shows_the_statement_and_records_the_consent(
        self, owner: Client, org: Organization
    ) -> None:
        prove(owner)

        shown = owner.get(page_of(org, "switch_on"))
        owner.post(page_of(org, "switch_on"), AGREED)

        assert all(part in text_of(shown.content) for part in CONSENT.paragraphs)
        with org_scope(org.pk):
            consent = FaceConsent.objects.get()
        assert (consent.lawful_basis, consent.text_sha256) == ("release", CONSENT.sha256)
        page = text_of(owner.get(page_of(org)).content)
        assert "Faces are on" in page
        assert f"{consent.granted_at:%H:%M} UTC" in page

    def test_without_agreeing_changes_nothing(self, owner: Client, org: Organization) -> None:
        prove(owner)

        response = owner.post(page_of(org, "switch_on"), {**AGREED, "is_agreed": ""})

        assert response.status_code == 422
        with org_scope(org.pk):
            assert not FaceConsent.objects.exists()

    def test_is_not_for_admins(self, client_for: ClientFor, org: Organization) -> None:
        admin = client_for(Role.ADMIN)

        assert admin.post(page_of(org, "switch_on"), AGREED).status_code == 403
        assert "An owner can switch this on" in text_of(admin.get(page_of(org)).content)


class TestSources:
    def test_are_vouched_for_and_revoked(self, owner: Client, org: Organization) -> None:
        said = {"source": "web", "site": "www.Mine.example/x", "relation": "own"}
        owner.post(page_of(org, "source_attest"), {**said, "is_agreed": "on"})
        with org_scope(org.pk):
            source = FaceSource.objects.live().get()
        assert source.site == "mine.example"

        owner.post(page_of(org, "source_revoke", source_id=source.pk))

        with org_scope(org.pk):
            assert not FaceSource.objects.live().exists()
            assert FaceReceipt.objects.get().source == source

    @pytest.mark.parametrize(
        ("said", "reason"),
        [
            ({"source": "pinterest"}, "nobody here can vouch"),
            ({"source": "web", "site": "pinterest.com"}, "nobody here can vouch"),
            ({"source": "web", "site": ""}, "This field is required"),
        ],
    )
    def test_of_others_are_refused_with_the_reason(
        self, owner: Client, org: Organization, said: dict[str, str], reason: str
    ) -> None:
        values = {"relation": "own", "is_agreed": "on", **said}

        response = owner.post(page_of(org, "source_attest"), values)

        assert response.status_code == 422
        assert reason in text_of(response.content)


class TestWithdrawing:
    def test_names_what_goes_and_gives_a_receipt(self, owner: Client, org: Organization) -> None:
        with org_scope(org.pk):
            consent = allow(org)
            anna = make_person(org, "Anna")
            make_face(picture_of(org), consent, state="confirmed", person=anna)
        before = owner.get(page_of(org)).content.decode()
        assert 'data-confirm="Delete 1 face, 1 template and 1 person with 1 name?' in before

        owner.post(page_of(org, "switch_off"))
        during = text_of(owner.get(page_of(org, "receipts")).content)
        with org_scope(org.pk):
            erase()
            receipt = FaceReceipt.objects.get()
        after = text_of(owner.get(page_of(org, "receipts")).content)
        file = owner.get(page_of(org, "receipt", receipt_id=receipt.pk))

        assert ("Deleting" in during, "Deleted" in after) == (True, True)
        assert "1 face, 1 template, 1 picture of a face, 1 person, 1 name." in after
        assert file["Content-Disposition"].startswith("attachment")
        assert json.loads(file.content)["sha256"] == receipt.sha256

    def test_gives_no_receipt_before_it_has_ended(self, owner: Client, org: Organization) -> None:
        with org_scope(org.pk):
            allow(org)
            receipt = withdraw_consent(org=org, actor=somebody(org))

        found = owner.get(page_of(org, "receipt", receipt_id=receipt.pk))

        assert found.status_code == 404


class TestKeeping:
    def test_is_changed_within_bounds(self, owner: Client, org: Organization) -> None:
        owner.post(page_of(org, "keeping"), {"retention_days": "7"})
        too_long = owner.post(page_of(org, "keeping"), {"retention_days": "4000"})

        with org_scope(org.pk):
            settings = FaceSettings.objects.get()
        assert (settings.retention_days, settings.auto_assign) == (7, False)
        assert too_long.status_code == 422


class TestApi:
    def test_says_what_is_allowed(self, client_for: ClientFor, org: Organization) -> None:
        viewer = client_for(Role.VIEWER)
        address = "/api/v1/faces/settings"
        headers = {"X-Magpie-Org": org.slug}
        off = viewer.get(address, headers=headers).json()
        with org_scope(org.pk):
            make_face(picture_of(org), allow(org))

        on = viewer.get(address, headers=headers).json()

        assert (off["is_enabled"], off["lawful_basis"], off["sources"]) == (False, "", [])
        assert (on["is_enabled"], on["lawful_basis"]) == (True, "explicit_consent")
        assert [source["source"] for source in on["sources"]] == ["upload"]
        assert on["held"] == {"faces": 1, "vectors": 1, "crops": 1, "people": 0, "names": 0}
