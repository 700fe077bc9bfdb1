"""What happens in the library, for apps that this one must not import."""

from django.dispatch import Signal

# Sent in the organization's scope and the transaction that stores an operation which is worked
# in batches; argument: ``operation``.
operation_queued = Signal()

# Sent in the organization's scope where its library holds nothing, the trash included; receivers
# return whether something was brought all the same, so that nobody is welcomed twice.
empty_library_asked = Signal()

# Sent in the organization's scope and the transaction in which assets became one, before those
# that are gone are deleted; argument: ``merges``, see ``media.merging.Merge``.
assets_merged = Signal()
