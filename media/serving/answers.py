"""The answer that carries stored bytes: conditional, in parts, and harmless in a browser."""

from http import HTTPStatus

from django.http import (
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseBase,
    StreamingHttpResponse,
)
from django.utils.http import content_disposition_header, parse_etags

from media.serving.files import ServedFile
from media.serving.ranges import ByteRange, UnsatisfiableRangeError, parse_range
from media.storage import open_chunks

# Whoever opens a picture as a page gets one without scripts, forms, or rights of our origin.
POLICY = "sandbox; default-src 'none'"
YEAR_S = 31_536_000
# An address without its version may come to stand for other bytes, so it is asked about again.
UNVERSIONED_S = 300
# Hexadecimal digits of the digest that make a version; fewer could fit other bytes too.
VERSION_DIGITS = 12


def answer_with(
    request: HttpRequest, file: ServedFile, *, resource_policy: str
) -> HttpResponseBase:
    """Return ``file`` as the request asks for it; call it outside any transaction's generator.

    Storage is opened here and read while the answer is sent, by when the caller's transaction
    has ended: nothing here touches the database.

    Args:
        resource_policy: who may show it, as ``Cross-Origin-Resource-Policy`` says.

    Raises:
        Http404: the row is there and the bytes are not.
    """
    etag = f'"{file.sha256}"'
    response = _body(request, file, etag)
    response["ETag"] = etag
    response["Accept-Ranges"] = "bytes"
    response["Cache-Control"] = _cache_control(request, file)
    response["Content-Security-Policy"] = POLICY
    response["Cross-Origin-Resource-Policy"] = resource_policy
    response["X-Content-Type-Options"] = "nosniff"
    if file.download_name and response.status_code != HTTPStatus.NOT_MODIFIED:
        response["Content-Disposition"] = (
            content_disposition_header(as_attachment=True, filename=file.download_name) or ""
        )
    return response


def _body(request: HttpRequest, file: ServedFile, etag: str) -> HttpResponseBase:
    known = parse_etags(request.headers.get("If-None-Match", ""))
    if "*" in known or etag in [tag.removeprefix("W/") for tag in known]:
        return _without_body(HTTPStatus.NOT_MODIFIED)
    try:
        part = _part(request, file, etag)
    except UnsatisfiableRangeError:
        response = _without_body(HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE)
        response["Content-Range"] = f"bytes */{file.size_bytes}"
        return response
    return _stream(request, file, part)


def _without_body(status: HTTPStatus) -> HttpResponse:
    """Return an answer of headers only; Django would call its nothing a page."""
    response = HttpResponse(status=status)
    del response["Content-Type"]
    return response


def _part(request: HttpRequest, file: ServedFile, etag: str) -> ByteRange | None:
    condition = request.headers.get("If-Range", etag)
    if "Range" not in request.headers or condition != etag:
        return None
    return parse_range(request.headers["Range"], size=file.size_bytes)


def _stream(request: HttpRequest, file: ServedFile, part: ByteRange | None) -> HttpResponseBase:
    length = part.length if part else file.size_bytes
    response: HttpResponseBase
    if request.method == "HEAD":
        response = HttpResponse(content_type=file.media_type)
    else:
        try:
            chunks = open_chunks(file.storage_key, start=part.first if part else 0, length=length)
        except FileNotFoundError as error:
            raise Http404 from error
        response = StreamingHttpResponse(chunks, content_type=file.media_type)
    response["Content-Length"] = str(length)
    if part:
        response.status_code = HTTPStatus.PARTIAL_CONTENT
        response["Content-Range"] = f"bytes {part.first}-{part.last}/{file.size_bytes}"
    return response


def _cache_control(request: HttpRequest, file: ServedFile) -> str:
    version = request.GET.get("v", "")
    is_versioned = len(version) >= VERSION_DIGITS and file.sha256.startswith(version)
    if is_versioned:
        return f"private, immutable, max-age={YEAR_S}"
    return f"private, max-age={UNVERSIONED_S}"
