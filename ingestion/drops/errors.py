"""What can be wrong with a drop folder.

* AppError
  + DropFolderError           (422) the name of a folder that cannot be one
  + DropFolderMissingError    (404) there is no such folder
  + DropFolderCrowdedError    (409) it holds more files than are looked through
"""

from tenants.errors import AppError


class DropFolderError(AppError):
    """The name cannot be one of a folder of the organization's own."""

    code = "drop_folder_invalid"
    status = 422


class DropFolderMissingError(AppError):
    """There is no such folder, or it is none of the organization's own."""

    code = "drop_folder_missing"
    status = 404


class DropFolderCrowdedError(AppError):
    """The folder holds more files than are looked through."""

    code = "drop_folder_crowded"
    status = 409


class FileChangedError(Exception):
    """A file changed or went while it was read; it comes again once it is left alone."""
