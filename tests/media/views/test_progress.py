"""Pictures that are on their way while one looks at the wall."""

import re

import pytest
from django.test import Client

from tenants.models import Organization
from tests.media.making import make_asset
from tests.media.views.support import add_wanted_picture, address, flat

pytestmark = pytest.mark.django_db


class TestProgress:
    def test_says_how_many_pictures_are_on_their_way_and_asks_again(
        self, org: Organization, member_client: Client
    ) -> None:
        make_asset(org, "Here", pictures=1)
        add_wanted_picture(make_asset(org, "Waiting", picture_count=1), "pending")

        response = member_client.get(address("progress"))

        assert response.status_code == 200
        assert "1 of 2 pictures is still being fetched." in flat(response)
        assert 'hx-trigger="every 4s"' in flat(response)

    def test_asks_less_often_while_nothing_arrives(
        self, org: Organization, member_client: Client
    ) -> None:
        add_wanted_picture(make_asset(org, "Waiting", picture_count=1), "pending")

        for before, then in (("4", "8"), ("40", "60"), ("60", "60"), ("9" * 9, "60"), ("x", "4")):
            response = member_client.get(address("progress"), {"waiting": "1", "pause": before})
            assert f'hx-trigger="every {then}s"' in flat(response)

        response = member_client.get(address("progress"), {"waiting": "2", "pause": "60"})
        assert 'hx-trigger="every 4s"' in flat(response)

    def test_brings_what_has_become_of_the_cards_that_wait(
        self, org: Organization, member_client: Client
    ) -> None:
        here = make_asset(org, "Here", pictures=1)
        failed = make_asset(org, "Failed", picture_count=1, failed_count=1)
        waiting = make_asset(org, "Waiting", picture_count=1)
        add_wanted_picture(failed, "failed")
        add_wanted_picture(waiting, "pending")

        response = member_client.get(
            address("progress"), {"ids": [str(here.pk), str(failed.pk), str(waiting.pk), "x"]}
        )

        text = flat(response)
        frames = re.findall(r'id="frame-([0-9a-f-]+)" hx-swap-oob="true"', text)
        assert sorted(frames) == sorted([str(here.pk), str(failed.pk)])
        assert text.count('class="card__image"') == 1
        assert "Not available" in text

    def test_brings_nothing_of_another_organization(
        self, org: Organization, other_org: Organization, member_client: Client
    ) -> None:
        theirs = make_asset(other_org, "Theirs", pictures=1)

        response = member_client.get(address("progress"), {"ids": [str(theirs.pk)]})

        assert "frame-" not in flat(response)

    def test_ends_the_poll_once_all_are_here(
        self, org: Organization, member_client: Client
    ) -> None:
        response = member_client.get(address("progress"), {"waiting": "3"})

        assert response.status_code == 286
        assert response["HX-Trigger"] == "magpie:library-changed"
        assert "All pictures are here." in flat(response)
        assert "every" not in flat(response)

    def test_is_silent_where_nothing_was_waited_for(
        self, org: Organization, member_client: Client
    ) -> None:
        assert flat(member_client.get(address("progress"))).strip() == ""
