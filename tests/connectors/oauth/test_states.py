"""States: random, of one session, person and connector, good once and for ten minutes."""

import time
import uuid
from typing import Any

import pytest

from connectors.errors import LinkRefusedError
from connectors.oauth.states import (
    LIVES_S,
    MOST,
    Came,
    Way,
    linked_by,
    note_linked,
    remember,
    take,
)

pytestmark = pytest.mark.django_db

USER = uuid.UUID(int=7)


def a_way(*, began_at: float | None = None) -> Way:
    at = time.time() if began_at is None else began_at
    return Way("pinterest_api", uuid.UUID(int=1), USER, None, "https://m/", "hush-verifier", at)


def taken(session: dict[str, Any], state: str, **other: Any) -> Way:
    wanted = {"connector": "pinterest_api", "user_id": USER, "now": time.time(), **other}
    return take(session, state, **wanted)


def test_a_state_leads_back_to_its_way_once() -> None:
    session: dict[str, Any] = {}
    way = a_way()
    state = remember(session, way)

    assert taken(session, state) == way
    with pytest.raises(LinkRefusedError):
        taken(session, state)


def test_two_requests_with_the_same_copy_of_a_session_do_not_both_pass() -> None:
    session: dict[str, Any] = {}
    state = remember(session, a_way())
    copy = {**session}
    taken(session, state)

    with pytest.raises(LinkRefusedError, match="taken in already"):
        taken(copy, state)
    assert len(copy["oauth_ways"]) == 1


def test_what_a_state_linked_is_known_to_the_same_person_for_as_long() -> None:
    session: dict[str, Any] = {}
    way, connection_id, now = a_way(), uuid.UUID(int=5), time.time()
    state = remember(session, way)
    note_linked(session, state, way, connection_id=connection_id, now=now)

    def known(state: str = state, **other: Any) -> Came | None:
        wanted = {"connector": "pinterest_api", "user_id": USER, "now": now, **other}
        return linked_by(session, state, **wanted)

    assert known() == Came(way.org_id, connection_id)
    assert known("forged") is None
    assert known(user_id=uuid.UUID(int=8)) is None
    assert known(connector="another") is None
    assert known(now=now + LIVES_S) is None
    assert state not in str(session)
    assert "hush-" not in str(session["oauth_came_to"])


def test_the_session_holds_no_state() -> None:
    session: dict[str, Any] = {}
    state = remember(session, a_way())

    assert state not in str(session)
    assert len(state) >= 43


@pytest.mark.parametrize(
    "other",
    [
        {"user_id": uuid.UUID(int=8)},
        {"connector": "another"},
    ],
)
def test_what_is_anothers_is_refused(other: dict[str, Any]) -> None:
    session: dict[str, Any] = {}
    state = remember(session, a_way())

    with pytest.raises(LinkRefusedError):
        taken(session, state, **other)


@pytest.mark.parametrize("forged", ["", "x", "x" * 100_000, "\0", "ü"])
def test_a_forged_state_is_refused(forged: str) -> None:
    session: dict[str, Any] = {}
    remember(session, a_way())

    with pytest.raises(LinkRefusedError):
        taken(session, forged)
    with pytest.raises(LinkRefusedError):
        taken({}, forged)


def test_a_session_keeps_few_and_drops_the_oldest() -> None:
    session: dict[str, Any] = {}
    states = [remember(session, a_way(began_at=time.time() + at)) for at in range(MOST + 1)]

    assert len(session["oauth_ways"]) == MOST
    with pytest.raises(LinkRefusedError):
        taken(session, states[0])
    assert taken(session, states[-1]).connector == "pinterest_api"


def test_what_takes_too_long_is_refused() -> None:
    session: dict[str, Any] = {}
    now = time.time()
    state = remember(session, a_way(began_at=now))

    with pytest.raises(LinkRefusedError, match="ten minutes"):
        taken(session, state, now=now + LIVES_S)
