"""The text of a page: byte order mark, header, the page or its bytes tell what encodes it."""

import codecs
import re
from collections.abc import Iterator
from email.message import Message
from typing import Final

import webencodings
from charset_normalizer import from_bytes

_MARKS: Final = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
# Where browsers look for the word of the page.
_HEAD_BYTES: Final = 4096
_SAMPLE_BYTES: Final = 16 * 1024
_META = re.compile(
    rb"<meta[^>]{0,500}?charset\s{0,20}=\s{0,20}[\"']?\s{0,20}([\w.:-]{2,40})", re.IGNORECASE
)
_XML = re.compile(
    rb"\s{0,100}<\?xml[^>]{0,200}?encoding\s{0,20}=\s{0,20}[\"']([\w.:-]{2,40})", re.IGNORECASE
)
_NOT_ASCII = re.compile(rb"[\x80-\xff]")
# More broken signs than this share of those that are not ASCII: the encoding is another.
_BROKEN_SHARE: Final = 0.2


def charset_of(content_type: str) -> str:
    """Return the name of the encoding in a ``Content-Type``; "" where it has none that is known."""
    if "charset" not in content_type.lower():
        return ""
    message = Message()
    message["Content-Type"] = content_type.replace("\n", " ").replace("\r", " ")
    return _codec(message.get_param("charset") or "")


def decode(content: bytes, *, content_type: str) -> str:
    """Return the text of a page; signs that are broken are replaced.

    As in browsers a byte order mark comes first: servers name an encoding for files that they do
    not look into. Then the header, the page's own word, and at last a guess. One that would break a
    good part of the text is passed over.
    """
    for codec in _codecs(content, content_type):
        text = content.decode(codec, "replace")
        if not _is_broken(text):
            break
    else:
        text = content.decode("utf-8", "replace")
    return text.removeprefix("\ufeff")


def _codecs(content: bytes, content_type: str) -> Iterator[str]:
    for mark, codec in _MARKS:
        if content.startswith(mark):
            yield codec
    named = charset_of(content_type)
    if named and not (named.startswith("utf-16") and b"\0" not in content[:_HEAD_BYTES]):
        yield named
    match = _XML.match(content) or _META.search(content[:_HEAD_BYTES])
    if match is not None:
        codec = _codec(match[1].decode("ascii", "replace"))
        # A page whose "meta" can be read is not written in two bytes a sign.
        yield "utf-8" if codec.startswith("utf-16") else codec or "utf-8"
    yield "utf-8"
    first = _NOT_ASCII.search(content)
    start = max(0, (first.start() if first else 0) - _SAMPLE_BYTES // 2)
    guess = from_bytes(content[start : start + _SAMPLE_BYTES]).best()
    yield guess.encoding if guess else "windows-1252"


def _codec(label: object) -> str:
    """Return Python's name for an encoding by the labels of the web, where latin-1 is cp1252."""
    found = webencodings.lookup(str(label))
    return str(found.codec_info.name) if found is not None else ""


def _is_broken(text: str) -> bool:
    broken = text.count("\ufffd")
    if not broken:
        return False
    foreign = len(text) - sum(map(len, re.findall(r"[\x00-\x7f]+", text)))
    return broken > max(1, foreign * _BROKEN_SHARE)
