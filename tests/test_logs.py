"""What the logs say: of requests, of runs, of failures, and what they keep to themselves."""

import io
import json
import logging
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.db import DatabaseError
from django.http import HttpResponse
from django.test import Client, RequestFactory
from django.urls import reverse
from pytest_django.fixtures import Settings

from config.logs import ContextFilter, JsonFormatter, LineFormatter, RedactedFormatter
from config.request_ids import HEADER
from ingestion.engine.drain import run_slice
from ingestion.models import Job
from tenants.known_secrets import remember_secret
from tenants.log_context import log_also, log_context, log_fields
from tenants.models import Organization
from tenants.permissions import Role
from tenants.scope import org_scope
from tenants.urls_for import org_reverse
from tests.conftest import ClientFor, MemberClient
from tests.factories import MembershipFactory
from tests.ingestion.support import claimed, queue_run
from tests.leaks import LeakWatch
from tests.tenants.tokens import bearer, token_of

Lines = Callable[[], list[str]]
Objects = Callable[[], list[dict[str, Any]]]

mine = logging.getLogger("tests.logs")


def console() -> "logging.StreamHandler[Any]":
    """Return the product's own handler."""
    [found] = [
        handler
        for handler in logging.getLogger().handlers
        if isinstance(handler, logging.StreamHandler)
        and isinstance(handler.formatter, LineFormatter)
    ]
    return found


@pytest.fixture
def lines() -> Iterator[Lines]:
    """Return what the product's own handler has written so far."""
    handler, written = console(), io.StringIO()
    usual = handler.setStream(written)
    yield lambda: written.getvalue().splitlines()
    handler.setStream(usual)


@pytest.fixture
def objects() -> Iterator[Objects]:
    """Return what a handler of JSON has written so far."""
    written = io.StringIO()
    handler = logging.StreamHandler(written)
    handler.addFilter(ContextFilter())
    handler.setFormatter(JsonFormatter())
    root = logging.getLogger()
    root.addHandler(handler)
    yield lambda: [json.loads(line) for line in written.getvalue().splitlines()]
    root.removeHandler(handler)


@pytest.mark.django_db
class TestRefusals:
    def test_of_a_role_take_one_line(self, client_for: ClientFor, lines: Lines) -> None:
        viewer = client_for(Role.VIEWER)
        org = viewer.membership.org
        address = org_reverse(org, "tenants:tokens")

        response = viewer.get(address)

        assert response.status_code == 403
        [line] = lines()
        assert line.endswith(
            f"WARNING django.request org={org.pk} request={response[HEADER]} "
            f"Forbidden (Permission denied): {address}"
        )

    def test_of_a_form_that_cannot_be_read_take_one_line(
        self, client: Client, lines: Lines
    ) -> None:
        response = client.generic(
            "POST", reverse("account_login"), b"x", content_type="multipart/form-data"
        )

        assert response.status_code == 400
        [line] = lines()
        assert "WARNING django.request request=" in line
        assert "Bad request" in line


@pytest.mark.django_db
class TestAnswers:
    """Django logs those of 4xx that a view returned when all contexts have closed."""

    def test_of_nothing_there_name_their_request(self, client: Client, objects: Objects) -> None:
        response = client.get("/nothing/there/")

        assert response.status_code == 404
        [line] = [line for line in objects() if line["logger"] == "django.request"]
        assert line["request_id"] == response[HEADER]

    def test_of_a_page_name_its_organization_as_well(
        self, member_client: MemberClient, org: Organization, objects: Objects
    ) -> None:
        response = member_client.get(org_reverse(org, "ingestion:run", run_id=org.pk))

        assert response.status_code == 404
        line = objects()[-1]
        assert line["logger"] == "django.request"
        assert (line["request_id"], line["org_id"]) == (response[HEADER], str(org.pk))

    def test_of_the_api_name_the_organization_of_the_token(
        self, org: Organization, objects: Objects
    ) -> None:
        headers = bearer(token_of(MembershipFactory.create(org=org, role=Role.EDITOR)))

        response = Client().get(f"/api/v1/runs/{org.pk}", headers=headers)

        assert response.status_code == 404
        line = objects()[-1]
        assert (line["request_id"], line["org_id"]) == (response[HEADER], str(org.pk))


class TestFailures:
    def test_keep_their_traceback(self, lines: Lines) -> None:
        mistake = RuntimeError("a mistake")

        logging.getLogger("django.request").error(
            "Internal Server Error", exc_info=mistake, extra={"status_code": 500}
        )
        logging.getLogger("media.stages").error("A batch failed", exc_info=mistake)

        assert lines().count("RuntimeError: a mistake") == 2

    def test_are_one_field_in_json(self, objects: Objects) -> None:
        mine.error("A batch failed", exc_info=RuntimeError("a mistake"))

        [line] = objects()
        assert line["message"] == "A batch failed"
        assert line["exception"].endswith("RuntimeError: a mistake")

    def test_of_4xx_have_no_traceback_in_json(self, objects: Objects) -> None:
        mine.warning("Forbidden", exc_info=RuntimeError("a"), extra={"status_code": 403})

        assert "exception" not in objects()[0]


class TestSecrets:
    def test_are_taken_out_of_text_and_traceback(self, lines: Lines, objects: Objects) -> None:
        mine.error(
            "Asked %s with Bearer %s",
            "postgresql://magpie:hunter22@db/magpie",
            "abc.def",
            exc_info=ValueError("password=hunter22 is wrong"),
        )

        for text in ("\n".join(lines()), json.dumps(objects())):
            assert "hunter22" not in text
            assert "abc.def" not in text
            assert "@db/magpie" in text

    def test_rows_that_postgres_shows_are_cut_and_the_cause_stays_told(
        self, objects: Objects
    ) -> None:
        shown = DatabaseError("duplicate key\nDETAIL:  Key (title)=(My cat) already exists.")
        failure = RuntimeError("The batch was not written.")
        failure.__cause__ = shown

        mine.error("A batch failed", exc_info=failure)

        exception = objects()[0]["exception"]
        assert "My cat" not in exception
        assert "duplicate key" in exception
        assert "RuntimeError: The batch was not written." in exception

    def test_what_a_record_carries_besides_is_not_told(self, objects: Objects) -> None:
        mine.error("Failed", extra={"request": "POST with a body", "status_code": 500})

        assert set(objects()[0]) == {"time", "level", "logger", "message"}


class TestSecretsInHand:
    """What the vault opened is taken out whatever it looks like, and the suite would tell."""

    def test_are_hidden_in_any_form(self, lines: Lines, objects: Objects) -> None:
        remember_secret('["a-cookie/of+no form", {"header": "another value"}, "short"]')

        mine.error(
            "Got %s and %s",
            "a-cookie%2Fof%2Bno%20form",
            "short",
            exc_info=ValueError("another value, a-cookie/of+no form"),
        )

        for text in ("\n".join(lines()), json.dumps(objects())):
            assert "cookie" not in text
            assert "another value" not in text
            assert "short" in text

    def test_one_that_shows_in_a_line_fails_its_test(self, leak_watch: LeakWatch) -> None:
        mine.error("The pair %s came", "hush-nobodys-pair")

        [found] = leak_watch.take()
        assert "hush-nobodys-pair" in found

    def test_one_that_shows_in_an_error_page_fails_its_test(
        self, leak_watch: LeakWatch, rf: RequestFactory
    ) -> None:
        page = HttpResponse("Sorry: hush-nobodys-key", status=500)

        leak_watch.watching(lambda *_: page)(None, rf.get("/"))

        assert len(leak_watch.take()) == 1

    def test_of_a_server_are_taken_out_of_its_own_lines(self) -> None:
        said = logging.LogRecord(
            "gunicorn.error", 40, "", 0, "/?token=hunter22&code=ab-1&v=2", (), None
        )

        assert RedactedFormatter("%(message)s").format(said) == "/?token=***&code=***&v=2"


class TestContext:
    def test_nests_and_ends(self) -> None:
        with log_context(run_id=1):
            with log_context(job_kind="import"):
                log_also(unit=2)
                assert log_fields() == {"run_id": "1", "job_kind": "import", "unit": "2"}
            assert log_fields() == {"run_id": "1"}

        assert log_fields() == {}

    def test_names_the_cluster(self, monkeypatch: pytest.MonkeyPatch, objects: Objects) -> None:
        monkeypatch.setenv("Q_CLUSTER_NAME", "work")

        mine.error("Failed")

        assert objects()[0]["cluster"] == "work"

    @pytest.mark.django_db
    def test_names_the_organization_in_scope(
        self, org: Organization, other_org: Organization, objects: Objects
    ) -> None:
        with log_context(org_id=org.pk), org_scope(other_org.pk):
            mine.error("Failed")

        assert objects()[0]["org_id"] == str(other_org.pk)

    @pytest.mark.django_db
    def test_of_a_slice_names_run_organization_and_kind(
        self, org: Organization, lines: Lines, objects: Objects
    ) -> None:
        with org_scope(org.pk):
            run = queue_run(Job.objects.create(org=org, kind="import"))

        run_slice(claimed(run))

        [line] = [line for line in objects() if line["logger"] == "ingestion.engine.drain"]
        assert (line["run_id"], line["org_id"]) == (str(run.pk), str(org.pk))
        assert line["job_kind"] == "import"
        assert f"ingestion.engine.drain run={run.pk} org={org.pk} Run" in "\n".join(lines())
        assert log_fields() == {}


@pytest.mark.django_db
class TestRequestIds:
    def test_differ_and_are_told_in_the_answer(self, client: Client) -> None:
        address = reverse("account_login")

        first, second = (client.get(address)[HEADER] for _ in range(2))

        assert first != second
        assert len(first) == 32

    def test_of_a_proxy_are_taken_over(self, client: Client, settings: Settings) -> None:
        settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
        address = reverse("account_login")

        kept = client.get(address, headers={HEADER: "proxy-0001"})[HEADER]
        refused = client.get(address, headers={HEADER: "bad\tid 1234"})[HEADER]

        assert kept == "proxy-0001"
        assert len(refused) == 32

    def test_of_strangers_are_not(self, client: Client) -> None:
        response = client.get(reverse("account_login"), headers={HEADER: "forged-0001"})

        assert response[HEADER] != "forged-0001"
