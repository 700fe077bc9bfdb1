"""Ports of this machine."""

import socket

LOOPBACK = "127.0.0.1"
TRIED_PORTS = 100


def is_free(port: int) -> bool:
    """Return whether a server could listen on ``port`` of the loopback address."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return False
    return True


def first_free_port(wanted: int) -> int:
    """Return ``wanted``, or the next port after it that nobody uses.

    Raises:
        OSError: all of the next hundred are taken.
    """
    for port in range(wanted, min(wanted + TRIED_PORTS, 65536)):
        if is_free(port):
            return port
    raise OSError(f"The ports from {wanted} on are all taken.")


def any_free_port() -> int:
    """Return a port that the system picks."""
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        port: int = probe.getsockname()[1]
    return port
