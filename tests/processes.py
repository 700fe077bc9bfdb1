"""Processes of others, as a test sees them."""

import psutil


def has_ended(process: psutil.Process) -> bool:
    """Return whether it runs no more; its new parent may be slow to take note of it."""
    try:
        return process.status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


def left_of(processes: list[psutil.Process]) -> list[psutil.Process]:
    """Return those that still run."""
    return [process for process in processes if not has_ended(process)]
