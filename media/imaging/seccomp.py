"""The system calls that a child may make once it holds a hostile picture: Linux only.

What is not listed fails with EPERM: opening any file, any socket, any new process or thread, any
signal to another process. So no network and no disk, whatever a decoder is tricked into.
"""

import ctypes
import errno
import platform
import struct
import sys
from typing import Final

_PR_SET_DUMPABLE: Final = 4
_PR_SET_SECCOMP: Final = 22
_PR_SET_NO_NEW_PRIVS: Final = 38
_MODE_FILTER: Final = 2

# name: (x86_64, aarch64); None where the architecture does not have it.
_ALLOWED: Final[dict[str, tuple[int | None, int | None]]] = {
    "read": (0, 63),
    "write": (1, 64),
    "close": (3, 57),
    "fstat": (5, 80),
    "poll": (7, None),
    "lseek": (8, 62),
    "mmap": (9, 222),
    "mprotect": (10, 226),
    "munmap": (11, 215),
    "brk": (12, 214),
    "rt_sigaction": (13, 134),
    "rt_sigprocmask": (14, 135),
    "rt_sigreturn": (15, 139),
    "select": (23, None),
    "sched_yield": (24, 124),
    "mremap": (25, 216),
    "madvise": (28, 233),
    "getpid": (39, 172),
    "exit": (60, 93),
    "getrusage": (98, 165),
    "getppid": (110, 173),
    "sigaltstack": (131, 132),
    "gettid": (186, 178),
    "futex": (202, 98),
    "sched_getaffinity": (204, 123),
    "restart_syscall": (219, 128),
    "clock_gettime": (228, 113),
    "clock_nanosleep": (230, 115),
    "exit_group": (231, 94),
    "newfstatat": (262, 79),
    "pselect6": (270, 72),
    "ppoll": (271, 73),
    "getrandom": (318, 278),
}
# Allowed for the process itself only (first argument 0): it raises its own processor limit.
_PRLIMIT: Final = (302, 261)
_ARCHITECTURES: Final = {"x86_64": (0, 0xC000003E), "aarch64": (1, 0xC00000B7)}

# Classic BPF, see linux/filter.h and linux/seccomp.h.
_LOAD, _JUMP_IF_EQUAL, _RETURN = 0x20, 0x15, 0x06
_NUMBER_AT, _ARCHITECTURE_AT, _FIRST_ARGUMENT_AT = 0, 4, 16
_ALLOW, _DENY, _KILL = 0x7FFF0000, 0x00050000 | errno.EPERM, 0x80000000


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("instructions", ctypes.c_char_p))


def forbid_privileges() -> bool:
    """Bar the process from gaining rights and from leaving a core; return whether it is so."""
    if sys.platform != "linux":
        return False
    libc = ctypes.CDLL(None, use_errno=True)
    libc.prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)
    return bool(libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0)


def filter_system_calls() -> bool:
    """Bar all system calls but those listed, for good; return whether the kernel agreed.

    Needs ``forbid_privileges`` before. A kernel or a machine without the means says False; the
    other limits hold there too.
    """
    known = _ARCHITECTURES.get(platform.machine())
    # A 32-bit interpreter has other numbers.
    if sys.platform != "linux" or known is None or sys.maxsize < 2**32:
        return False
    instructions = b"".join(_build_filter(*known))
    program = _Program(len(instructions) // 8, instructions)
    libc = ctypes.CDLL(None, use_errno=True)
    result = libc.prctl(_PR_SET_SECCOMP, _MODE_FILTER, ctypes.byref(program), 0, 0)
    return bool(result == 0)


def _build_filter(column: int, architecture: int) -> list[bytes]:
    numbers = [pair[column] for pair in _ALLOWED.values()]
    allowed = [number for number in numbers if number is not None]
    checks: list[bytes] = []
    for position, number in enumerate(allowed):
        # Counted from the next instruction: over the remaining checks and over "deny".
        to_allow = len(allowed) - position - 1 + 1
        checks.append(_instruction(_JUMP_IF_EQUAL, number, to_allow, 0))
    return [
        _instruction(_LOAD, _ARCHITECTURE_AT),
        _instruction(_JUMP_IF_EQUAL, architecture, 1, 0),
        _instruction(_RETURN, _KILL),
        _instruction(_LOAD, _NUMBER_AT),
        _instruction(_JUMP_IF_EQUAL, _PRLIMIT[column], 0, 3),
        _instruction(_LOAD, _FIRST_ARGUMENT_AT),
        _instruction(_JUMP_IF_EQUAL, 0, len(allowed) + 2, 0),
        _instruction(_RETURN, _DENY),
        *checks,
        _instruction(_RETURN, _DENY),
        _instruction(_RETURN, _ALLOW),
    ]


def _instruction(code: int, operand: int, if_true: int = 0, if_false: int = 0) -> bytes:
    return struct.pack("=HBBI", code, if_true, if_false, operand)
