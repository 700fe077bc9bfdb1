"""Pinterest's pages are asked where the operator has answered for it, and as they said."""

import asyncio

import pytest

from connectors.models import Decision, Keep
from connectors.pinterest_web.session import SharedSession
from ingestion.errors import StepSkippedError
from ingestion.pins import asking
from tests.connectors.policy.reviews import UNOFFICIAL, review

pytestmark = pytest.mark.django_db


class TestSession:
    def test_is_none_before_somebody_answered_for_it(self) -> None:
        with pytest.raises(StepSkippedError, match="cannot be used here yet"):
            asking.session()

    def test_is_none_where_it_is_refused(self) -> None:
        review(UNOFFICIAL, decision=Decision.REFUSED)

        with pytest.raises(StepSkippedError, match="has refused it"):
            asking.session()

    @pytest.mark.parametrize(
        "kept",
        [
            {"keep": Keep.LIVE, "allows_ai": False, "allows_faces": False},
            {"keep": Keep.DAYS, "keep_days": 30},
        ],
    )
    def test_is_none_where_nothing_may_be_kept_for_good(self, kept: dict[str, object]) -> None:
        review(UNOFFICIAL, **kept)

        with pytest.raises(StepSkippedError, match="not let it be kept"):
            asking.session()

    @pytest.mark.django_db(transaction=True)
    def test_is_over_soon_once_it_is_refused(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(asking, "LOOK_EVERY_S", 0.0)
        reviewed = review(UNOFFICIAL, requests_per_minute=6_000)
        session = asking.session()
        assert asyncio.run(session.spend()) > 0
        reviewed.decision = Decision.REFUSED
        reviewed.save()

        with pytest.raises(StepSkippedError, match="has refused it"):
            asyncio.run(session.spend())

    @pytest.mark.django_db(transaction=True)
    def test_follows_the_pace_that_is_changed_meanwhile(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(asking, "LOOK_EVERY_S", 0.0)
        reviewed = review(UNOFFICIAL, requests_per_minute=6_000)
        session = asking.session()
        assert asyncio.run(session.spend()) == 100
        reviewed.requests_per_minute = 600
        reviewed.save()

        assert asyncio.run(session.spend()) == 10

    def test_is_there_where_all_of_it_is_settled(self) -> None:
        review(UNOFFICIAL)

        assert isinstance(asking.session(), SharedSession)
