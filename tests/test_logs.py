"""What the logs say of requests that were refused, and of those that failed."""

import io
import logging
from collections.abc import Callable, Iterator

import pytest
from django.test import Client
from django.urls import reverse

from config.logs import LineFormatter
from tenants.permissions import Role
from tenants.urls_for import org_reverse
from tests.conftest import ClientFor

Lines = Callable[[], list[str]]


@pytest.fixture
def lines() -> Iterator[Lines]:
    """Return what the product's own handler has written so far."""
    [console] = [
        handler
        for handler in logging.getLogger().handlers
        if isinstance(handler, logging.StreamHandler)
        and isinstance(handler.formatter, LineFormatter)
    ]
    written = io.StringIO()
    usual = console.setStream(written)
    yield lambda: written.getvalue().splitlines()
    console.setStream(usual)


@pytest.mark.django_db
class TestRefusals:
    def test_of_a_role_take_one_line(self, client_for: ClientFor, lines: Lines) -> None:
        viewer = client_for(Role.VIEWER)
        address = org_reverse(viewer.membership.org, "tenants:tokens")

        assert viewer.get(address).status_code == 403

        [line] = lines()
        assert line.endswith(f"WARNING django.request Forbidden (Permission denied): {address}")

    def test_of_a_form_that_cannot_be_read_take_one_line(
        self, client: Client, lines: Lines
    ) -> None:
        response = client.generic(
            "POST", reverse("account_login"), b"x", content_type="multipart/form-data"
        )

        assert response.status_code == 400
        [line] = lines()
        assert "WARNING django.request Bad request" in line


class TestFailures:
    def test_keep_their_traceback(self, lines: Lines) -> None:
        mistake = RuntimeError("a mistake")

        logging.getLogger("django.request").error(
            "Internal Server Error", exc_info=mistake, extra={"status_code": 500}
        )
        logging.getLogger("media.stages").error("A batch failed", exc_info=mistake)

        assert lines().count("RuntimeError: a mistake") == 2
