"""The datasets whose age people are told: named here, made fresh by the kinds of jobs."""

import dataclasses
from typing import Final

from media.models.stage import Stage


@dataclasses.dataclass(frozen=True, slots=True)
class Dataset:
    """What people mean when they ask how fresh something is.

    Attributes:
        name: what rows, the API and the log call it.
        label: what people read, as a heading.
        noun: what its rows are, in the plural, within a sentence.
        is_of_connection: whether each connection has one of its own, or the organization one.
        stage: the stage whose units it is made of; its age is its backlog's.
        is_shown: whether members see it; what only tidies up is for the details.
    """

    name: str
    label: str
    noun: str
    is_of_connection: bool = False
    stage: Stage | None = None
    is_shown: bool = True


SAVED_ITEMS: Final = "saved_items"
DROP_FOLDER: Final = "drop_folder"
PICTURES: Final = "pictures"
THUMBNAILS: Final = "thumbnails"
FACES: Final = "faces"
LINKS: Final = "links"
STORED_FILES: Final = "stored_files"
OLD_UPLOADS: Final = "old_uploads"
TRASH: Final = "trash"
ORPHAN_FILES: Final = "orphan_files"
RETENTION: Final = "retention"

_TABLE: Final = (
    Dataset(SAVED_ITEMS, "Saved items", "saved items", is_of_connection=True),
    Dataset(DROP_FOLDER, "Drop folder", "files", is_of_connection=True),
    Dataset(PICTURES, "Pictures", "pictures", stage=Stage.FETCH),
    Dataset(THUMBNAILS, "Thumbnails", "thumbnails", stage=Stage.RENDITION),
    Dataset(FACES, "Faces", "pictures searched for faces", stage=Stage.FACES),
    Dataset(LINKS, "Links", "links", stage=Stage.LINKS),
    Dataset(STORED_FILES, "Check of stored files", "stored files"),
    # Of the nightly upkeep, each step for itself: one that fails is not hidden by its neighbour.
    Dataset(OLD_UPLOADS, "Deletion of old uploads", "old uploads", is_shown=False),
    Dataset(TRASH, "Emptying of the trash", "removed items", is_shown=False),
    Dataset(ORPHAN_FILES, "Deletion of unused pictures", "unused pictures", is_shown=False),
    Dataset(RETENTION, "Deletion of old runs", "old runs", is_shown=False),
)
DATASETS: Final = {dataset.name: dataset for dataset in _TABLE}
