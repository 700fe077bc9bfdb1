"""Who faces belong to: what people decide, what the machine proposes, and how it is undone.

Every function runs in the scope of an organization. What people decide is one ``FaceEvent`` with
its inverse; the machine (``grouping``) never changes what they decided. Both take the same lock,
so that neither goes by what the other is about to change.
"""

from faces.people.decisions import (
    assign_faces,
    confirm_faces,
    mark_not_faces,
    name_faces,
    reject_faces,
    skip,
)
from faces.people.persons import (
    choose_cover,
    create_person,
    keep_apart,
    merge_people,
    name_person,
    record_consent,
    rename_person,
    set_hidden,
    split_person,
)
from faces.people.undo import undo

__all__ = [
    "assign_faces",
    "choose_cover",
    "confirm_faces",
    "create_person",
    "keep_apart",
    "mark_not_faces",
    "merge_people",
    "name_faces",
    "name_person",
    "record_consent",
    "reject_faces",
    "rename_person",
    "set_hidden",
    "skip",
    "split_person",
    "undo",
]
