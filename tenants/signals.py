"""What happens to organizations, for apps that this one must not import."""

from django.dispatch import Signal

# Sent in the organization's scope and the transaction that makes it; argument: ``org``.
organization_created = Signal()
# A person left, or was removed; sent in the organization's scope and the transaction that does it;
# argument: ``membership``.
membership_ended = Signal()
