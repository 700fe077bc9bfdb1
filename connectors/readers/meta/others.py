"""What else a download of Facebook or Instagram holds, so that a refusal can name it."""

import re

from connectors.readers.meta.evidence import other_file
from connectors.readers.meta.html import RECORD_CLASSES

OTHER_LISTS = frozenset(
    {"messages", "comments", "likes", "reactions", "searches", "posts", "stories", "friends"}
)
# Something of a download, and nobody knows what.
SOMETHING = "meta"
_KEYS = (
    ("messages", re.compile(rb'"(?:sender_name|timestamp_ms|thread_path)"\s*:')),
    ("comments", re.compile(rb'"(?:\w{0,40}comments_v\d|comment|comments_media_\w+)"\s*:\s*[\[{]')),
    ("likes", re.compile(rb'"(?:likes_\w{1,40}|\w{0,40}_likes(?:_v\d)?)"\s*:\s*\[')),
    ("reactions", re.compile(rb'"(?:reactions(?:_v\d)?|reaction)"\s*:\s*[\[{]')),
    ("searches", re.compile(rb'"searches_\w{1,40}"\s*:\s*\[')),
    ("stories", re.compile(rb'"(?:ig_stories|archived_stories\w*)"\s*:\s*\[')),
    ("friends", re.compile(rb'"(?:friends_v\d|relationships_\w{1,40})"\s*:\s*\[')),
    (
        "posts",
        re.compile(
            rb'"(?:status_updates|ig_posts|ig_reels_media|creation_timestamp)"\s*:'
            rb'|"data"\s*:\s*\[\s*\{\s*"post"\s*:'
        ),
    ),
)
_ANY_ROW = re.compile(
    rb'"(?:label_values|string_map_data|string_list_data|media_list_data)"\s*:\s*[\[{]'
)
_TIME = re.compile(rb'"timestamp"\s*:\s*\d{9,13}')
_SENTENCE = re.compile(rb'"(?:title|attachments)"\s*:')
_FOLDER = re.compile(
    r"(?:^|/)(?:your_(?:facebook|instagram|activity)\w*|sav\w{1,8}_and_collections"
    r"|logged_information|security_and_login_information|ads_information)/",
    re.IGNORECASE,
)
_SAVES_FOLDER = re.compile(r"(?:^|/)(?:saved|sav\w+_and_collections)/no-data\.txt$", re.IGNORECASE)
_SENT_BY_META = re.compile(rb'"(?:timestamp|creation_timestamp|timestamp_ms|string_\w+)"\s*:')


def list_of_download(start: bytes, basename: str) -> str:
    """Return which other list of a download a file begins like.

    Returns:
        One of ``OTHER_LISTS``; ``SOMETHING`` for what has the form of the download's rows; ""
        for what does not come from one.
    """
    if start.lstrip().startswith(b"<"):
        is_page = any(name in start for name in RECORD_CLASSES) or b'"_a706"' in start
        return (other_file(basename) or SOMETHING) if is_page else ""
    if _SENT_BY_META.search(start):
        for what, keys in _KEYS:
            if keys.search(start):
                return what
    has_time = _TIME.search(start) is not None
    if _ANY_ROW.search(start) or (has_time and _SENTENCE.search(start)):
        return other_file(basename) or SOMETHING
    return other_file(basename) if has_time else ""


def is_path_of_download(path: str) -> bool:
    """Say whether a member of an archive lies where Meta's downloads have their files."""
    return bool(_FOLDER.search(path))


def tells_no_saves(path: str) -> bool:
    """Say whether a member says that its owner has saved nothing."""
    return bool(_SAVES_FOLDER.search(path))
