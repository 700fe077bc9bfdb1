"""Spools what browsers and API clients send to disk, before any view could refuse it."""

from typing import Any

from django.conf import settings
from django.core.files.uploadhandler import SkipFile, TemporaryFileUploadHandler


class MembersUploadHandler(TemporaryFileUploadHandler):
    """Takes files from people who are signed in, and of each no more than an import may have.

    Forms are parsed before a view is asked, the sign-in form of strangers included: without
    this, anybody could fill the disk.
    """

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        """Begin a file, or pass over a stranger's; the rest of their form is still read.

        Raises:
            SkipFile: nobody is signed in.
        """
        user = getattr(self.request, "user", None)
        if user is None or not user.is_authenticated:
            raise SkipFile
        super().new_file(*args, **kwargs)

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        """Write a chunk, unless the file is too large already.

        What is written goes beyond the limit by a chunk at most, so whoever reads it sees that
        it is too large and says so.
        """
        if start <= settings.IMPORT_MAX_BYTES:
            super().receive_data_chunk(raw_data, start)
