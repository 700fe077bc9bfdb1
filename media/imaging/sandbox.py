"""The limits a child puts on itself before it reads the first byte of a picture."""

import math
import resource
import sys

from media.imaging import seccomp
from media.imaging.values import Limits

_OPEN_FILES = 16


def confine_process(limits: Limits) -> list[str]:
    """Limit this process for good; return the names of the protections that are in force."""
    in_force = ["rlimits"]
    # macOS knows the limit of the address space but does not keep to it, and may refuse it.
    if sys.platform == "linux":
        _lower(resource.RLIMIT_AS, limits.memory_bytes)
    _lower(resource.RLIMIT_CORE, 0)
    _lower(resource.RLIMIT_FSIZE, 0)
    _lower(resource.RLIMIT_NOFILE, _OPEN_FILES)
    _lower(resource.RLIMIT_NPROC, 0)
    if seccomp.forbid_privileges():
        in_force.append("no_new_privs")
        if seccomp.filter_system_calls():
            in_force.append("seccomp")
    return in_force


def allow_cpu_seconds(seconds: float) -> None:
    """Let this process use ``seconds`` of the processor from here on; then SIGXCPU ends it.

    The limit of the system counts from the start of the process, so it moves with each picture.
    """
    usage = resource.getrusage(resource.RUSAGE_SELF)
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    soft = math.ceil(usage.ru_utime + usage.ru_stime + seconds)
    resource.setrlimit(resource.RLIMIT_CPU, (_at_most(soft, hard), hard))


def _lower(limit: int, value: int) -> None:
    _, hard = resource.getrlimit(limit)
    bound = _at_most(value, hard)
    resource.setrlimit(limit, (bound, bound))


def _at_most(value: int, hard: int) -> int:
    return value if hard == resource.RLIM_INFINITY else min(value, hard)
