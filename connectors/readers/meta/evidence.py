"""What proves that rows of a download are saved items, and what proves the opposite.

A download also holds messages, comments, reactions and searches, in rows of the same form.
Nobody wants those among pictures, so rows that nothing proves to be saves are left alone.
"""

import re
from collections.abc import Iterator, Mapping, Sequence

from connectors.readers.meta.labels import read_labels
from connectors.readers.meta.names import names_saves
from connectors.readers.meta.words import tells_collecting, tells_saving
from connectors.readers.text import repair_mojibake
from connectors.readers.urls import web_address

CERTAIN, LIKELY, NONE = 2, 1, 0
_SAMPLE = 50
_OTHER_LIST = re.compile(
    r"comment|reaction|friend|follow|search|message|log-?in|post|like|poke|notif|\bads|photo|video"
    r"|status|stor(?:y|ies)|participant|relationship|vote|contact|session|payment",
    re.IGNORECASE,
)
# What rows of other lists say of themselves; rows of saves have no data of their own.
_OTHER_DATA = frozenset(
    {"comment", "reaction", "post", "text", "poke", "vote", "review", "update_timestamp", "tags"}
)
_OTHER_KEYS = frozenset({"sender_name", "timestamp_ms", "participants", "comment", "reaction"})
# Names that Meta gives to files of other lists, and what these hold.
_OTHER_FILES = (
    ("messages", re.compile(r"messages?(?:[_ ]\d+)?|message_requests|secret_.*messages?.*")),
    ("comments", re.compile(r".*comments?(?:[_ ]\d+)?|your_comments_in_groups")),
    ("likes", re.compile(r"likes?(?:_and_reactions)?(?:_\d+)?|(?:story|page)?_?likes|liked_.*")),
    ("reactions", re.compile(r"reactions?(?:_\d+)?")),
    ("searches", re.compile(r".*search(?:es)?(?:_history.*)?(?:_\d+)?|.*saved_search.*")),
    (
        "posts",
        re.compile(r"your_(?:posts|photos|videos|uncategorized).*|posts(?:_\d+)?|reels|igtv.*"),
    ),
    ("stories", re.compile(r"(?:archived_)?stories(?:_\d+)?|stories_.*")),
    ("friends", re.compile(r".*friends?|.*friend_requests.*|followers(?:_\d+)?|following.*")),
)
_COPY_MARK = re.compile(r"\s*(?:\(\d+\)|copy)$")


def is_other_list(list_name: str) -> bool:
    """Say whether a list is named after something else than what was saved."""
    return bool(_OTHER_LIST.search(list_name)) and not names_saves(list_name)


def other_file(basename: str) -> str:
    """Return what Meta keeps under the name of a file; "" where that is not another list."""
    stem = _COPY_MARK.sub("", basename.rpartition(".")[0].casefold())
    return next((what for what, name in _OTHER_FILES if name.fullmatch(stem)), "")


def proof_of_saves(
    values: Sequence[object], *, list_name: str, basename: str, is_alone: bool
) -> int:
    """Say how sure it is that rows are saved items: ``CERTAIN``, ``LIKELY`` or ``NONE``.

    Args:
        values: the first rows.
        list_name: key of their list; empty for a bare one.
        basename: of their file, which people may have named anew.
        is_alone: the file was brought by itself, so that its rows may be the proof.
    """
    if names_saves(list_name):
        return CERTAIN
    rows = [row for row in values[:_SAMPLE] if isinstance(row, Mapping)]
    if is_other_list(list_name) or any(map(_is_of_other_list, rows)):
        return NONE
    if names_saves(basename):
        return CERTAIN
    if not is_alone:
        return NONE
    if are_of_saving([text for row in rows if (text := _sentence_of(row))]):
        return LIKELY
    has_parts = any(map(_has_saved_part, rows))
    return LIKELY if has_parts and not other_file(basename) else NONE


def are_of_saving(sentences: Sequence[str]) -> bool:
    """Say whether half of the sentences of rows tell of something saved, or of collections."""
    telling = sum(tells_saving(text) or tells_collecting(text) for text in sentences)
    return telling > 0 and 2 * telling >= len(sentences)


def _is_of_other_list(row: Mapping[str, object]) -> bool:
    if not _OTHER_KEYS.isdisjoint(row):
        return True
    return any(not _OTHER_DATA.isdisjoint(entry) for entry in _mappings_in(row.get("data")))


def _sentence_of(row: Mapping[str, object]) -> str:
    title = row.get("title")
    if not isinstance(title, str) or "string_map_data" in row:
        return ""
    return str(repair_mojibake(title)).strip()


def _has_saved_part(row: Mapping[str, object]) -> bool:
    """Say whether a row has what saves have: something from elsewhere, or a link."""
    labels = row.get("label_values")
    if isinstance(labels, list):
        form = read_labels(labels)
        return bool(form.url) or form.is_collection
    strings = row.get("string_map_data")
    if isinstance(strings, Mapping):
        return any(web_address(part.get("href")) for part in _mappings_in(list(strings.values())))
    return "data" not in row and any(
        "external_context" in entry
        for attachment in _mappings_in(row.get("attachments"))
        for entry in _mappings_in(attachment.get("data"))
    )


def _mappings_in(value: object) -> Iterator[Mapping[str, object]]:
    if isinstance(value, list):
        yield from (each for each in value if isinstance(each, Mapping))
