"""What happens with people, for apps that this one must not import."""

from django.dispatch import Signal

# Sent in the organization's scope and the transaction in which people decided something about
# faces or people; argument: ``org_id``.
people_changed = Signal()

# Sent in the organization's scope where somebody asks that its faces be grouped from the start;
# arguments: ``org_id``, ``by``.
grouping_asked = Signal()
