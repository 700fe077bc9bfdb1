"""What happens with faces, for apps that this one must not import."""

from django.dispatch import Signal

# Sent in the organization's scope and the transaction that writes a receipt of a withdrawal;
# arguments: ``receipt``.
withdrawal_asked = Signal()

# Sent in the organization's scope once pictures may be analysed that might not be before;
# arguments: ``org_id``.
analysis_allowed = Signal()
