"""Export files are brought, looked at, imported and accounted for."""

import base64
import re
import zipfile
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from ingestion.demo.expected import FACEBOOK, PINTEREST
from ingestion.demo.exports import FACEBOOK_EXPORT, PINTEREST_EXPORT
from tests.e2e.conftest import Meet, OpenPage
from tests.e2e.imports import (
    bring,
    expect_phase,
    expected_figures,
    figures,
    report,
    start,
    wait_for_pictures,
)
from tests.e2e.people import Person
from tests.e2e.product import Product

ENCRYPTED = 0x1


class TestImport:
    def test_from_the_file_to_the_last_picture_with_figures_that_add_up(
        self, open_page: OpenPage, meet: Meet
    ) -> None:
        nina = meet("Nina")
        page = open_page(nina)

        bring(page, nina, PINTEREST_EXPORT)

        expect_phase(page, "Ready to import")
        expect(report(page)).to_contain_text(f"{PINTEREST.raw} records")
        expect(report(page)).to_contain_text(f"{PINTEREST.with_picture} with a picture")
        assert figures(page) == expected_figures(PINTEREST)

        start(page)

        wait_for_pictures(page)
        expect(report(page)).to_contain_text(f"{PINTEREST.parsed} of {PINTEREST.raw}")
        assert figures(page) == expected_figures(PINTEREST)
        assert rejected_rows(page) == sum(PINTEREST.skipped.values())
        nina.has_sample = True

    def test_the_same_file_again_changes_nothing_and_fetches_no_picture(
        self, open_page: OpenPage, nina: Person, product: Product
    ) -> None:
        page = open_page(nina)
        before = product.fetched_pictures()

        bring(page, nina, PINTEREST_EXPORT)
        expect_phase(page, "Ready to import")
        expect(report(page)).to_contain_text("Everything in it is in your library already")
        start(page)

        wait_for_pictures(page)
        again = expected_figures(PINTEREST)
        again["New"], again["Unchanged"] = again["Unchanged"], again["New"]
        assert figures(page) == again
        assert product.fetched_pictures() == before

    def test_a_file_that_is_dropped(self, open_page: OpenPage, meet: Meet) -> None:
        ida = meet("Ida")
        page = open_page(ida)
        page.goto(f"/o/{ida.org}/imports/")

        drop(page, FACEBOOK_EXPORT)
        expect(page.get_by_role("main").get_by_text(FACEBOOK_EXPORT.name)).to_be_visible()
        page.get_by_role("button", name="Bring it in").click()

        expect_phase(page, "Ready to import")
        assert figures(page) == expected_figures(FACEBOOK)


class TestWrongFile:
    @pytest.mark.parametrize("file", ["notes.txt", "locked.zip", "cut.zip", "empty.json"])
    def test_ends_in_a_sentence_that_helps(
        self, open_page: OpenPage, meet: Meet, tmp_path: Path, file: str
    ) -> None:
        make, sentence = WRONG_FILES[file]
        ida = meet("Ida")
        page = open_page(ida)

        bring(page, ida, make(tmp_path / file))

        expect(page.locator(".banner--danger")).to_contain_text(sentence)


class TestKilledWorkers:
    def test_an_import_goes_on_by_itself(
        self, open_page: OpenPage, meet: Meet, product: Product
    ) -> None:
        max_ = meet("Max")
        page = open_page(max_)
        bring(page, max_, PINTEREST_EXPORT)
        expect_phase(page, "Ready to import")

        start(page)
        for worker in product.workers():
            worker.kill()

        wait_for_pictures(page)
        assert figures(page) == expected_figures(PINTEREST)


def rejected_rows(page: Page) -> int:
    """Return how many records the table of those that were not ingested lists."""
    return page.locator("#not-ingested tbody tr").count()


def drop(page: Page, file: Path) -> None:
    """Drop a file on the page, as a file manager does."""
    transfer = page.evaluate_handle(
        """([name, content]) => {
            const bytes = Uint8Array.from(atob(content), (c) => c.charCodeAt(0));
            const transfer = new DataTransfer();
            transfer.items.add(new File([bytes], name));
            return transfer;
        }""",
        [file.name, base64.b64encode(file.read_bytes()).decode()],
    )
    page.dispatch_event("[data-dropzone]", "drop", {"dataTransfer": transfer})


def text_file(target: Path) -> Path:
    target.write_text("Milk, bread, a letter to my sister.\n")
    return target


def locked_archive(target: Path) -> Path:
    """Write an archive whose member says that it is encrypted."""
    with zipfile.ZipFile(target, "w") as archive:
        archive.writestr("pins.json", "[]")
    data = bytearray(target.read_bytes())
    for signature, flags in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        data[data.index(signature) + flags] |= ENCRYPTED
    target.write_bytes(data)
    return target


def cut_archive(target: Path) -> Path:
    whole = PINTEREST_EXPORT.read_bytes()
    target.write_bytes(whole[: len(whole) // 2])
    return target


def empty_file(target: Path) -> Path:
    target.touch()
    return target


WRONG_FILES = {
    "notes.txt": (text_file, re.compile("Nothing in it looks like an export")),
    "locked.zip": (locked_archive, re.compile("password")),
    "cut.zip": (cut_archive, re.compile("damaged|incomplete|cut off")),
    "empty.json": (empty_file, re.compile("empty")),
}
