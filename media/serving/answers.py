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
# An address without its version may come to stand for other bytes.
UNVERSIONED_S = 300


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
    response["Cache-Control"] = f"private, immutable, max-age={_max_age(request, file)}"
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
        return HttpResponse(status=HTTPStatus.NOT_MODIFIED)
    try:
        part = _part(request, file, etag)
    except UnsatisfiableRangeError:
        response = HttpResponse(status=HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE)
        response["Content-Range"] = f"bytes */{file.size_bytes}"
        return response
    return _stream(request, file, part)


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


def _max_age(request: HttpRequest, file: ServedFile) -> int:
    version = request.GET.get("v", "")
    return YEAR_S if version and file.sha256.startswith(version) else UNVERSIONED_S
