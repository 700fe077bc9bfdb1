"""The small window: what it shows, that looking writes nothing, and what Save does."""

import re
from urllib.parse import quote, unquote, urlencode

import pytest
from django.test import Client

from ingestion.models import Job, SyncRun
from ingestion.models.job import JobKind
from media.models import Asset
from tenants.models import Organization
from tenants.permissions import Role
from tenants.scope import org_scope
from tests.conftest import ClientFor, MemberClient
from tests.factories import MembershipFactory
from tests.media.making import make_asset, make_board

pytestmark = pytest.mark.django_db

DOOR = "/capture/"
WINDOW = "/o/acme/capture/"
PAGE = "https://shop.example.org/lamps?a=1&b=2"
HTMX = {"HX-Request": "true"}


def opened(**values: str) -> str:
    return urlencode({"url": PAGE, **values})


def captures(org: Organization) -> list[Job]:
    with org_scope(org.pk):
        return list(Job.objects.filter(kind=JobKind.CAPTURE).order_by("pk"))


class TestTheDoor:
    def test_leads_to_the_window_with_all_that_it_was_given(
        self, member_client: MemberClient
    ) -> None:
        response = member_client.get(f"{DOOR}?{opened(title='Ümläut & <b>', text='x')}&evil=1")

        assert response.status_code == 302
        assert response["Location"].startswith(WINDOW)
        assert "Ümläut & <b>" in unquote(response["Location"].replace("+", " "))
        assert "evil" not in response["Location"]

    def test_asks_strangers_to_sign_in_and_leads_back(self, org: Organization) -> None:
        address = f"{DOOR}?{opened(title='Seven lamps')}"

        response = Client().get(address)

        assert response["Location"] == f"/account/login/?next={quote(address, safe='/')}"

    def test_leads_where_the_person_may_save(
        self, client_for: ClientFor, other_org: Organization
    ) -> None:
        client = client_for(Role.VIEWER)
        MembershipFactory.create(org=other_org, user=client.user, role=Role.EDITOR)

        assert client.get(f"{DOOR}?{opened()}")["Location"] == f"/o/other/capture/?{opened()}"
        assert client.get(f"{WINDOW}?{opened()}").status_code == 403

    def test_says_to_whom_may_only_look_that_they_may_not_save(
        self, client_for: ClientFor, org: Organization
    ) -> None:
        page = client_for(Role.VIEWER).get(f"{DOOR}?{opened()}")

        assert page.status_code == 403
        assert "Your role does not allow to save" in page.text
        assert f"<b>{org.name}</b>" in page.text


class TestTheWindow:
    def test_writes_nothing_and_escapes_what_it_was_given(
        self, org: Organization, member_client: MemberClient
    ) -> None:
        text = '"><script>alert(1)</script>'

        page = member_client.get(f"{WINDOW}?{opened(title=text, text=text, picture=PAGE)}")

        assert page.status_code == 200
        assert "<script>alert" not in page.text
        assert page.text.count("&lt;script&gt;alert(1)&lt;/script&gt;") == 3
        assert captures(org) == []
        assert page["X-Frame-Options"] == "DENY"
        assert page["Cross-Origin-Opener-Policy"] == "same-origin"

    def test_says_that_another_picture_was_meant(self, member_client: MemberClient) -> None:
        page = member_client.get(f"{DOOR}?{opened(embedded='1')}", follow=True)

        assert "has no address of its own" in page.text
        assert "has no address of its own" not in member_client.get(f"{WINDOW}?{opened()}").text

    def test_cuts_what_is_too_long(self, member_client: MemberClient) -> None:
        page = member_client.get(f"{WINDOW}?{opened(title='t' * 900, text='n' * 9_000)}")

        assert len(re.findall("t{500,}", page.text)[0]) == 500
        assert len(re.findall("n{2000,}", page.text)[0]) == 2_000

    @pytest.mark.parametrize(
        "url",
        [
            "",
            "http://127.0.0.1/",
            "http://[::1",
            "javascript:alert(1)",
            "https://x.example/" + "a" * 5_000,
        ],
    )
    def test_says_at_once_of_what_cannot_be_saved(
        self, member_client: MemberClient, url: str
    ) -> None:
        page = member_client.get(WINDOW, {"url": url})

        assert 'role="alert"' in page.text
        assert 'name="board_name"' not in page.text

    def test_shows_a_pin_that_is_here_without_asking_anybody(
        self, org: Organization, member_client: MemberClient
    ) -> None:
        make_asset(org, "Oak", source_ref="pin:123456", pictures=1)

        page = member_client.get(WINDOW, {"url": "https://www.pinterest.de/pin/oak--123456/sent/"})

        assert "In your library already" in page.text
        assert "/look/" not in page.text

    def test_leads_to_other_libraries_with_the_same(
        self, member_client: MemberClient, other_org: Organization
    ) -> None:
        MembershipFactory.create(org=other_org, user=member_client.user, role=Role.EDITOR)

        page = member_client.get(f"{WINDOW}?{opened()}")

        assert f'href="/o/other/capture/?{opened().replace("&", "&amp;")}"' in page.text


class TestALook:
    @pytest.mark.parametrize(
        ("site", "press", "waits"),
        [
            ("cross-site", "", True),
            ("same-site", "", True),
            ("cross-site", "?1", False),
            ("none", "?1", False),
            ("same-origin", "", False),
            ("", "", False),
        ],
    )
    def test_waits_for_a_press_where_a_site_opened_the_window_by_itself(
        self, member_client: MemberClient, site: str, press: str, *, waits: bool
    ) -> None:
        headers = {"Sec-Fetch-Site": site, "Sec-Fetch-User": press}
        page = member_client.get(f"{WINDOW}?{opened()}", headers=headers).text

        assert ("Another site opened this window" in page) is waits
        assert ('hx-trigger="load"' in page) is not waits

    def test_is_refused_after_very_many_within_minutes(
        self,
        org: Organization,
        member_client: MemberClient,
        client_for: ClientFor,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        monkeypatch.setattr("ingestion.gather.captures.services.MOST_LOOKS", 1)
        member_client.post(f"{WINDOW}look/", {"url": PAGE}, headers=HTMX)

        more = member_client.post(f"{WINDOW}look/", {"url": PAGE}, headers=HTMX)

        assert "very many pages within minutes" in more.text
        assert len(captures(org)) == 1
        other = client_for(Role.EDITOR).post(f"{WINDOW}look/", {"url": PAGE}, headers=HTMX)
        assert "Looking at the page" in other.text
        saved = member_client.post(WINDOW, {"url": PAGE}, headers=HTMX)
        assert "Saving…" in saved.text

    def test_is_begun_by_a_post_and_followed(
        self, org: Organization, member_client: MemberClient
    ) -> None:
        assert member_client.get(f"{WINDOW}look/").status_code == 405

        begun = member_client.post(f"{WINDOW}look/", {"url": PAGE}, headers=HTMX)

        (job,) = captures(org)
        assert f"{WINDOW}{job.pk}/look/" in begun.text
        with org_scope(org.pk):
            assert SyncRun.objects.get(job=job).is_dry_run
        assert member_client.get(f"{WINDOW}{job.pk}/look/").status_code == 200
        assert member_client.get(f"{WINDOW}{job.pk}/pictures/0/").status_code == 404

    def test_needs_the_token_against_forged_requests(self, member_client: MemberClient) -> None:
        strict = Client(enforce_csrf_checks=True)
        strict.force_login(member_client.user)

        assert strict.post(f"{WINDOW}look/", {"url": PAGE}).status_code == 403
        assert strict.post(WINDOW, {"url": PAGE}).status_code == 403


class TestSaving:
    def test_queues_a_run_and_follows_it(
        self, org: Organization, member_client: MemberClient
    ) -> None:
        said = {
            "url": PAGE,
            "title": "Mine",
            "page_title": "Theirs",
            "tags": "a, #b,,",
            "note": "N",
        }

        answer = member_client.post(WINDOW, said | {"board_name": "Kitchen"}, headers=HTMX)

        (job,) = captures(org)
        assert "Saving…" in answer.text
        assert f"{WINDOW}{job.pk}/" in answer.text
        assert job.created_by == member_client.user
        names = ("board_name", "tags", "own_title", "note")
        assert [job.params[name] for name in names] == ["Kitchen", ["a", "#b"], "Mine", "N"]

    def test_goes_on_with_the_look_before(
        self, org: Organization, member_client: MemberClient
    ) -> None:
        member_client.post(f"{WINDOW}look/", {"url": PAGE}, headers=HTMX)
        (job,) = captures(org)

        member_client.post(WINDOW, {"url": PAGE, "job": str(job.pk)}, headers=HTMX)
        again = member_client.post(WINDOW, {"url": PAGE, "job": str(job.pk)}, headers=HTMX)

        assert captures(org) == [job]
        assert again.status_code == 422
        with org_scope(org.pk):
            assert SyncRun.objects.filter(job=job, is_dry_run=False).count() == 1

    def test_keeps_what_was_typed_where_it_cannot_save(self, member_client: MemberClient) -> None:
        said = {"url": PAGE, "note": "Long thoughts", "choice": "none"}

        answer = member_client.post(WINDOW, said, headers=HTMX)

        assert answer.status_code == 422
        assert "Long thoughts</textarea>" in answer.text
        assert 'role="alert"' in answer.text

    def test_without_script_leads_to_a_page_of_its_own(
        self, org: Organization, member_client: MemberClient
    ) -> None:
        response = member_client.post(WINDOW, {"url": PAGE})

        (job,) = captures(org)
        assert response["Location"] == f"{WINDOW}{job.pk}/"
        assert "Look again" in member_client.get(response["Location"]).text

    def test_of_others_is_taken_back_by_those_who_may(
        self, org: Organization, member_client: MemberClient, client_for: ClientFor
    ) -> None:
        asset = make_asset(org, "Oak", pictures=1)
        with org_scope(org.pk):
            member_client.post(WINDOW, {"url": PAGE})
            Job.objects.filter(kind=JobKind.CAPTURE).update(
                params={"url": PAGE, "asset": str(asset.pk), "is_new": True}
            )
        (job,) = captures(org)

        assert client_for(Role.EDITOR).post(f"{WINDOW}{job.pk}/undo/").status_code == 403
        answer = client_for(Role.ADMIN).post(f"{WINDOW}{job.pk}/undo/", headers=HTMX)

        assert "Taken back" in answer.text
        with org_scope(org.pk):
            assert Asset.objects.get().removed_at is not None


def test_tags_are_proposed_by_how_they_begin(
    org: Organization, member_client: MemberClient
) -> None:
    make_asset(org, "Oak", tags=("oak", "oakum", "elm"))

    answer = member_client.get(f"{WINDOW}tags/", {"tags": "elm, #oa"})

    assert re.findall(r'data-tag-choice="(\w+)"', answer.text) == ["oak", "oakum"]


def test_boards_are_proposed(org: Organization, member_client: MemberClient) -> None:
    make_board(org, "Kitchen")

    assert '<option value="Kitchen">' in member_client.get(f"{WINDOW}?{opened()}").text


class TestBrowsing:
    def test_offers_the_bookmark_of_this_very_address_and_the_extension(
        self, member_client: MemberClient
    ) -> None:
        page = member_client.get(f"{WINDOW}browser/")

        assert (
            'href="javascript:(()=&gt;{const q=new URLSearchParams({url:location.href})'
            in page.text
        )
        assert "http://testserver/capture/?" in page.text
        assert "script-src 'self'" in page["Content-Security-Policy"]
        assert "unsafe" not in page["Content-Security-Policy"]

        file = member_client.get(f"{WINDOW}extension.zip")

        assert (file["Content-Type"], file.content[:2]) == ("application/zip", b"PK")
        assert "attachment" in file["Content-Disposition"]


class TestTheAPI:
    def test_answers_the_run_and_later_the_asset(
        self, org: Organization, member_client: MemberClient
    ) -> None:
        headers = {"X-Magpie-Org": "acme"}
        body = {
            "url": "https://pinterest.de/pin/a--77/",
            "board_name": "B",
            "tags": ["t"],
            "note": "n",
        }

        answer = member_client.post(
            "/api/v1/captures", body, content_type="application/json", headers=headers
        )

        (job,) = captures(org)
        assert answer.status_code == 202
        found = answer.json()
        assert (found["id"], found["status"], found["asset_id"]) == (str(job.pk), "pending", None)
        assert found["url"] == "https://www.pinterest.com/pin/77/"
        again = member_client.get(f"/api/v1/captures/{job.pk}", headers=headers)
        assert again.json() == found

    def test_refuses_addresses_and_boards_that_are_none(
        self, org: Organization, member_client: MemberClient
    ) -> None:
        headers = {"X-Magpie-Org": "acme"}
        unknown = "01a2003d-c86d-757a-9d2a-75ebd0651a09"
        for body, status in (
            ({"url": "http://localhost/"}, 422),
            ({"url": PAGE, "picture": "file:///etc/passwd"}, 422),
            ({"url": PAGE, "board": unknown}, 404),
            ({"picture": PAGE}, 400),
        ):
            answer = member_client.post(
                "/api/v1/captures", body, content_type="application/json", headers=headers
            )
            assert answer.status_code == status, body
        assert captures(org) == []
