"""A person whose folder went away: reads why, mends it, and steers the job; without script too."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import APIResponse, Locator, Page, Route, expect

from tests.e2e.conftest import Meet, OpenPage
from tests.e2e.people import Person, sign_in

# Until a worker has had its turn on a full machine.
WORKED_MS = 90_000
FOLDER = "weekly"
# As an answer to somebody's press tells the page.
CHANGE = "document.body.dispatchEvent(new CustomEvent('magpie:sync-changed'))"
NO_FOLDER = "There is no folder “weekly”"


@pytest.fixture
def petra(meet: Meet) -> Person:
    """Somebody with a library of her own."""
    return meet("Petra")


def watch_folder(page: Page, person: Person) -> Path:
    """Watch a folder, once, and return where it is."""
    page.goto(f"/o/{person.org}/imports/folder/")
    folder = Path(page.locator("#space").inner_text()) / FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    watched = page.get_by_role("heading", name="Watched folders").locator("..").get_by_text(FOLDER)
    if not watched.count():
        page.get_by_label("Connection").select_option(index=0)
        page.get_by_role("textbox", name=re.compile("^Folder")).fill(FOLDER)
        page.get_by_label("Look for new files").select_option("Only when somebody asks")
        page.get_by_role("button", name="Watch this folder").click()
        expect(watched.first).to_be_visible()
    return folder


def open_pipelines(page: Page, person: Person) -> Locator:
    """Open the page, and return the line of the watched folder."""
    page.goto(f"/o/{person.org}/pipelines/")
    return folder_line(page)


def folder_line(page: Page) -> Locator:
    return page.locator(".line").filter(has=page.get_by_role("heading", name="folder"))


def press(line: Locator, name: str) -> None:
    line.get_by_role("button", name=name, exact=True).click()


class TestPipelines:
    def test_a_failing_job_is_read_mended_and_steered(
        self, open_page: OpenPage, petra: Person
    ) -> None:
        page = open_page(petra)
        folder = watch_folder(page, petra)
        folder.rmdir()
        line = open_pipelines(page, petra)

        press(line, "Run now")
        # It may be about to be read for the first time.
        expect(page.locator("#toasts")).to_contain_text(re.compile("in line|already queued"))
        expect(line).to_contain_text(NO_FOLDER, timeout=WORKED_MS)
        expect(line).to_contain_text("Needs you")
        expect(line.get_by_role("link", name="Open its settings")).to_be_visible()

        folder.mkdir()
        press(line, "Run now")
        expect(line).to_contain_text("Up to date", timeout=WORKED_MS)
        expect(line).not_to_contain_text(NO_FOLDER)
        expect(line).to_contain_text("Idle")

    def test_what_is_pressed_while_the_page_refreshes_is_answered(
        self, open_page: OpenPage, petra: Person
    ) -> None:
        page = open_page(petra)
        watch_folder(page, petra)
        line = open_pipelines(page, petra)
        held: list[Route] = []

        def hold(route: Route) -> None:
            held.append(route)

        page.route("**/run/", hold)

        with page.expect_request("**/run/"):
            press(line, "Run now")
        with page.expect_response("**/pipelines/live/**"):
            page.evaluate(CHANGE)
        page.wait_for_timeout(300)
        held[0].continue_()

        expect(page.locator("#toasts")).to_contain_text("in line")
        expect(line).to_contain_text("Up to date", timeout=WORKED_MS)

    def test_what_is_pressed_while_the_page_is_drawn_anew_is_done(
        self, open_page: OpenPage, petra: Person
    ) -> None:
        page = open_page(petra)
        watch_folder(page, petra)
        line = open_pipelines(page, petra)
        expect(line).to_contain_text("Idle", timeout=WORKED_MS)

        line.get_by_role("button", name="Run now").hover()
        page.mouse.down()
        with page.expect_response("**/pipelines/live/**"):
            page.evaluate(CHANGE)
        page.wait_for_timeout(300)
        page.mouse.up()

        expect(page.locator("#toasts")).to_contain_text("in line")

    def test_what_was_asked_before_a_press_does_not_stay(
        self, open_page: OpenPage, petra: Person
    ) -> None:
        page = open_page(petra)
        watch_folder(page, petra)
        line = open_pipelines(page, petra)
        expect(line).to_contain_text("Idle", timeout=WORKED_MS)
        runs = line.locator(".strip__run")
        count = runs.count()
        held: list[tuple[Route, APIResponse]] = []

        def hold(route: Route) -> None:
            # As it was before the press.
            held.append((route, route.fetch()))

        page.route("**/pipelines/live/**", hold, times=1)

        with page.expect_request("**/pipelines/live/**"):
            page.evaluate(CHANGE)
        while not held:
            page.wait_for_timeout(50)
        press(line, "Run now")
        expect(page.locator("#toasts")).to_contain_text("in line")
        ((route, before),) = held
        route.fulfill(response=before)

        expect(runs).to_have_count(count + 1, timeout=WORKED_MS)

    def test_a_schedule_is_edited_in_place_with_its_next_times(
        self, open_page: OpenPage, petra: Person
    ) -> None:
        page = open_page(petra)
        watch_folder(page, petra)
        line = open_pipelines(page, petra)

        line.get_by_role("link", name="Edit schedule").click()
        line.get_by_label("How often").select_option("At times of my own (cron)")
        line.get_by_label("Cron expression").fill("99 6 * * *")
        expect(line.locator(".preview")).to_contain_text("no cron expression")
        line.get_by_label("Cron expression").fill("30 6 * * 1-5")
        line.get_by_label("Time zone").fill("Europe/Copenhagen")
        expect(line.locator(".preview")).to_contain_text("At 06:30 on Monday through Friday")
        expect(line.locator(".preview li")).to_have_count(3)
        press(line, "Save schedule")

        expect(line.locator("form.question")).to_have_count(0)
        expect(line).to_contain_text("At 06:30 on Monday through Friday (Europe/Copenhagen).")
        expect(line.get_by_role("link", name="Edit schedule")).to_be_focused()

    def test_a_job_is_paused_with_a_reason_and_resumed(
        self, open_page: OpenPage, petra: Person
    ) -> None:
        page = open_page(petra)
        watch_folder(page, petra)
        line = open_pipelines(page, petra)

        line.get_by_role("link", name="Pause").click()
        expect(line.get_by_label("Why?")).to_be_focused()
        line.get_by_label("Why?").fill("Moving house")
        press(line, "Pause")
        expect(line).to_contain_text("by Petra: “Moving house”")
        page.reload()
        press(folder_line(page), "Resume")

        expect(line).not_to_contain_text("Moving house")
        expect(line.get_by_role("button", name="Run now")).to_be_visible()

    def test_the_keyboard_leads_there(self, open_page: OpenPage, petra: Person) -> None:
        page = open_page(petra)
        page.goto(f"/o/{petra.org}/library/")

        page.keyboard.press("g")
        page.keyboard.press("p")

        expect(page.get_by_role("heading", level=1)).to_have_text("Pipelines")


class TestWithoutScript:
    def test_it_is_steered_by_pages_and_forms(self, open_page: OpenPage, petra: Person) -> None:
        watch_folder(open_page(petra), petra)
        page = open_page(javascript=False)
        sign_in(page, petra)
        expect(page).to_have_url(re.compile("/library/$"))
        line = open_pipelines(page, petra)

        line.get_by_role("link", name="Edit schedule").click()
        page.get_by_label("How often").select_option("Every 6 hours")
        page.get_by_role("button", name="Save schedule").click()
        expect(line).to_contain_text("Every 6 hours.")

        line.get_by_role("link", name="Pause").click()
        page.get_by_label("Why?").fill("No script here")
        page.get_by_role("button", name="Pause").click()
        expect(line).to_contain_text("No script here")

        press(line, "Resume")
        press(line, "Run now")
        expect(page.locator("#toasts")).to_contain_text("in line")
