"""Every page and API call of an organization is for its members, and for the role it asks for."""

import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

import pytest
from django.test import Client, RequestFactory
from django.urls import reverse

from tenants.api.views import OrgScopeMixin
from tenants.permissions import ROLE_PERMISSIONS, Permission, Role
from tenants.scope import org_scope
from tests.factories import MembershipFactory
from tests.isolation.addresses import (
    API_OF_ONESELF,
    METHODS,
    NEED_MORE,
    OF_ONESELF,
    PAGE_METHODS,
    PLAIN_PARAMETERS,
    PUBLIC,
    Address,
    all_addresses,
)
from tests.isolation.inputs import json_body, own_values
from tests.isolation.requests import member_of, named, parameters_of, url_of
from tests.isolation.rows import Rows

pytestmark = pytest.mark.django_db

ADDRESSES = all_addresses()
ORG_ADDRESSES = [address for address in ADDRESSES if address.is_of_an_organization]
OBJECT_ADDRESSES = [address for address in ORG_ADDRESSES if address.object_parameters]
FOUND_ADDRESSES = [address for address in OBJECT_ADDRESSES if address.route not in NEED_MORE]
WRONG_METHOD = 405


@dataclass(frozen=True)
class Answer:
    """What matters of a response."""

    status: int
    location: str
    text: str


def answers(client: Client, address: Address, url: str, org: Rows) -> dict[str, Answer]:
    """Return what each method that the address knows answers to a request in good form."""
    found = {}
    for method in address.methods:
        response = send(client, address, method, url, org)
        # Reading a stream to its end closes it.
        body: bytes = response.getvalue()
        if response.status_code != WRONG_METHOD:
            location = response.headers.get("Location", "").split("?")[0]
            found[method] = Answer(response.status_code, location, body.decode(errors="replace"))
    return found


def send(client: Client, address: Address, method: str, url: str, org: Rows) -> Any:
    values = own_values(org)
    if address.is_api:
        headers = {"X-Magpie-Org": org.org.slug}
        body, content_type = json_body(values), "application/json"
        return client.generic(method, url, body, content_type=content_type, headers=headers)
    return client.post(url, values) if method == "POST" else client.generic(method, url)


def statuses(client: Client, address: Address, url: str, org: Rows) -> set[int]:
    return {answer.status for answer in answers(client, address, url, org).values()}


def status_of_page(address: Address, method: str) -> int:
    """Return what a page alone answers to somebody who may do everything."""
    request: Any = RequestFactory().generic(method, "/")
    request.membership = SimpleNamespace(allows=lambda _: True)
    response: Any = address.view(request, **dict.fromkeys(address.parameters))
    status: int = response.status_code
    return status


def permissions_of(address: Address) -> dict[str, Permission]:
    """Return what an address asks for, by method that it answers."""
    if address.is_api:
        asked: dict[str, Permission] = address.api_class.required_permissions
        return {method: asked[method] for method in address.methods}
    page: Any = address.view
    permission: Permission = page.required_permission
    return dict.fromkeys(address.methods, permission)


def roles_without(permission: Permission) -> Iterator[Role]:
    """Return the roles that do not hold a permission, the highest first."""
    return (role for role in Role if permission not in ROLE_PERMISSIONS[role])


class TestLists:
    def test_every_address_is_of_an_organization_or_listed(self) -> None:
        listed = PUBLIC | OF_ONESELF | API_OF_ONESELF
        unlisted = [
            address.name
            for address in ADDRESSES
            if not address.is_of_an_organization and address.name not in listed
        ]

        assert unlisted == []

    def test_nothing_is_listed_that_is_gone(self) -> None:
        assert {address.name for address in ADDRESSES} >= PUBLIC | OF_ONESELF | API_OF_ONESELF

    def test_every_page_of_an_organization_asks_for_a_permission(self) -> None:
        silent = [
            address.name
            for address in ORG_ADDRESSES
            if not address.is_api and not hasattr(address.view, "required_permission")
        ]

        assert silent == []

    def test_every_api_call_of_an_organization_asks_for_permissions_in_its_scope(self) -> None:
        silent = [
            address.name
            for address in ORG_ADDRESSES
            if address.is_api
            and not (
                issubclass(address.api_class, OrgScopeMixin)
                and address.api_class.required_permissions
            )
        ]

        assert silent == []

    def test_no_page_knows_more_methods_than_those_that_are_tried(self) -> None:
        answered = [
            (address.name, method)
            for address in ORG_ADDRESSES
            for method in set(METHODS) - set(PAGE_METHODS)
            if not address.is_api and status_of_page(address, method) != WRONG_METHOD
        ]

        assert answered == []

    def test_every_parameter_says_what_it_names(self) -> None:
        unknown = []
        for address in ADDRESSES:
            for parameter in address.object_parameters:
                try:
                    address.names(parameter)
                except KeyError:
                    unknown.append((address.name, parameter))

        assert unknown == []


class TestStrangers:
    @pytest.mark.parametrize("address", ORG_ADDRESSES, ids=named)
    def test_are_asked_to_sign_in(self, full: tuple[Rows, Rows], address: Address) -> None:
        ours, _ = full
        url = url_of(address, ours, ours)

        found = answers(Client(), address, url, ours)

        if address.is_api:
            assert {answer.status for answer in found.values()} == {401}
        else:
            assert {answer.location for answer in found.values()} == {reverse("account_login")}

    @pytest.mark.parametrize("name", sorted(OF_ONESELF), ids=lambda name: name)
    def test_are_asked_to_sign_in_for_what_is_of_oneself(self, client: Client, name: str) -> None:
        address = next(each for each in ADDRESSES if each.name == name)

        response = client.get(address.url(**PLAIN_PARAMETERS))

        assert response["Location"].startswith(reverse("account_login"))


class TestMembersOfAnother:
    @pytest.mark.parametrize("address", ORG_ADDRESSES, ids=named)
    def test_find_no_organization(self, full: tuple[Rows, Rows], address: Address) -> None:
        ours, theirs = full
        member = member_of(ours, Role.OWNER)

        assert statuses(member, address, url_of(address, theirs, theirs), theirs) == {404}

    @pytest.mark.parametrize("address", OBJECT_ADDRESSES, ids=named)
    def test_find_no_object_in_their_own(self, full: tuple[Rows, Rows], address: Address) -> None:
        ours, theirs = full
        member = member_of(ours, Role.OWNER)

        foreign = answers(member, address, url_of(address, ours, theirs), ours)

        assert {answer.status for answer in foreign.values()} == {404}
        assert [m for m, answer in foreign.items() if theirs.canary in answer.text] == []

    @pytest.mark.parametrize("address", FOUND_ADDRESSES, ids=named)
    def test_find_their_own_at_the_same_address(
        self, full: tuple[Rows, Rows], address: Address
    ) -> None:
        """The control: what is not found above is not found because it is of others."""
        ours, _ = full
        member = member_of(ours, Role.OWNER)

        assert 404 not in statuses(member, address, url_of(address, ours, ours), ours)


class TestRoles:
    @pytest.mark.parametrize("address", ORG_ADDRESSES, ids=named)
    def test_too_low_are_refused(self, full: tuple[Rows, Rows], address: Address) -> None:
        ours, _ = full
        url = url_of(address, ours, ours)
        headers = {"X-Magpie-Org": ours.org.slug} if address.is_api else {}
        for method, permission in permissions_of(address).items():
            role = next(roles_without(permission), None)
            if role is None:
                continue

            response = member_of(ours, role).generic(method, url, headers=headers)

            assert response.status_code == 403, (method, role)

    def test_of_another_organization_count_for_nothing(self, full: tuple[Rows, Rows]) -> None:
        ours, theirs = full
        member = MembershipFactory.create(org=ours.org, role=Role.VIEWER)
        MembershipFactory.create(org=theirs.org, user=member.user, role=Role.OWNER)
        client = Client()
        client.force_login(member.user)

        response = client.post(
            reverse("tenants:organization_rename", args=[ours.org.slug]), {"name": "Taken"}
        )

        assert response.status_code == 403


class TestMadeUpKeys:
    """A key of others is answered as a key that nobody has: it does not exist."""

    @pytest.mark.parametrize(
        ("address", "parameter"),
        [(address, name) for address in OBJECT_ADDRESSES for name in address.object_parameters],
        ids=lambda value: value.name if isinstance(value, Address) else value,
    )
    def test_are_answered_like_those_of_others(
        self, full: tuple[Rows, Rows], address: Address, parameter: str
    ) -> None:
        ours, theirs = full
        member = member_of(ours, Role.OWNER)
        own = parameters_of(address, ours, ours)
        foreign = {**own, parameter: parameters_of(address, ours, theirs)[parameter]}
        made_up = {**own, parameter: uuid.uuid4()}

        found = [
            statuses(member, address, address.url(**parameters), ours)
            for parameters in (foreign, made_up)
        ]

        assert found[0] == found[1]


class TestMembership:
    def test_is_looked_at_on_every_request(self, full: tuple[Rows, Rows]) -> None:
        ours, _ = full
        membership = MembershipFactory.create(org=ours.org, role=Role.EDITOR)
        client = Client()
        client.force_login(membership.user)
        url = reverse("tenants:members", args=[ours.org.slug])
        assert client.get(url).status_code == 200

        with org_scope(ours.org.pk):
            membership.delete()

        assert client.get(url).status_code == 404
