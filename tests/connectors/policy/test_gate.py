"""What is open, where, and why not."""

import datetime as dt
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from pytest_django import DjangoAssertNumQueries, Settings

from connectors.base import Use
from connectors.errors import PolicyClosedError
from connectors.models import ConnectorReview, Decision, Keep
from connectors.policy import (
    LIVE_DAYS,
    Declared,
    Manners,
    declare,
    declared,
    gate_of,
    gates,
    manners_of,
    require_open,
    ways,
)
from connectors.policy.retention import unreviewed
from tests.connectors.policy.reviews import OFFICIAL, UNOFFICIAL, review, terms

pytestmark = pytest.mark.django_db


@pytest.fixture
def in_production(settings: Settings) -> None:
    settings.IS_LOCAL = False


class TestWhatIsOffered:
    def test_is_free_on_a_machine_of_ones_own(self) -> None:
        assert (gate_of(OFFICIAL).is_open, gate_of(OFFICIAL).why) == (True, "")

    @pytest.mark.usefixtures("in_production")
    def test_is_shut_in_production_until_it_was_reviewed(self) -> None:
        shut = gate_of(OFFICIAL)
        review(OFFICIAL)

        assert (shut.is_open, gate_of(OFFICIAL).is_open) == (False, True)
        assert shut.why == (
            "Pinterest cannot be used here yet: nobody has recorded a review of its terms. Whoever "
            "runs this installation does that in the administration, under the reviews of "
            "sources' terms."
        )

    @pytest.mark.usefixtures("in_production")
    def test_is_shut_again_once_the_terms_were_read_anew(self) -> None:
        review(OFFICIAL, terms_read_on=dt.date(2025, 12, 10))

        found = gate_of(OFFICIAL)

        assert not found.is_open
        assert "its terms were read anew on 11 December 2025" in found.why

    def test_that_was_refused_is_shut_everywhere(self) -> None:
        review(OFFICIAL, decision=Decision.REFUSED)

        with pytest.raises(PolicyClosedError) as caught:
            require_open(OFFICIAL)

        assert (caught.value.code, caught.value.status) == ("not_permitted_yet", 409)
        assert "has refused it" in caught.value.message


class TestWhatIsNotOffered:
    @pytest.mark.parametrize("is_local", [True, False])
    def test_is_shut_until_somebody_answers_for_it(
        self, settings: Settings, *, is_local: bool
    ) -> None:
        settings.IS_LOCAL = is_local
        opened = [gate_of(UNOFFICIAL).is_open]
        review(UNOFFICIAL, acknowledged_at=None)
        opened.append(gate_of(UNOFFICIAL).is_open)
        review(UNOFFICIAL)
        opened.append(gate_of(UNOFFICIAL).is_open)

        assert opened == [False, False, True]

    def test_is_shut_again_once_the_terms_were_read_anew(self) -> None:
        review(UNOFFICIAL, terms_read_on=dt.date(2025, 12, 10))

        assert not gate_of(UNOFFICIAL).is_open

    def test_is_asked_as_the_operator_set_it(self) -> None:
        review(UNOFFICIAL, heeds_robots=False)

        assert manners_of(UNOFFICIAL) == Manners(
            "Magpie (+https://example.org/magpie)", 30, heeds_robots=False
        )

    def test_is_not_asked_before(self) -> None:
        with pytest.raises(PolicyClosedError, match="How to behave at Pin details"):
            manners_of(UNOFFICIAL)


class TestRetention:
    def test_is_what_the_operator_decided(self) -> None:
        review(OFFICIAL, keep=Keep.DAYS, keep_days=30, allows_ai=True, allows_faces=False)

        found = gate_of(OFFICIAL).retention

        assert (found.keep, found.days) == (Keep.DAYS, 30)
        assert found.uses == {Use.SHOW, Use.SEARCH, Use.STORE, Use.AI}

    def test_of_a_live_view_is_short_and_for_showing_alone(self) -> None:
        review(OFFICIAL, keep=Keep.LIVE, allows_ai=False, allows_faces=False)

        found = gate_of(OFFICIAL).retention

        assert (found.keep, found.days) == (Keep.LIVE, LIVE_DAYS)
        assert found.uses == {Use.SHOW, Use.SEARCH}

    @pytest.mark.parametrize(
        ("said", "sentence"),
        [
            (
                {},
                (
                    "It is kept until you remove it. It may be used for AI and finding faces, "
                    "where you consent."
                ),
            ),
            (
                {"keep": Keep.DAYS, "keep_days": 30, "allows_faces": False},
                "It goes 30 days after its source has last shown it to us. It may be used for AI.",
            ),
            (
                {"keep": Keep.LIVE, "allows_ai": False, "allows_faces": False},
                (
                    "Live view only: pictures stay at the source, and what we have not seen there "
                    "for 14 days goes. It is used for neither AI nor finding faces."
                ),
            ),
        ],
    )
    def test_is_told_in_plain_words(self, said: dict[str, Any], sentence: str) -> None:
        review(OFFICIAL, **said)

        assert gate_of(OFFICIAL).retention.sentence == sentence

    @pytest.mark.parametrize(
        ("said", "keep", "days"),
        [
            ({"allows": frozenset({Use.SHOW})}, Keep.LIVE, LIVE_DAYS),
            ({"keep_days": 20}, Keep.DAYS, 20),
            ({}, Keep.ALWAYS, None),
        ],
    )
    def test_is_what_the_terms_allow_where_nobody_decided(
        self, said: dict[str, Any], keep: Keep, days: int | None
    ) -> None:
        found = unreviewed(terms(**said))

        assert (found.keep, found.days, found.uses) == (keep, days, terms(**said).allows)

    def test_goes_on_to_hold_where_the_way_is_shut(self) -> None:
        review(OFFICIAL, decision=Decision.REFUSED, keep=Keep.DAYS, keep_days=5)

        assert gate_of(OFFICIAL).retention.days == 5


class TestWhatIsStored:
    @pytest.mark.parametrize(
        "wrong",
        [
            {"keep": Keep.DAYS, "keep_days": None},
            {"keep": Keep.ALWAYS, "keep_days": 3},
            {"keep": Keep.LIVE},
            {"user_agent": ""},
            {"requests_per_minute": 0},
            {"requests_per_minute": None},
            {"acknowledged_by": ""},
            {"decision": "maybe"},
        ],
    )
    def test_makes_sense_whoever_writes_it(self, wrong: dict[str, Any]) -> None:
        with pytest.raises(IntegrityError), transaction.atomic():
            review(UNOFFICIAL, **wrong)

        assert not ConnectorReview.objects.exists()


class TestDeclared:
    def test_ways_are_connectors_and_what_was_declared_beside_them(self) -> None:
        names = [way.name for way in declared()]

        # Other tests have connectors of their own.
        assert {OFFICIAL, UNOFFICIAL} <= set(names)
        assert names == sorted(names)

    def test_a_name_belongs_to_one_way(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(ways, "_DECLARED", {})
        one = Declared("one", "One", terms(), "Things.")
        declare(one)
        declare(one)

        with pytest.raises(ValueError, match="one"):
            declare(Declared("one", "Another", terms(), "Things."))

    def test_what_nobody_declared_is_shut(self) -> None:
        assert not gate_of("elsewhere").is_open
        assert gate_of("elsewhere").retention.uses == frozenset()

    def test_a_gate_costs_one_query_and_all_of_them_one(
        self, django_assert_num_queries: DjangoAssertNumQueries
    ) -> None:
        review(OFFICIAL)
        with django_assert_num_queries(1):
            one = gate_of(OFFICIAL)

        with django_assert_num_queries(1):
            assert gates()[OFFICIAL] == one
