"""Changes who belongs to an organization and as what.

Every change locks the organization's row first, so that two people who demote each other
at the same time still leave an owner.
"""

import uuid

from django.db import transaction
from django.utils import timezone

from tenants.errors import LastOwnerError, MemberGoneError, RoleTooLowError
from tenants.models import ApiToken, Membership, Organization
from tenants.permissions import Permission, Role
from tenants.signals import membership_ended


@transaction.atomic
def change_role(*, actor: Membership, membership: Membership, role: Role) -> Membership:
    """Give a member another role.

    Raises:
        RoleTooLowError: ``actor`` may not manage members, or it is about owners.
        LastOwnerError: nobody would be left who owns the organization.
        MemberGoneError: the person was removed, or left, meanwhile.
    """
    actor, membership = _lock(actor, membership)
    _require(actor, Permission.MANAGE_MEMBERS)
    if Role.OWNER in {membership.role, role}:
        _require(actor, Permission.MANAGE_OWNERS)
    if membership.role == Role.OWNER and role != Role.OWNER:
        _keep_an_owner(membership)
    membership.role = role
    membership.save(update_fields=["role"])
    return membership


@transaction.atomic
def remove_member(*, actor: Membership, membership: Membership) -> None:
    """Take a person out of the organization, and their API tokens with them.

    Raises:
        RoleTooLowError: ``actor`` may not manage members, or it is about an owner.
        LastOwnerError: the person is the last owner.
        MemberGoneError: the person was removed, or left, meanwhile.
    """
    actor, membership = _lock(actor, membership)
    _require(actor, Permission.MANAGE_MEMBERS)
    if membership.role == Role.OWNER:
        _require(actor, Permission.MANAGE_OWNERS)
    _remove(membership)


@transaction.atomic
def leave(*, membership: Membership) -> None:
    """Leave the organization.

    Raises:
        LastOwnerError: the person is the last owner.
    """
    membership, _ = _lock(membership, membership)
    _remove(membership)


def lock_members(org_id: uuid.UUID) -> None:
    """Make other changes of this organization's members wait for this transaction."""
    # NO KEY: rows that refer to the organization can be added meanwhile.
    Organization.objects.select_for_update(no_key=True).get(pk=org_id)


def _lock(actor: Membership, membership: Membership) -> tuple[Membership, Membership]:
    """Return both as they are once nobody else changes members."""
    lock_members(actor.org_id)
    fresh = Membership.objects.select_related("org", "user").in_bulk({actor.pk, membership.pk})
    if actor.pk not in fresh:
        raise RoleTooLowError("You do not belong to this organization any more.")
    if membership.pk not in fresh:
        raise MemberGoneError(
            f"{membership.user} does not belong to {membership.org} any more: somebody removed "
            "them, or they left."
        )
    return fresh[actor.pk], fresh[membership.pk]


def _require(actor: Membership, permission: Permission) -> None:
    if actor.allows(permission):
        return
    if permission == Permission.MANAGE_OWNERS:
        raise RoleTooLowError("Only an owner can make, change or remove an owner.")
    raise RoleTooLowError("Only owners and admins can change who belongs to the organization.")


def _keep_an_owner(membership: Membership) -> None:
    if not Membership.objects.owners().exclude(pk=membership.pk).exists():
        raise LastOwnerError("An organization needs an owner. Make somebody else an owner first.")


def _remove(membership: Membership) -> None:
    if membership.role == Role.OWNER:
        _keep_an_owner(membership)
    tokens = ApiToken.objects.filter(user_id=membership.user_id).usable()
    tokens.update(revoked_at=timezone.now())
    membership_ended.send(sender=Membership, membership=membership)
    membership.delete()
