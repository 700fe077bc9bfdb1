"""What people do with an import."""

from http import HTTPStatus

from django.utils import timezone

from ingestion.models import ImportFile
from ingestion.models.run import RunState
from media.models import Asset
from tenants.models import Organization
from tenants.scope import org_scope
from tests.conftest import MemberClient
from tests.ingestion.crawler import as_zip, quirky_rows
from tests.ingestion.support import import_bytes, queue_import
from tests.ingestion.views.support import address, job_of, runs_of, text_of, work_next


class TestActions:
    def test_start_imports(self, org: Organization, member_client: MemberClient) -> None:
        job = job_of(import_bytes(org, as_zip(quirky_rows()), is_dry_run=True))

        member_client.post(address(org, "import_start", job))
        member_client.post(address(org, "import_start", job))
        run = work_next(org)

        assert (run.is_dry_run, run.new_count, run.created_by) == (False, 50, member_client.user)
        assert len(runs_of(org)) == 2

    def test_cancel_ends_what_waits(self, org: Organization, member_client: MemberClient) -> None:
        run = queue_import(org, as_zip(quirky_rows()))

        member_client.post(address(org, "import_cancel", job_of(run)))

        (run,) = runs_of(org)
        assert (run.state, run.cancel_requested_by) == (RunState.CANCELLED, member_client.user)
        words = text_of(member_client.get(address(org, "import_detail", job_of(run))))
        assert f"Cancelled by {member_client.user} Nothing was written." in words

    def test_after_a_cancel_it_can_be_imported_after_all(
        self, org: Organization, member_client: MemberClient
    ) -> None:
        run = queue_import(org, as_zip(quirky_rows()))
        member_client.post(address(org, "import_cancel", job_of(run)))

        member_client.post(address(org, "import_start", job_of(run)))

        assert work_next(org).new_count == 50

    def test_discard_deletes_the_files(
        self, org: Organization, member_client: MemberClient
    ) -> None:
        job = job_of(import_bytes(org, as_zip(quirky_rows()), is_dry_run=True))

        response = member_client.post(address(org, "import_discard", job))

        assert response["Location"] == address(org, "imports")
        with org_scope(org.pk):
            assert not ImportFile.objects.exclude(storage_key="").exists()
        words = text_of(member_client.get(address(org, "import_detail", job)))
        assert "Discarded" in words
        assert "deleted on" in words

    def test_what_was_discarded_cannot_be_started(
        self, org: Organization, member_client: MemberClient
    ) -> None:
        job = job_of(import_bytes(org, as_zip(quirky_rows()), is_dry_run=True))
        member_client.post(address(org, "import_discard", job))

        response = member_client.post(address(org, "import_start", job), follow=True)

        assert "The files of this import were deleted." in text_of(response)
        assert len(runs_of(org)) == 1

    def test_an_import_that_has_begun_is_not_discarded(
        self, org: Organization, member_client: MemberClient
    ) -> None:
        job = job_of(import_bytes(org, as_zip(quirky_rows())))

        response = member_client.post(address(org, "import_discard", job), follow=True)

        assert "This import has begun" in text_of(response)

    def test_restore_brings_back_what_was_removed(
        self, org: Organization, member_client: MemberClient
    ) -> None:
        import_bytes(org, as_zip(quirky_rows()))
        with org_scope(org.pk):
            some = Asset.objects.order_by("pk").values_list("pk", flat=True)[:3]
            Asset.objects.filter(pk__in=list(some)).update(removed_at=timezone.now())
        job = job_of(import_bytes(org, as_zip(quirky_rows())))
        page = text_of(member_client.get(address(org, "import_detail", job)))

        response = member_client.post(address(org, "import_restore", job), follow=True)

        assert "Bring back 3 you removed" in page
        assert "3 brought back from the trash." in text_of(response)
        with org_scope(org.pk):
            assert Asset.objects.present().count() == 50

    def test_get_changes_nothing(self, org: Organization, member_client: MemberClient) -> None:
        job = job_of(queue_import(org, as_zip(quirky_rows())))

        for name in ("start", "check", "cancel", "discard", "restore"):
            response = member_client.get(address(org, f"import_{name}", job))
            assert response.status_code == HTTPStatus.METHOD_NOT_ALLOWED
