"""Counts of chips: exact, and each kind blind to its own choice."""

import datetime as dt
import itertools
import random

import pytest
from django.http import QueryDict

from media.library import Facets, FacetValue, LibraryFilter, facet_counts, page_of
from media.library.facets import MAX_LISTED
from media.models import AssetTag, Tag
from media.search.index import reindex
from tenants.models import Organization
from tests.media.making import SAVED, attach_tag, make_asset, make_board

pytestmark = pytest.mark.usefixtures("in_scope")

GROUPS = ("sources", "boards", "tags", "colors", "pictures", "media_statuses", "years")


def asked(query: str) -> LibraryFilter:
    return LibraryFilter.parse(QueryDict(query))


def counts(values: list[FacetValue]) -> dict[str, int]:
    return {value.label: value.count for value in values}


def make_library(org: Organization) -> None:
    """Thirty assets with values of all kinds, drawn with a fixed seed."""
    dice = random.Random(7)
    boards = [make_board(org, name) for name in ("Kitchen", "Garden", "Hall")]
    for number in range(30):
        make_asset(
            org,
            dice.choice(["oak chair", "pine table"]),
            boards=tuple(dice.sample(boards, dice.randint(0, 2))),
            tags=tuple(dice.sample(["old", "new", "red"], dice.randint(0, 2))),
            pictures=dice.randint(0, 1),
            source=dice.choice(["pinterest", "facebook"]),
            color_name=dice.choice(["red", "blue", ""]),
            saved_at=dt.datetime(2020 + number % 3, 5, 1, tzinfo=dt.UTC),
            removed_at=SAVED if number % 10 == 9 else None,
        )


def every_value(facets: Facets) -> list[FacetValue]:
    return list(itertools.chain(*(getattr(facets, group) for group in GROUPS)))


def test_each_count_is_what_its_page_holds(org: Organization) -> None:
    make_library(org)
    first = facet_counts(LibraryFilter())
    board, tag = first.boards[0].value, first.tags[0].value

    for query in (
        "", "q=chair", f"board={board}", f"tag={tag}", f"board={board}&tag={tag}&color=red",
        "source=facebook&picture=with", "year=2021&q=table", "trash=1", "color=red&color=blue",
        f"q=oak&board={board}&source=facebook", "since=2021-01-01", "kind=unknown&color=red",
    ):  # fmt: skip
        for value in every_value(facet_counts(asked(query))):
            if value.is_selected:
                continue
            there = page_of(asked(value.querystring)).total
            assert there is not None
            if value.key == "color" and asked(query).colors:
                # Another colour adds to those that are chosen.
                there = page_of(
                    asked("&".join([*(p for p in query.split("&") if "color" not in p),
                                    f"color={value.value}"]))
                ).total  # fmt: skip
            assert there is not None
            assert there.count == value.count, (query, value)


def test_a_kind_of_chip_ignores_its_own_choice(org: Organization) -> None:
    make_asset(org, source="facebook", color_name="red")
    make_asset(org, source="pinterest", color_name="blue")

    facets = facet_counts(asked("source=facebook"))

    assert counts(facets.sources) == {"Facebook": 1, "Pinterest": 1}
    assert counts(facets.colors) == {"Red": 1}
    assert [value.is_selected for value in facets.sources if value.value == "facebook"] == [True]


def test_only_what_is_there_is_listed(org: Organization) -> None:
    make_board(org, "Empty")
    make_asset(org, "gone", boards=(make_board(org, "Gone"),), tags=("x",), removed_at=SAVED)
    make_asset(org, "here")

    facets = facet_counts(LibraryFilter())

    assert (facets.boards, facets.tags, facets.colors) == ([], [], [])
    assert counts(facets.pictures) == {"Without picture": 1}
    assert counts(facet_counts(asked("trash=1")).boards) == {"Gone": 1}


def test_a_tag_counts_once_whoever_put_it_on(org: Organization) -> None:
    asset = make_asset(org, tags=("oak",))
    attach_tag(asset, "oak", origin="human")
    rejected = make_asset(org, tags=("oak",))
    AssetTag.objects.filter(asset=rejected).update(is_rejected=True)
    reindex([asset.pk, rejected.pk])

    for query in ("", "kind=unknown"):
        assert counts(facet_counts(asked(query)).tags) == {"oak": 1}


def test_the_most_frequent_are_listed_and_more_are_announced(org: Organization) -> None:
    asset = make_asset(org)
    for number in range(MAX_LISTED + 1):
        attach_tag(asset, f"tag {number:02}")
    attach_tag(make_asset(org), "tag 50")

    facets = facet_counts(LibraryFilter())

    assert (len(facets.tags), facets.has_more_tags) == (MAX_LISTED, True)
    assert (facets.tags[0].label, facets.tags[0].count) == ("tag 50", 2)
    assert Tag.objects.count() == MAX_LISTED + 1
