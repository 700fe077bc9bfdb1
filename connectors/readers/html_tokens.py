"""A small tokenizer for HTML that streams: exports of half a million records do not fit a tree."""

import html
import re
from collections.abc import Iterator
from typing import NamedTuple

from connectors.errors import CorruptFileError
from connectors.readers.contents import Content
from connectors.readers.text import decode

# Reading stays linear in the size of a page, whatever is left open in it: a tag ends before the
# next "<" outside quotes, so that at most three attempts to read one ever pass over a byte.
_TOKEN = re.compile(
    # All begin with one literal, to which a search jumps.
    rb"<(?:(!--)|(/?)([a-zA-Z][^\s/<>\"']*+)((?:[^<>\"']++|\"[^\"]*+\"|'[^']*+')*+)>|[!?][^<>]*+>)"
)
_COMMENT_END = b"-->"
_ATTRIBUTE = re.compile(
    r"(?<![^\s=\"'/])([^\s=\"'/]++)\s*+=\s*+(?:\"([^\"]*+)\"|'([^']*+)'|([^\s\"'>]++))"
)
_PAGE_TAGS = frozenset({"html", "body"})
_CUT_TAG = re.compile(r"<[/!a-zA-Z][^<>]*$")
_RAW_TEXT = frozenset({b"script", b"style"})
_MAX_TOKEN_BYTES = 1024 * 1024


class Token(NamedTuple):
    """A start tag, an end tag, or text.

    Attributes:
        kind: ``<`` start, ``/`` end, ``""`` text.
        text: the tag's name in lower case, or text with entities resolved.
        attributes: of a start tag, as they are written.
        ends_at: offset behind the token.
    """

    kind: str
    text: str
    attributes: str
    ends_at: int


def read_tokens(content: Content) -> Iterator[Token]:
    """Yield the tokens of a page; script and style are left out.

    Raises:
        CorruptFileError: after all tokens, where the page breaks off.
    """
    depth, is_closed = 0, False
    token = None
    for token in _read_tokens(content):
        if token.kind:
            if token.text == "div":
                depth += 1 if token.kind == "<" else -1
            elif token.kind == "/" and token.text in _PAGE_TAGS:
                is_closed = True
        yield token
    is_cut = token is not None and not token.kind and _CUT_TAG.search(token.text)
    # Some programs leave out the end tags of the page, none leaves open its boxes.
    if is_cut or (depth > 0 and not is_closed):
        raise break_of(content)


def break_of(content: Content) -> CorruptFileError:
    """Return the error of a page that ends before its end."""
    return CorruptFileError(
        f"“{content.name}” breaks off. Nothing behind that can be read. "
        "Download the export again and import the new file."
    )


def _read_tokens(content: Content) -> Iterator[Token]:
    data, base = b"", 0
    hidden = b""
    for chunk in _with_end(content.chunks()):
        data += chunk
        at = 0
        is_last = not chunk
        last_comment_end = data.rfind(_COMMENT_END)
        while match := _TOKEN.search(data, at):
            start, end = match.span()
            comment, slash, written, attributes = match.groups()
            is_open = comment is not None and last_comment_end < start + 2
            if is_open and not is_last and len(data) - start <= _MAX_TOKEN_BYTES:
                break
            if start > at and not hidden:
                yield _text(data[at:start], base + start)
            at = end
            if comment and not is_open:
                # Within "<!-->" the mark that ends a comment is part of that which begins it.
                at = data.find(_COMMENT_END, start + 2) + len(_COMMENT_END)
            if written is None:
                continue
            name = written.lower()
            if hidden:
                hidden = b"" if slash and name == hidden else hidden
            elif name in _RAW_TEXT and not slash:
                hidden = name
            else:
                inside = decode(attributes) if attributes else ""
                yield Token("/" if slash else "<", name.decode("ascii"), inside, base + at)
        keep = _cut_token_at(data, at, is_last=is_last)
        if keep > at and not hidden:
            yield _text(data[at:keep], base + keep)
        data, base = data[keep:], base + keep


def attribute(token: Token, name: str) -> str:
    """Return the value of an attribute of a start tag; "" where it has none."""
    for match in _ATTRIBUTE.finditer(token.attributes):
        if match[1].lower() == name:
            return html.unescape(match[2] or match[3] or match[4] or "")
    return ""


def _with_end(chunks: Iterator[bytes]) -> Iterator[bytes]:
    yield from chunks
    yield b""


def _cut_token_at(data: bytes, at: int, *, is_last: bool) -> int:
    """Return where a tag, an entity or a character begins that the next chunk completes."""
    if is_last or len(data) - at > _MAX_TOKEN_BYTES:
        return len(data)
    tag = data.find(b"<", at)
    if tag >= 0:
        return tag
    return max(at, len(data) - 40)


def _text(data: bytes, ends_at: int) -> Token:
    return Token("", html.unescape(decode(data)), "", ends_at)
