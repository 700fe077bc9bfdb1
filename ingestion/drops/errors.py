"""What can be wrong with a drop folder.

* AppError
  + DropFolderError           (422) the name of a folder that cannot be one
  + DropFolderMissingError    (404) there is no such folder
  + DropFolderCrowdedError    (409) it holds more files than are looked through
  + FileRefusedError
    + FileChangedError        (422) what lies there is no more what was found
"""

from connectors.errors import FileRefusedError
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


class FileChangedError(FileRefusedError):
    """A file changed or went before it was read to its end; its folder is looked at again."""

    def __init__(self, path: str) -> None:
        name = path.rpartition("/")[2]
        super().__init__(
            f"“{name}” was changed, or taken out of its drop folder, before it was read to its "
            "end. Where it changed, the next look at the folder imports it as it is now. Where it "
            "went, put it back and import it again."
        )
