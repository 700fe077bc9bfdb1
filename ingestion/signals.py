"""What happens to runs, for those who have something to settle then."""

from django.dispatch import Signal

# Sent in the organization's scope and the transaction that ends a run badly and for good;
# argument: ``run``.
run_failed = Signal()
