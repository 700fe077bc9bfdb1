"""What proves that a page of a download lists saved items, and not messages or comments."""

from contextlib import suppress

from connectors.errors import CorruptFileError
from connectors.readers.contents import Content
from connectors.readers.html_tokens import attribute, read_tokens
from connectors.readers.meta.evidence import are_of_saving, other_file
from connectors.readers.meta.words import tells_collecting, tells_saving

_READ_BYTES = 256 * 1024
_PAGE_TITLES = frozenset({"title", "h1"})
# Classes of the sentence of a row, in each generation of the pages.
_SENTENCE_CLASSES = frozenset({"_a6-h", "_2lek"})


def page_lists_saves(content: Content, basename: str) -> bool:
    """Say whether title, heading or sentences of a page tell of saved items.

    A page that has the name of another list must prove it by its sentences.
    """
    titles, sentences = _headings_of(content)
    if are_of_saving(sentences):
        return True
    is_titled = any(tells_saving(title) or tells_collecting(title) for title in titles)
    return is_titled and not other_file(basename)


def _headings_of(content: Content) -> tuple[list[str], list[str]]:
    """Return the titles of a page, and the sentences of its first rows."""
    titles: list[str] = []
    sentences: list[str] = []
    found, ends_with = titles, ""
    with suppress(CorruptFileError):  # what was read of it is enough
        for token in read_tokens(content):
            if token.ends_at > _READ_BYTES:
                break
            if token.kind == "<":
                is_title = token.text in _PAGE_TITLES
                classes = attribute(token, "class").split()
                if is_title or token.text == "h2" or not _SENTENCE_CLASSES.isdisjoint(classes):
                    found, ends_with = (titles if is_title else sentences), token.text
                    found.append("")
            elif token.kind == "/" and token.text == ends_with:
                ends_with = ""
            elif not token.kind and ends_with:
                found[-1] += token.text
    return titles, [text for text in sentences if text.strip()]
