"""Files that are not what they should be: each ends in a sentence, and nothing is lost."""

import gzip
import io
import json
import os
import re
import uuid
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.db import transaction
from pytest_django import DjangoDbBlocker

from connectors.errors import FileRefusedError
from ingestion.imports.services import receive_files, start_import
from ingestion.models import Job, RunItem, SyncRun
from ingestion.models.run import RunState
from media.models import Asset
from tenants.models import Organization
from tenants.scope import org_scope
from tests.factories import OrganizationFactory
from tests.ingestion.crawler import as_json, as_zip, pin, quirky_rows
from tests.ingestion.support import import_bytes, make_due, work

SHARED = Path(__file__).parents[4] / "shared/data/bad_inputs"
# All of them take a minute.
IS_LONG = os.environ.get("CHAOS") == "long"
# What ends a run without a fault of ours: all is well, some records were not, or the person acts.
GOOD_ENDS = (RunState.SUCCEEDED, RunState.WARNINGS, RunState.ACTION_REQUIRED)


def bring(org: Organization, content: bytes, *, name: str) -> SyncRun | str:
    """Bring ``content`` as a person does, check and import it; return the last run, or why not."""
    try:
        job = receive_files(org, [(name, io.BytesIO(content))], by=None)
    except FileRefusedError as error:
        return error.message
    run = _work_newest(org, job)
    if run.state in (RunState.SUCCEEDED, RunState.WARNINGS):
        start_import(job, by=None)
        run = _work_newest(org, job)
    return run


def _work_newest(org: Organization, job: Job) -> SyncRun:
    run = SyncRun.objects.filter(job=job).latest("created_at", "pk")
    make_due(run.pk, org)
    return work(run)


def assert_ends_in_a_sentence(end: SyncRun | str) -> None:
    """Check that whoever brought the file knows what to do, and that the figures add up."""
    if isinstance(end, str):
        sentence = end
    else:
        assert end.state in GOOD_ENDS, (end.state, end.error_code, end.user_message)
        assert RunItem.objects.filter(run=end).count() == end.raw_count
        if end.state != RunState.ACTION_REQUIRED:
            return
        sentence = end.user_message
    assert re.match(r"[A-Z“].*[.!]$", sentence, re.DOTALL), sentence
    assert "Traceback" not in sentence
    assert len(sentence) > 20


def archive(**members: bytes) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as file:
        for name, content in members.items():
            file.writestr(name, content)
    return packed.getvalue()


def nested(depth: int) -> bytes:
    return b"[" * depth + b"]" * depth


def linked() -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as file:
        info = zipfile.ZipInfo("pins.json")
        info.external_attr = 0o120777 << 16
        file.writestr(info, "/etc/passwd")
    return packed.getvalue()


def locked() -> bytes:
    data = bytearray(archive(**{"pins.json": as_json(quirky_rows())}))
    for magic, at in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        data[data.index(magic) + at] |= 1
    return bytes(data)


def wrapped() -> bytes:
    return b'{"pins": ' + as_json(quirky_rows()) + b"}"


OWN: dict[str, Callable[[], bytes]] = {
    "nothing": lambda: b"",
    "a byte": lambda: b"\x00",
    "a picture": lambda: b"\x89PNG\r\n\x1a\n" + bytes(200),
    "a page of the web": lambda: b"<!doctype html><h1>Hello</h1><p>Nothing of ours.</p>",
    "an empty list": lambda: b"[]",
    "an empty object": lambda: b"{}",
    "a list of words": lambda: json.dumps(["a", "b"]).encode(),
    "half an archive": lambda: as_zip(quirky_rows())[:-200],
    "the start of an archive": lambda: as_zip(quirky_rows())[:500],
    "an archive in an archive": lambda: archive(**{"inner.zip": as_zip(quirky_rows())}),
    "an empty archive": archive,
    "half a list": lambda: as_json(quirky_rows())[:9000],
    "deep brackets": lambda: nested(100_000),
    "a pin in deep brackets": lambda: nested(600).replace(b"[]", b"[" + as_json([pin(0)]) + b"]"),
    "deep brackets among pins": lambda: as_json([pin(0)])[:-1] + b"," + nested(900) + b"]",
    "a pin with deep brackets": lambda: as_json([pin(0)])[:-2] + b',"x":' + nested(700) + b"}]",
    "rubbish at the end": lambda: as_json(quirky_rows()) + b"]]]} and more",
    "not UTF-8": lambda: as_json([pin(0)]).replace(b"Pin", b"P\xff\xfen"),
    "a NUL": lambda: as_json([pin(0, title="a\x00b")]),
    "a lone surrogate": lambda: as_json([pin(0)]).replace(b"Pin", rb"\ud83d"),
    "huge numbers": lambda: as_json([pin(0, repin_count=10**400)]),
    "pins that are no pins": lambda: as_json([{"id": []}, {"id": {}}, {"id": "x"}, pin(1)]),
    "a truncated gzip": lambda: gzip.compress(as_json(quirky_rows()))[:-20],
    "a RAR archive": lambda: b"Rar!\x1a\x07\x01\x00" + bytes(100),
    "a part of a split archive": lambda: b"PK\x07\x08" + as_zip(quirky_rows()),
    "a workbook": lambda: archive(**{"[Content_Types].xml": b"<x/>", "xl/workbook.xml": b"<x/>"}),
    "a bomb": lambda: archive(**{"pins.json": bytes(30_000_000)}),
    "many files of no use": lambda: archive(**{f"{n}.txt": b"x" for n in range(3_000)}),
    "a link to a file of ours": linked,
    "an archive with a password": locked,
    "a database": lambda: b"SQLite format 3\0" + bytes(200),
    "errors in place of records": lambda: json.dumps([{"error": "#profile_not_found"}]).encode(),
    "half a wrapped list": lambda: wrapped()[:9000],
    "one object and a line feed": lambda: json.dumps(pin(0)).encode() + b"\n",
    "UTF-16 without a mark": lambda: as_json([pin(0)]).decode().encode("utf-16-le"),
    "an open quote": lambda: b'id,title,image/url\n1,"a,b\n2,c,\n3,d,\n',
    "half a page": lambda: b'<html><div><div class="_a6-g"><div class="_a6-h">Saved</div><a hre',
    "dates of no calendar": lambda: as_json(
        [pin(n, created_at=when) for n, when in enumerate(["0001-01-01", "9999-12-31", 1e300, -1])]
    ),
    "a path that leads out": lambda: archive(**{"../../etc/passwd": as_json(quirky_rows())}),
}


@pytest.fixture(scope="module")
def filled_once(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[uuid.UUID]:
    """An organization with what was imported before, around the transactions of the tests."""
    with django_db_blocker.unblock(), transaction.atomic():
        org = OrganizationFactory.create()
        with org_scope(org.pk):
            import_bytes(org, as_json(quirky_rows()), name="pins.json")
        yield org.pk
        transaction.set_rollback(True)


@pytest.fixture
def filled(filled_once: uuid.UUID, db: None) -> Iterator[Organization]:
    """The organization, in its scope."""
    with org_scope(filled_once):
        yield Organization.objects.get(pk=filled_once)


@pytest.mark.parametrize("name", OWN)
def test_ends_in_a_sentence_and_loses_nothing_that_was_there(
    filled: Organization, name: str
) -> None:
    before = set(Asset.objects.values_list("pk", "source_ref"))

    end = bring(filled, OWN[name](), name="upload.bin")

    assert_ends_in_a_sentence(end)
    assert before <= set(Asset.objects.values_list("pk", "source_ref"))
    assert Asset.objects.present().count() >= (50 if IS_LONG else 1)


def test_what_came_before_the_break_is_kept(in_scope: Organization) -> None:
    end = bring(in_scope, as_json(quirky_rows())[:9_000], name="half.json")

    assert isinstance(end, SyncRun)
    assert end.state == RunState.ACTION_REQUIRED
    start_import(Job.objects.get(pk=end.job_id), by=None)
    run = _work_newest(in_scope, Job.objects.get(pk=end.job_id))
    assert run.state == RunState.ACTION_REQUIRED
    assert run.new_count == Asset.objects.count() > 0


def _shared_files() -> list[Path]:
    return sorted(path for path in SHARED.rglob("*") if path.is_file() and path.suffix != ".py")


@pytest.mark.chaos
@pytest.mark.skipif(not SHARED.is_dir(), reason="the shared samples are not here")
def test_every_shared_bad_input_ends_in_a_sentence(filled: Organization) -> None:
    wrong: list[str] = []
    files = _shared_files()[:: 1 if IS_LONG else 10]
    for path in files:
        try:
            assert_ends_in_a_sentence(bring(filled, path.read_bytes(), name=path.name))
        except AssertionError as error:
            wrong.append(f"{path.relative_to(SHARED)}: {error}")

    assert len(files) > (300 if IS_LONG else 30)
    assert wrong == []
    assert Asset.objects.present().count() >= (50 if IS_LONG else 1)
