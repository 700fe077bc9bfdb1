"""Errors of backup and restore.

* BackupError         a sentence that says what to do
"""


class BackupError(Exception):
    """A backup cannot be made, read or put back."""
