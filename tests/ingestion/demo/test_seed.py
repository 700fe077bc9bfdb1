"""The demo is seeded once, and what people do with it afterwards is left alone."""

import json
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from pytest_django import Settings

from ingestion.management.commands import seed_demo
from ingestion.models import SyncRun
from tenants.models import Membership, Organization, User
from tenants.scope import org_scope
from tenants.services.organizations import create_organization, organizations_of

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def var_dir(settings: Settings, tmp_path: Path) -> Path:
    """A data directory of the test's own, in a demo."""
    settings.DEMO = True
    settings.VAR_DIR = tmp_path
    return tmp_path


def kept(var_dir: Path) -> dict[str, Any]:
    facts: dict[str, Any] = json.loads((var_dir / "demo.json").read_text())
    return facts


def demo_person() -> User:
    return User.objects.get(email=seed_demo.EMAIL)


def imports_of(org: Organization) -> int:
    with org_scope(org.pk):
        return SyncRun.objects.filter(job__files__isnull=False).count()


def test_another_organization_of_the_demo_person_gets_nothing() -> None:
    call_command("seed_demo")
    [demo] = organizations_of(demo_person())
    # Sorts before the demo's.
    acme = create_organization(name="Acme", owner=demo_person())

    call_command("seed_demo")

    assert (imports_of(demo), imports_of(acme)) == (2, 0)


def test_left_organization_is_not_made_again_and_it_says_so(
    var_dir: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    call_command("seed_demo")
    user = demo_person()
    [demo] = organizations_of(user)
    with org_scope(demo.pk):
        Membership.objects.all().delete()

    call_command("seed_demo")

    assert organizations_of(user) == []
    assert "is not there any more" in capsys.readouterr().out


def test_deleted_imports_stay_deleted(var_dir: Path) -> None:
    call_command("seed_demo")
    [demo] = organizations_of(demo_person())
    with org_scope(demo.pk):
        SyncRun.objects.all().delete()

    call_command("seed_demo")

    assert imports_of(demo) == 0
    assert (var_dir / "demo.json").stat().st_mode & 0o777 == 0o600


def test_seed_that_was_broken_off_is_finished(var_dir: Path) -> None:
    org = seed_demo._make_people()

    call_command("seed_demo")

    assert imports_of(org) == 2
    assert kept(var_dir)["is_seeded"]


def test_database_without_anybody_gets_the_demo_whatever_was_kept(var_dir: Path) -> None:
    (var_dir / "demo.json").write_text(json.dumps({"org": "gone", "is_seeded": True}))

    call_command("seed_demo")

    assert kept(var_dir)["email"] == seed_demo.EMAIL
    [demo] = organizations_of(demo_person())
    assert imports_of(demo) == 2
