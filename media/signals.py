"""What happens in the library, for apps that this one must not import."""

from django.dispatch import Signal

# Sent in the organization's scope and the transaction that stores an operation which is worked
# in batches; argument: ``operation``.
operation_queued = Signal()
