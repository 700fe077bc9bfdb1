"""Files that are not what they should be: each ends in a sentence, and nothing is lost."""

import gzip
import io
import json
import re
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from connectors.errors import FileRefusedError
from ingestion.imports.services import receive_files, start_import
from ingestion.models import Job, RunItem, SyncRun
from ingestion.models.run import RunState
from media.models import Asset
from tenants.models import Organization
from tests.ingestion.crawler import as_json, as_zip, pin, quirky_rows
from tests.ingestion.support import import_bytes, make_due, work

SHARED = Path(__file__).parents[4] / "shared/data/bad_inputs"
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
    "rubbish at the end": lambda: as_json(quirky_rows()) + b"]]]} and more",
    "not UTF-8": lambda: as_json([pin(0)]).replace(b"Pin", b"P\xff\xfen"),
    "a NUL": lambda: as_json([pin(0, title="a\x00b")]),
    "a lone surrogate": lambda: as_json([pin(0)]).replace(b"Pin", rb"\ud83d"),
    "huge numbers": lambda: as_json([pin(0, repin_count=10**400)]),
    "pins that are no pins": lambda: as_json([{"id": []}, {"id": {}}, {"id": "x"}, pin(1)]),
    "a truncated gzip": lambda: gzip.compress(as_json(quirky_rows()))[:-20],
    "a path that leads out": lambda: archive(**{"../../etc/passwd": as_json(quirky_rows())}),
}


@pytest.mark.parametrize("name", OWN)
class TestOwn:
    def test_ends_in_a_sentence(self, in_scope: Organization, name: str) -> None:
        end = bring(in_scope, OWN[name](), name="upload.bin")

        assert_ends_in_a_sentence(end)

    def test_loses_nothing_that_was_there(self, in_scope: Organization, name: str) -> None:
        import_bytes(in_scope, as_json(quirky_rows()), name="pins.json")
        before = set(Asset.objects.values_list("pk", "source_ref"))

        bring(in_scope, OWN[name](), name="upload.bin")

        assert before <= set(Asset.objects.values_list("pk", "source_ref"))
        assert Asset.objects.present().count() >= 50


def test_what_came_before_the_break_is_kept(in_scope: Organization) -> None:
    end = bring(in_scope, as_json(quirky_rows())[:9_000], name="half.json")

    assert isinstance(end, SyncRun)
    assert end.state == RunState.ACTION_REQUIRED
    start_import(Job.objects.get(pk=end.job_id), by=None)
    run = _work_newest(in_scope, Job.objects.get(pk=end.job_id))
    assert run.state == RunState.ACTION_REQUIRED
    assert run.new_count == Asset.objects.count() > 0


def _shared_files() -> list[Path]:
    """Return every archive, and one in eight of the pictures: as imports they are all alike."""
    files = sorted(path for path in SHARED.rglob("*") if path.is_file() and path.suffix != ".py")
    archives = [path for path in files if path.suffix == ".zip"]
    return [*archives, *[path for path in files if path.suffix != ".zip"][::8]]


@pytest.mark.skipif(not SHARED.is_dir(), reason="the shared samples are not here")
def test_every_shared_bad_input_ends_in_a_sentence(in_scope: Organization) -> None:
    import_bytes(in_scope, as_json(quirky_rows()), name="pins.json")
    wrong: list[str] = []
    files = _shared_files()
    for path in files:
        try:
            assert_ends_in_a_sentence(bring(in_scope, path.read_bytes(), name=path.name))
        except AssertionError as error:
            wrong.append(f"{path.relative_to(SHARED)}: {error}")

    assert len(files) > 100
    assert wrong == []
    assert Asset.objects.present().count() >= 50
