"""What happens to runs, for those who have something to settle then.

All are sent in the organization's scope and in the transaction of what they tell of.
"""

from django.dispatch import Signal

# A run ended well, with or without warnings; argument: ``run``.
run_succeeded = Signal()
# A run ended badly and for good; argument: ``run``.
run_failed = Signal()
# A run was called off, by a person or since nobody went on with it; argument: ``run``.
run_cancelled = Signal()
# A try failed, whether or not another follows; arguments: ``run``, ``failure``. A worker that was
# lost is such a failure too.
attempt_failed = Signal()
# A step of a run ended, well or badly; arguments: ``run``, ``step``.
step_ended = Signal()
# A slice of a run was worked and the run goes on later; argument: ``run``.
run_yielded = Signal()
# A job was paused, by a person or after too many failures, or goes on; argument: ``job``.
job_paused = Signal()
job_resumed = Signal()
# A batch of a stage was written; arguments: ``stage``, its name, and ``org_id``.
batch_written = Signal()
