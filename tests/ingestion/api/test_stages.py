"""Stages and kinds over the API: how far, run again, and what jobs may be told."""

import pytest
from django import forms
from django.test import Client

from ingestion.api.params import schema_of, shown_params
from ingestion.engine.kinds import Kind, kinds
from ingestion.models import Job
from media.models import StageState
from media.models.stage import StageStatus
from tenants.models import Organization
from tenants.scope import org_scope
from tests.ingestion.api.support import V1, post, queries_of
from tests.ingestion.crawler import as_zip, quirky_rows
from tests.ingestion.support import import_bytes

pytestmark = pytest.mark.django_db

Headers = dict[str, str]


@pytest.fixture
def pictures(org: Organization) -> int:
    """Import pictures that wait to be fetched, and return how many."""
    import_bytes(org, as_zip(quirky_rows()))
    with org_scope(org.pk):
        return StageState.objects.filter(stage="fetch").count()


class TestStages:
    def test_tell_how_far_they_are(
        self, org: Organization, client: Client, headers: Headers, pictures: int
    ) -> None:
        with org_scope(org.pk):
            some = StageState.objects.filter(stage="fetch").values("pk")[:3]
            StageState.objects.filter(pk__in=list(some.values_list("pk", flat=True))).update(
                status=StageStatus.FAILED, error_code="gone"
            )

        fetch, rendition, *others = client.get(f"{V1}/stages", headers=headers).json()

        assert (fetch["name"], rendition["name"]) == ("fetch", "rendition")
        assert [each["name"] for each in others] == ["faces", "links"]
        assert (fetch["total"], fetch["done"]) == (pictures, 0)
        assert (fetch["pending"], fetch["failed"]) == (pictures - 3, 3)
        assert (fetch["main_code"], rendition["total"]) == ("gone", 0)
        assert fetch["oldest_pending_at"] is not None
        assert rendition["oldest_pending_at"] is None

    def test_cost_the_same_for_any_number_of_jobs(
        self, client: Client, headers: Headers, pictures: int
    ) -> None:
        assert len(queries_of(client, "stages", headers)) == 1

    def test_run_again_over_what_failed(
        self, org: Organization, client: Client, headers: Headers, pictures: int
    ) -> None:
        with org_scope(org.pk):
            StageState.objects.filter(stage="fetch").update(status=StageStatus.FAILED)

        first = post(client, "stages/fetch/run", headers, which="failed")
        with org_scope(org.pk):
            left = StageState.objects.filter(stage="fetch", status=StageStatus.FAILED).count()

        assert first.json()["item_count"] == pictures
        assert first.json()["run"]["kind"] == "fetch"
        assert left == 0

    def test_with_nothing_to_do_say_so(self, client: Client, headers: Headers) -> None:
        response = post(client, "stages/rendition/run", headers, which="failed")

        assert (response.status_code, response.json()["code"]) == (409, "nothing_to_run")

    def test_are_two_and_their_units_of_three_sorts(self, client: Client, headers: Headers) -> None:
        assert post(client, "stages/colours/run", headers, which="all").status_code == 404
        response = post(client, "stages/fetch/run", headers, which="some")
        assert (response.status_code, set(response.json()["fields"])) == (400, {"which"})


class TestKinds:
    def test_are_told_with_what_may_be_asked_of_them(
        self, client: Client, headers: Headers
    ) -> None:
        found = {kind["name"]: kind for kind in client.get(f"{V1}/kinds", headers=headers).json()}

        assert set(found) == {kind.name for kind in kinds()}
        assert found["rendition"]["label"] == "Make thumbnails"
        assert found["rendition"]["params"]["type"] == "object"
        assert found["rendition"]["can_backfill"] is False


class ExampleForm(forms.Form):
    """What a kind of job might be told."""

    folder = forms.CharField(max_length=200, help_text="Where the files lie.")
    depth = forms.IntegerField(required=False, min_value=1, max_value=9, initial=3)
    deep = forms.BooleanField(required=False)
    form_of = forms.ChoiceField(choices=[("json", "JSON"), ("csv", "CSV")], label="Form")
    days = forms.MultipleChoiceField(choices=[("mon", "Monday")], required=False)
    password = forms.CharField(required=False, widget=forms.PasswordInput)


class ExampleKind(Kind):
    """A kind that is told something."""

    name = "example"
    label = "Example"
    params_form = ExampleForm


class TestParams:
    def test_are_described_as_json_schema(self) -> None:
        schema = schema_of(ExampleKind())

        assert schema["required"] == ["folder", "form_of"]
        assert schema["properties"]["folder"] == {
            "type": "string",
            "title": "Folder",
            "description": "Where the files lie.",
            "maxLength": 200,
        }
        assert schema["properties"]["depth"] == {
            "type": "integer",
            "title": "Depth",
            "minimum": 1,
            "maximum": 9,
            "default": 3,
        }
        assert schema["properties"]["deep"]["type"] == "boolean"
        assert schema["properties"]["form_of"]["enum"] == ["json", "csv"]
        assert schema["properties"]["days"]["items"] == {"enum": ["mon"]}

    def test_are_shown_without_secrets_and_notes(self) -> None:
        job = Job(params={"folder": "in", "password": "canary", "own_note": "canary"})

        assert shown_params(job, ExampleKind()) == {"folder": "in"}
