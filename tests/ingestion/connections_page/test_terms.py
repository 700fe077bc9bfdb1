"""Before anybody connects the page says what is kept of what would come, and how long."""

from typing import Any

import pytest

from connectors.models import Keep
from tenants.urls_for import org_reverse
from tests.conftest import MemberClient
from tests.connectors.policy.reviews import OFFICIAL, review
from tests.pinterest_api.fake import FakePinterest

pytestmark = pytest.mark.django_db

WORDS = "Titles, texts, links, dates and boards"


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ({"keep": Keep.ALWAYS}, f"{WORDS}, and copies of the pictures. Yours until"),
        (
            {"keep": Keep.DAYS, "keep_days": 30},
            f"{WORDS}, and copies of the pictures. It goes 30 days after its source",
        ),
        (
            {"keep": Keep.LIVE, "allows_ai": False, "allows_faces": False},
            f"{WORDS}. Live view only: pictures stay at the source",
        ),
    ],
)
def test_the_card_and_the_page_before_leaving_say_what_the_review_says(
    fake: FakePinterest, admin_client: MemberClient, said: dict[str, Any], expected: str
) -> None:
    review(OFFICIAL, **said)
    org = admin_client.membership.org

    card = admin_client.get(org_reverse(org, "ingestion:connections")).text
    page = admin_client.get(org_reverse(org, "ingestion:connection_link", connector=OFFICIAL)).text

    (_, _, source) = card.partition(f'id="source-{OFFICIAL}"')
    assert expected in " ".join(source.partition("</article>")[0].split())
    assert expected in " ".join(page.split())
