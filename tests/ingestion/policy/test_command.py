"""What the command tells operators."""

import io

import pytest
from django.core.management import call_command
from pytest_django.fixtures import Settings

from connectors.models import Keep
from tenants.models import Organization
from tenants.scope import org_scope
from tests.connectors.policy.reviews import OFFICIAL, UNOFFICIAL, review
from tests.ingestion.policy.reports import linked, reported

pytestmark = pytest.mark.django_db


def told(**options: bool) -> dict[str, str]:
    """Return what is said of each way by its name."""
    out = io.StringIO()
    call_command("policy", stdout=out, **options)
    paragraphs = out.getvalue().strip().split("\n\n")
    return {text.partition(":")[0]: text for text in paragraphs}


def test_it_says_what_is_shut_and_why(settings: Settings) -> None:
    settings.IS_LOCAL = False
    review(UNOFFICIAL)

    said = told()

    assert said[OFFICIAL].startswith("pinterest_api: shut, not reviewed\n")
    assert "nobody has recorded a review of its terms" in said[OFFICIAL]
    assert "The next night" not in said[OFFICIAL]
    assert said[UNOFFICIAL].splitlines() == [
        "pinterest_web: open, allowed",
        "  https://policy.pinterest.com/en/developer-guidelines, read on 2025-12-11",
    ]


def test_it_counts_what_the_next_night_would_remove(org: Organization) -> None:
    review(OFFICIAL, keep=Keep.DAYS, keep_days=30)
    with org_scope(org.pk):
        reported(linked(org), "old", days_ago=31)

    assert told(count=True)[OFFICIAL].endswith(
        "The next night: 1 records may be kept no longer, 0 stored pictures may not be kept."
    )
