"""Tell what an HTML file is: an account export, a saved page, a download of Meta, or neither."""

import re
from collections.abc import Callable, Iterator

from connectors.readers.batches import Batch
from connectors.readers.contents import Content, head_of
from connectors.readers.meta.html import RECORD_CLASSES, read_meta_html
from connectors.readers.meta.html_evidence import page_lists_saves
from connectors.readers.meta.names import basename, names_saves
from connectors.readers.pinterest.html import read_account_export
from connectors.readers.pinterest.page_state import STATE_MARKS, read_page_state

_SNIFFED_BYTES = 1024 * 1024
_STATE_BYTES = 8 * 1024 * 1024
_PIN_LINK = re.compile(
    rb"href=[\"']?https?://[^\"'\s>]{0,60}pinterest\.[^\"'\s>]{2,40}/pin/[^<>]{0,2000}+>[^<]{0,2000}+"
    rb"</a>\s*+<br\s*+/?>\s*+[^<:]{1,60}:",
    re.IGNORECASE,
)
_CONTENTS = re.compile(rb"id=[\"']?contents\b", re.IGNORECASE)
# The first page of a download links to the lists in it.
_INDEX_LINK = re.compile(
    rb"href=[\"'][^\"'<>:]{1,300}/[^\"'<>:/]{0,100}saved?_[^\"'<>:/]{0,100}\.html"
)
_META_LINK = re.compile(rb"facebook\.com|fbcdn\.net|/dyi/l/|l\.php\?u=")

Parse = Callable[[Content, int], Iterator[Batch]]


def sniff_html(content: Content, *, is_alone: bool) -> tuple[str, Parse | None, int]:
    """Return kind, parser and certainty (2 certain, 1 likely); no kind for other pages."""
    head = head_of(content, _SNIFFED_BYTES)
    if _PIN_LINK.search(head) or (_CONTENTS.search(head) and b"pinterest" in head.lower()):
        return "pinterest_html", read_account_export, 2
    name = basename(content.name)
    is_named = names_saves(name)
    if is_named or is_alone:
        has_classes = any(each in head for each in RECORD_CLASSES)
        has_headings = b"<h2" in head and (is_named or _META_LINK.search(head) is not None)
        is_index = not has_classes and _INDEX_LINK.search(head) is not None
        is_list = (has_classes or has_headings) and not is_index
        if is_list and (is_named or page_lists_saves(content, name)):
            return "facebook_html", read_meta_html, 2 if is_named else 1
    if is_alone or b"pinterest" in head.lower():
        page = head_of(content, _STATE_BYTES)
        if any(mark in page for mark in STATE_MARKS):
            return "pinterest_web", read_page_state, 1
    return "", None, 1
