"""The loopback picture site, spoken to over real connections."""

from collections.abc import Iterator
from http.client import HTTPConnection, HTTPResponse
from threading import Thread

import pytest

from ingestion.demo import catalogue
from ingestion.demo.site import host_map, serve

CONTENT_TYPES = {
    "jpg": "image/jpeg",
    "png": "image/png",
    "gif": "image/gif",
    "webp": "image/webp",
    "bmp": "application/octet-stream",
}


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    server, port = serve()
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield port
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def connection(port: int) -> Iterator[HTTPConnection]:
    connection = HTTPConnection("127.0.0.1", port, timeout=10)
    yield connection
    connection.close()


def ask(
    connection: HTTPConnection,
    path: str,
    *,
    method: str = "GET",
    headers: dict[str, str] | None = None,
) -> tuple[HTTPResponse, bytes]:
    connection.request(method, path, headers=headers or {})
    response = connection.getresponse()
    return response, response.read()


def of_kind(kind: str) -> catalogue.Picture:
    return next(picture for picture in catalogue.pictures() if picture.kind == kind)


class TestOriginals:
    @pytest.mark.parametrize("kind", sorted(CONTENT_TYPES))
    def test_each_kind_is_served_whole_under_its_type(
        self, connection: HTTPConnection, kind: str
    ) -> None:
        picture = of_kind(kind)

        response, body = ask(connection, f"/{picture.path}")

        assert (response.status, response.headers["Content-Type"]) == (200, CONTENT_TYPES[kind])
        assert body == picture.file.read_bytes()

    def test_the_same_connection_serves_one_picture_after_the_other(
        self, connection: HTTPConnection
    ) -> None:
        bodies = []
        sockets = set()
        for picture in catalogue.pictures()[:3]:
            bodies.append(ask(connection, f"/{picture.path}")[1])
            sockets.add(connection.sock)

        assert bodies == [picture.file.read_bytes() for picture in catalogue.pictures()[:3]]
        assert len(sockets) == 1

    def test_head_tells_the_length_and_sends_nothing(self, connection: HTTPConnection) -> None:
        picture = of_kind("png")

        response, body = ask(connection, f"/{picture.path}", method="HEAD")

        assert (response.status, body) == (200, b"")
        assert int(response.headers["Content-Length"]) == picture.file.stat().st_size

    def test_a_known_tag_is_answered_with_not_modified(self, connection: HTTPConnection) -> None:
        path = f"/{of_kind('jpg').path}"
        tag = ask(connection, path)[0].headers["ETag"]

        known, nothing = ask(connection, path, headers={"If-None-Match": f'"other", W/{tag}'})
        unknown, _ = ask(connection, path, headers={"If-None-Match": '"other"'})

        assert (known.status, nothing, known.headers["ETag"]) == (304, b"", tag)
        assert unknown.status == 200


class TestSizedVariants:
    def test_they_are_jpg_names_for_any_kind(self, connection: HTTPConnection) -> None:
        picture = of_kind("png")
        path = catalogue.picture_path("736x", picture.signature, "jpg")

        response, body = ask(connection, f"/{path}")

        assert (response.status, body) == (200, picture.file.read_bytes())

    def test_under_another_ending_there_is_none(self, connection: HTTPConnection) -> None:
        path = catalogue.picture_path("736x", of_kind("png").signature, "png")

        assert ask(connection, f"/{path}")[0].status == 403


class TestRefusals:
    @pytest.mark.parametrize(
        "path",
        [
            "/",
            "/originals/00/00/00/00000000000000000000000000000000.jpg",
            "/originals/../pins.toml",
            "/originals/%2e%2e/pins.toml",
            "/../../site.py",
        ],
    )
    def test_what_it_does_not_hold_is_forbidden(
        self, connection: HTTPConnection, path: str
    ) -> None:
        response, body = ask(connection, path)

        assert (response.status, body) == (403, b"Forbidden\n")

    def test_an_original_under_another_ending_is_forbidden(
        self, connection: HTTPConnection
    ) -> None:
        path = catalogue.picture_path("originals", of_kind("png").signature, "jpg")

        assert ask(connection, f"/{path}")[0].status == 403

    def test_head_of_it_keeps_the_connection_in_step(self, connection: HTTPConnection) -> None:
        refused, _ = ask(connection, "/nothing", method="HEAD")
        served, _ = ask(connection, f"/{of_kind('jpg').path}")

        assert (refused.status, served.status) == (403, 200)


class TestServe:
    def test_it_listens_on_the_loopback_address_only(self) -> None:
        server, port = serve()
        address = server.server_address
        server.server_close()

        assert address == ("127.0.0.1", port)

    def test_the_host_map_leads_both_hosts_to_it(self) -> None:
        assert host_map(9000) == ("i.pinimg.com=127.0.0.1:9000,pictures.example.com=127.0.0.1:9000")
