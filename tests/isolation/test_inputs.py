"""Whatever a request may carry to name an object, a key of others is as good as a made-up one."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from types import MappingProxyType
from typing import Any

import pytest
import time_machine
from django.apps import apps
from django.test import Client
from django.utils import timezone

from tenants.ids import uuid7
from tenants.permissions import Role
from tests.isolation.addresses import Address, all_addresses
from tests.isolation.inputs import (
    CARRIED,
    CARRYING,
    NAMED,
    OF_THE_FRAMEWORK,
    PLAIN,
    InputSpy,
    declared_names,
    json_body,
    own_values,
)
from tests.isolation.requests import member_of, named, undone, url_of
from tests.isolation.rows import Rows

pytestmark = pytest.mark.django_db

Carry = Callable[[str], dict[str, Any]]
ADDRESSES = [address for address in all_addresses() if address.is_of_an_organization]
# What two answers to the same request never share.
ONCE_ONLY = re.compile(
    r'csrfmiddlewaretoken" value="[^"]+"'
    r"|x-csrftoken[^}]+"
    r"|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"
    r"|\d{4}-\d\d-\d\dT[\d:.]+(Z|\+00:00)"
    r"|<time.*?</time>"
    r"|(\d+|an?)\s(second|minute)s?\s(ago|from now)|\bnow\b"
)


@dataclass(frozen=True)
class Carried:
    """One answer to a request that carried something."""

    status: int
    location: str
    text: str


def send(
    client: Client,
    address: Address,
    url: str,
    org: Rows,
    values: dict[str, Any],
    *,
    alone: Mapping[str, str] = MappingProxyType({}),
) -> list[Carried]:
    """Send values as a query and as a body, and some in a query alone; return the answers."""
    headers = {"X-Magpie-Org": org.org.slug} if address.is_api else {}
    found = [client.get(url, values, headers=headers)]
    if address.is_api:
        # Lists refuse names that they do not know, and so look no key up.
        found += [client.get(url, {name: key}, headers=headers) for name, key in alone.items()]
        found += [
            client.generic(
                method, url, json_body(values), content_type="application/json", headers=headers
            )
            for method in sorted(set(address.methods) - {"GET"})
        ]
    else:
        found.append(client.post(url, values))
    return [
        Carried(
            status=response.status_code,
            location=response.headers.get("Location", ""),
            text=response.getvalue().decode(errors="replace"),
        )
        for response in found
    ]


def names_read(
    client: Client, address: Address, url: str, org: Rows, **changes: object
) -> set[str]:
    """Return the names that an address looks up in what it is sent."""
    spy = InputSpy()
    with spy.watching(), undone():
        send(client, address, url, org, {**own_values(org), **changes})
    return spy.names


def comparable(answers: list[Carried]) -> list[tuple[int, str, str]]:
    """Return what answers say, without keys and times."""
    return [
        (answer.status, ONCE_ONLY.sub("", answer.location), ONCE_ONLY.sub("", answer.text))
        for answer in answers
    ]


def keys_in(answers: list[Carried]) -> set[str]:
    """Return the keys of rows that answers hold."""
    text = " ".join(answer.location + answer.text for answer in answers)
    return {match[0] for match in re.finditer(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", text)}


class TestLists:
    def test_every_declared_name_is_in_one(self) -> None:
        unknown = {
            label: names - set(NAMED) - set(PLAIN)
            for label, names in declared_names().items()
            if not names <= set(NAMED) | set(PLAIN)
        }

        assert unknown == {}

    def test_no_name_is_in_both(self) -> None:
        assert set(NAMED) & set(PLAIN) == set()

    def test_every_model_exists(self) -> None:
        assert all(apps.get_model(label) for labels in NAMED.values() for label in labels)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("media:library", {"board", "tag", "q"}),
        ("media:bulk_board", {"board", "ids", "query"}),
        ("tenants:member_invite", {"email", "role"}),
        ("media_api:asset-list", {"board", "tag", "cursor"}),
    ],
)
def test_the_spy_sees_what_is_read(full: tuple[Rows, Rows], name: str, expected: set[str]) -> None:
    """The control of what follows."""
    ours, _ = full
    [address] = [address for address in ADDRESSES if address.name == name]

    read = names_read(member_of(ours, Role.OWNER), address, url_of(address, ours, ours), ours)

    assert expected <= read


@pytest.mark.parametrize(
    ("address_name", "carrier", "inner"),
    [("media:bulk_trash", "query", "tag"), ("media_api:asset-bulk", "filter", "tag")],
)
def test_what_is_carried_inside_is_read(
    full: tuple[Rows, Rows], address_name: str, carrier: str, inner: str
) -> None:
    """The control of the keys that are sent inside."""
    ours, _ = full
    [address] = [address for address in ADDRESSES if address.name == address_name]
    member, url = member_of(ours, Role.OWNER), url_of(address, ours, ours)
    key = str(ours.get_by_label("media.tag").pk)

    assert inner in names_read(member, address, url, ours, **CARRYING[carrier](inner, key))


class TestKeysOfOthers:
    @pytest.mark.parametrize("address", ADDRESSES, ids=named)
    def test_are_answered_like_made_up_ones_and_change_nothing(
        self, full: tuple[Rows, Rows], address: Address
    ) -> None:
        ours, theirs = full
        their_rows, their_keys = theirs.snapshot(), theirs.keys()
        member, url = member_of(ours, Role.OWNER), url_of(address, ours, ours)
        read = names_read(member, address, url, ours)
        assert read - set(NAMED) - set(PLAIN) - OF_THE_FRAMEWORK == set(), "in no list"

        for name, label, carry in self.objects_named(read):
            # In the order of keys it lies where theirs lies: behind all of ours.
            foreign, made_up = str(theirs.get_by_label(label).pk), str(uuid7())
            answers = {}
            # What pages say of the time is the same in both answers.
            moment = time_machine.travel(timezone.now(), tick=False)
            for key in (foreign, made_up):
                with undone(), moment:
                    values = {**own_values(ours), **carry(key)}
                    answers[key] = send(
                        member, address, url, ours, values, alone={name.split(": ")[-1]: key}
                    )
            assert comparable(answers[foreign]) == comparable(answers[made_up]), name
            assert keys_in(answers[foreign]) & their_keys <= {foreign}, name
            assert theirs.canary not in str(answers), name
        assert theirs.snapshot() == their_rows

    def objects_named(self, read: set[str]) -> list[tuple[str, str, Carry]]:
        """Return each name that is read, each model that it may be of, and how to send a key.

        Names that stand inside another one are told as ``query: board``.
        """
        plain: list[tuple[str, str, Carry]] = [
            (name, label, partial(_as_itself, name))
            for name in sorted(read & set(NAMED))
            for label in NAMED[name]
        ]
        inside: list[tuple[str, str, Carry]] = [
            (f"{carrier}: {name}", label, partial(CARRYING[carrier], name))
            for carrier in sorted(read & set(CARRYING))
            for name in CARRIED
            for label in NAMED[name]
        ]
        return plain + inside


def _as_itself(name: str, key: str) -> dict[str, Any]:
    return {name: key}
