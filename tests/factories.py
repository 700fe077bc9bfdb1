"""Makes rows for tests. Always ``Factory.create(...)``: it is what the type checker knows.

Rows are made through ``_base_manager`` in the scope of their own organization, so that a
test can make another organization's rows without leaving its own scope.
"""

# mypy: disable-error-code="no-untyped-call"
# factory_boy's declarations carry no types.

import contextlib
import datetime as dt
from typing import Any, TypeVar

import factory
from allauth.account.models import EmailAddress
from django.db import models
from django.utils import timezone

from tenants.models import ApiToken, Invitation, Membership, Organization, User
from tenants.permissions import Role
from tenants.scope import org_scope
from tenants.signals import organization_created

M = TypeVar("M", bound=models.Model)

PASSWORD = "a calm long password"


class OrgFactory(factory.django.DjangoModelFactory[M]):
    """Base of all factories: makes the row in the scope of its organization."""

    class Meta:
        abstract = True

    @classmethod
    def _create(cls, model_class: type[M], *args: Any, **kwargs: Any) -> M:
        org = kwargs.get("org")
        scope = org_scope(org.pk) if org is not None else contextlib.nullcontext()
        with scope:
            return model_class._base_manager.create(*args, **kwargs)


class UserFactory(OrgFactory[User]):
    """A person with a proven address and ``PASSWORD``."""

    class Meta:
        model = User

    email = factory.Sequence("person{}@example.com".format)
    name = factory.Sequence("Person {}".format)

    @classmethod
    def _create(cls, model_class: type[User], *args: Any, **kwargs: Any) -> User:
        kwargs.setdefault("password", PASSWORD)
        user = User.objects.create_user(**kwargs)
        EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
        return user


class OrganizationFactory(OrgFactory[Organization]):
    """An organization as the service makes it, without members."""

    class Meta:
        model = Organization

    name = factory.Sequence("Organization {}".format)
    slug = factory.Sequence("organization-{}".format)

    @classmethod
    def _create(cls, model_class: type[Organization], *args: Any, **kwargs: Any) -> Organization:
        org = Organization(**kwargs)
        with org_scope(org.pk):
            org.save(force_insert=True)
            organization_created.send(sender=Organization, org=org)
        return org


class MembershipFactory(OrgFactory[Membership]):
    """A person's role in an organization."""

    class Meta:
        model = Membership

    org = factory.SubFactory(OrganizationFactory)
    user = factory.SubFactory(UserFactory)
    role = Role.EDITOR


class InvitationFactory(OrgFactory[Invitation]):
    """An invitation whose secret nobody knows."""

    class Meta:
        model = Invitation

    org = factory.SubFactory(OrganizationFactory)
    email = factory.Sequence("invited{}@example.com".format)
    role = Role.EDITOR
    token_sha256 = factory.Sequence("{:064x}".format)
    expires_at = factory.LazyFunction(lambda: timezone.now() + dt.timedelta(days=14))


class ApiTokenFactory(OrgFactory[ApiToken]):
    """A token whose text nobody knows."""

    class Meta:
        model = ApiToken

    org = factory.SubFactory(OrganizationFactory)
    user = factory.SubFactory(UserFactory)
    name = factory.Sequence("Token {}".format)
    prefix = "mgp_aaaaaaaa"
    token_sha256 = factory.Sequence("{:064x}".format)
    scopes = factory.List(["library:read"])
    expires_at = factory.LazyFunction(lambda: timezone.now() + dt.timedelta(days=30))
