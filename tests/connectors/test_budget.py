"""One budget for all who ask as one application, whoever and wherever they are."""

import asyncio
import datetime as dt
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection
from django.db.models import F
from django.db.models.functions import Now

from connectors.budget import FIRST_REST_S, LONGEST_REST_S, Limit, SharedBudget, rest, take
from connectors.errors import FetchError
from connectors.models import RequestBudget
from connectors.pinterest_api.client import shared_budget

APP = Limit("app", 40, 86_400)
pytestmark = pytest.mark.django_db(transaction=True)


def account(name: str, requests: int = 1_000) -> Limit:
    return Limit(f"account:{name}", requests, 60)


def spent() -> dict[str, int]:
    return dict(RequestBudget.objects.values_list("key", "spent"))


def side_by_side(function: Callable[[int], float], times: int) -> list[float]:
    def run(number: int) -> float:
        try:
            return function(number)
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        return list(pool.map(run, range(times)))


def test_no_request_is_lost_or_given_twice_among_many_at_once() -> None:
    # The order in which they name their limits differs; that must not lock them up.
    waits = side_by_side(
        lambda number: take([(account(str(number % 3))), APP][:: 1 - 2 * (number % 2)]), 60
    )

    assert waits.count(0.0) == 40
    assert all(86_000 < wait <= 86_400 for wait in waits if wait)
    # What one limit refused was taken out of no other.
    assert spent()["app"] == 40
    assert sum(spent().values()) == 80


def test_a_window_ends_and_the_next_one_begins_with_its_first_request() -> None:
    one = account("one", 1)
    assert (take([one]), 0 < take([one]) <= 60) == (0.0, True)

    RequestBudget.objects.update(ends_at=Now())

    assert take([one]) == 0.0
    assert 59 < take([one]) <= 60
    # An operator who shortens a window need not wait for the long one.
    assert take([Limit(one.key, 1, 5)]) <= 5


def test_who_is_refused_lets_all_rest_and_each_time_in_a_row_longer() -> None:
    one, other = account("one"), account("other")

    waits = [rest(one.key, None) for _ in range(3)]
    named = rest(one.key, 5)

    assert [round(wait / FIRST_REST_S) for wait in waits] == [1, 2, 4]
    assert named > 200
    assert take([one, APP]) > 200
    assert take([other, APP]) == 0.0
    assert max(rest(other.key, None) for _ in range(9)) <= LONGEST_REST_S
    RequestBudget.objects.update(blocked_until=F("blocked_until") - dt.timedelta(hours=9))
    assert round(rest(one.key, None) / FIRST_REST_S) == 1


def test_waits_that_the_source_names_make_no_other_longer() -> None:
    one = account("one")
    for _ in range(6):
        rest(one.key, 1)

    waits = [rest(one.key, wait_s) for wait_s in (None, 1, None)]

    assert [round(wait / FIRST_REST_S) for wait in waits] == [1, 1, 2]


def test_a_short_wait_is_waited_out_and_a_long_one_told() -> None:
    quick = SharedBudget([Limit("quick", 1, 0.05)], own="quick")
    slow = shared_budget(client_id="client", account_id="account")

    async def scenario() -> None:
        await quick.spend()
        await quick.spend()
        await slow.spend()
        assert 20 < await slow.rest(30) <= 30
        with pytest.raises(FetchError) as caught:
            await slow.spend()
        assert caught.value.fetch_code == "rate_limited"
        assert 20 < (caught.value.retry_after_s or 0) <= 30

    asyncio.run(scenario())

    assert not [key for key in spent() if "client" in key]


def test_limits_that_nobody_asks_for_are_forgotten() -> None:
    take([account("old")])
    long_ago = Now() - dt.timedelta(days=8)
    RequestBudget.objects.update(ends_at=long_ago, blocked_until=long_ago)

    take([account("new")])

    assert spent() == {"account:new": 1}
