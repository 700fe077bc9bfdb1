"""Errors of backup and restore.

* BackupError         a sentence that says what to do
"""


class BackupError(Exception):
    """A backup cannot be made, read or put back."""


def reason_of(error: OSError) -> str:
    """Return what the system says, and about which file, without its number."""
    reason = error.strerror or str(error)
    return f"{reason} ({error.filename})" if error.filename else reason
