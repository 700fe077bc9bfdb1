"""A loopback picture site that stands in for the hosts of the demo's pictures.

`python -m ingestion.demo.site --port 9000` serves until it is interrupted. Like the site it
stands in for, it answers 403 for a picture it does not hold. It knows nothing of Django.
"""

import argparse
import logging
import sys
from dataclasses import dataclass
from hashlib import sha256
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit

LOOPBACK = "127.0.0.1"
PICTURES = Path(__file__).parent / "data" / "pictures"
HOSTS = ("i.pinimg.com", "pictures.example.com")
ORIGINALS = "originals"
SIZED = ("1200x", "736x", "564x", "474x", "236x")
CONTENT_TYPES = {
    ".jpg": "image/jpeg",
    ".png": "image/png",
    ".gif": "image/gif",
    ".webp": "image/webp",
    ".bmp": "application/octet-stream",  # as the real site does: receivers must look at the bytes
}
IDLE_S = 30
A_YEAR_S = 365 * 24 * 3600

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Held:
    """A picture that the site serves."""

    body: bytes
    content_type: str
    etag: str


class PictureServer(ThreadingHTTPServer):
    """Serves a folder of pictures, read into memory once, from the loopback address only."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, port: int, folder: Path) -> None:
        self.held = _read(folder)
        super().__init__((LOOPBACK, port), PictureHandler)


class PictureHandler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_version = "DemoPictures"
    sys_version = ""
    timeout = IDLE_S
    disable_nagle_algorithm = True  # else a small picture waits for the delayed acknowledgement
    server: PictureServer

    def do_GET(self) -> None:
        self._answer(with_body=True)

    def do_HEAD(self) -> None:
        self._answer(with_body=False)

    def _answer(self, *, with_body: bool) -> None:
        picture = self.server.held.get(urlsplit(self.path).path)
        if picture is None:
            self._refuse(with_body=with_body)
            return
        unchanged = picture.etag in _tags(self.headers.get("If-None-Match", ""))
        self.send_response(HTTPStatus.NOT_MODIFIED if unchanged else HTTPStatus.OK)
        self.send_header("ETag", picture.etag)
        self.send_header("Cache-Control", f"public, max-age={A_YEAR_S}, immutable")
        if not unchanged:
            self.send_header("Content-Type", picture.content_type)
            self.send_header("Content-Length", str(len(picture.body)))
        self.end_headers()
        if with_body and not unchanged:
            self.wfile.write(picture.body)

    def _refuse(self, *, with_body: bool) -> None:
        body = b"Forbidden\n"
        self.send_response(HTTPStatus.FORBIDDEN)
        self.send_header("Content-Type", "text/plain")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if with_body:
            self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # the base class names it
        logger.debug(format, *args)


def serve(port: int = 0, *, folder: Path = PICTURES) -> tuple[PictureServer, int]:
    """Bind the site and return it with its port; the caller runs `serve_forever`.

    Port 0 takes a free one.

    Raises:
        OSError: The port is taken.
    """
    server = PictureServer(port, folder)
    return server, server.server_address[1]


def host_map(port: int) -> str:
    """The value of FETCH_HOST_MAP that leads the demo's hosts to a site on this port."""
    return ",".join(f"{host}={LOOPBACK}:{port}" for host in HOSTS)


def _read(folder: Path) -> dict[str, Held]:
    """The pictures of a folder by their path; a sized variant is the original under a .jpg name."""
    held: dict[str, Held] = {}
    for file in folder.iterdir():
        body = file.read_bytes()
        etag = f'"{sha256(body).hexdigest()[:32]}"'
        picture = Held(body, CONTENT_TYPES[file.suffix], etag)
        signature = file.stem
        folders = f"{signature[:2]}/{signature[2:4]}/{signature[4:6]}"
        held[f"/{ORIGINALS}/{folders}/{file.name}"] = picture
        for size in SIZED:
            held[f"/{size}/{folders}/{signature}.jpg"] = picture
    return held


def _tags(header: str) -> set[str]:
    return {tag.strip().removeprefix("W/") for tag in header.split(",")}


def main() -> None:
    parser = argparse.ArgumentParser(
        description="Serve the demo's pictures on the loopback address."
    )
    parser.add_argument("--port", type=int, default=9000)
    logging.basicConfig(level=logging.DEBUG, format="%(asctime)s %(message)s")
    server, port = serve(parser.parse_args().port)
    sys.stdout.write(f"Pictures of the demo: http://{LOOPBACK}:{port}/\n")
    sys.stdout.flush()
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        sys.stdout.write("\n")
    finally:
        server.server_close()


if __name__ == "__main__":
    main()
