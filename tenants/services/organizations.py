"""Makes and renames organizations."""

import secrets
import string
from collections.abc import Iterator

from django.db import IntegrityError, transaction
from django.utils.text import slugify

from tenants.models import Membership, Organization, User
from tenants.permissions import Role
from tenants.scope import org_scope, user_scope
from tenants.signals import organization_created

NAME_LENGTH = 80
SLUG_BASE_LENGTH = 48
SLUG_FALLBACK = "library"
SLUG_TRIES = 20
SUFFIX_LENGTH = 5
SUFFIX_ALPHABET = string.ascii_lowercase + string.digits


def organizations_of(user: User) -> list[Organization]:
    """Return the organizations that a person belongs to, by name."""
    with user_scope(user.pk):
        mine = Membership.of_person.filter(user=user).values("org_id")
        return list(Organization.objects.filter(pk__in=mine).order_by("name", "pk"))


def create_personal_organization(*, user: User) -> Organization:
    """Make the organization that a person gets at sign-up; they own it."""
    name = user.get_short_name()
    return _create(
        name=f"{name[: NAME_LENGTH - 20]}'s library", slug_from=name, owner=user, is_personal=True
    )


def create_organization(*, name: str, owner: User) -> Organization:
    """Make an organization for a team; ``owner`` is its first member."""
    return _create(name=name, slug_from=name, owner=owner, is_personal=False)


def rename_organization(*, org: Organization, name: str) -> None:
    """Give an organization another name; its addresses stay, so that links go on to work."""
    org.name = name
    org.save(update_fields=["name"])


@transaction.atomic
def _create(*, name: str, slug_from: str, owner: User, is_personal: bool) -> Organization:
    org = Organization(name=name, is_personal=is_personal)
    with org_scope(org.pk):
        _insert_with_free_slug(org, slug_from)
        Membership.objects.create(org=org, user=owner, role=Role.OWNER)
        organization_created.send(sender=Organization, org=org)
    return org


def _insert_with_free_slug(org: Organization, slug_from: str) -> None:
    for slug in _slugs(slug_from):
        org.slug = slug
        try:
            with transaction.atomic():
                org.save(force_insert=True)
        except IntegrityError:
            # Whether a slug is free shows only in the trying: other organizations are
            # invisible here.
            continue
        return
    raise RuntimeError(f"No free slug was found in {SLUG_TRIES} tries.")


def _slugs(text: str) -> Iterator[str]:
    base = slugify(text)[:SLUG_BASE_LENGTH].strip("-_") or SLUG_FALLBACK
    yield base
    for _ in range(SLUG_TRIES - 1):
        suffix = "".join(secrets.choice(SUFFIX_ALPHABET) for _ in range(SUFFIX_LENGTH))
        yield f"{base}-{suffix}"
