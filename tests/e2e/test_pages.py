"""Every page, in both themes and at every width: no barrier, nothing beyond the edge."""

import dataclasses
from typing import Any, Literal

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Page, expect

from tests.e2e.browser import Watch
from tests.e2e.conftest import ARTIFACTS, DESKTOP, Meet, OpenPage
from tests.e2e.people import Person

Theme = Literal["light", "dark"]
PHONE, NARROWEST = (390, 844), (320, 568)
# All rules of axe; a theme changes nothing but colours, and a width nothing of them.
VIEWS: tuple[tuple[tuple[int, int], Theme, dict[str, Any]], ...] = (
    (DESKTOP, "light", {}),
    (DESKTOP, "dark", {"runOnly": ["color-contrast"]}),
    (PHONE, "light", {"rules": {"color-contrast": {"enabled": False}}}),
)
RUN_AXE = "async (options) => (await axe.run(options)).violations"
# What axe calls “moderate” and “minor” is advice.
BARRIERS = {"serious", "critical"}
STYLES_APPLIED = """() => new Promise((done) =>
    requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(done))))"""
# The filters with their counts come after the page.
ALL_LOADED = """() => !document.querySelector("#facets .skeleton, .htmx-request")"""
# Half a pixel is rounding.
BEYOND_THE_WINDOW = """(panel) => {
    const { left, top, right, bottom } = panel.getBoundingClientRect();
    const width = (panel.closest(".overlay") ?? document.documentElement).clientWidth;
    const isWithin = left >= -0.5 && top >= -0.5 && right <= width + 0.5
        && bottom <= innerHeight + 0.5 && panel.scrollWidth <= panel.clientWidth
        && panel.clientHeight > 40;
    return isWithin ? null : { left, top, right, bottom, width, height: innerHeight };
}"""
SOMETHING_HIDDEN = "something that is hidden from the eye"
PICTURES_IN_VIEW = """() => [...document.images].every((each) =>
    each.complete || each.getBoundingClientRect().top > innerHeight || !each.checkVisibility())"""


@dataclasses.dataclass(frozen=True)
class Subject:
    """A page and the way to it.

    Attributes:
        path: its address; ``{org}`` stands for the person's organization.
        then: a link on that page that leads on to the subject.
    """

    name: str
    path: str
    then: str = ""


OF_NOBODY = [
    Subject("sign-in", "/account/login/"),
    Subject("sign-up", "/account/signup/"),
    Subject("password-reset", "/account/password/reset/"),
    Subject("demo-mail", "/demo/mail/"),
]
OF_THE_DEMO = [
    Subject("library", "/o/{org}/library/"),
    Subject("library-search", "/o/{org}/library/?q=vases"),
    Subject("library-nothing", "/o/{org}/library/?q=xylophone"),
    Subject("asset", "/o/{org}/library/?picture=with", ".card__link"),
    Subject("asset-words", "/o/{org}/library/?picture=without", ".card__link"),
    Subject("boards", "/o/{org}/boards/"),
    Subject("board", "/o/{org}/boards/", ".board-card__link"),
    Subject("imports", "/o/{org}/imports/"),
    Subject("connections", "/o/{org}/connections/"),
    Subject("connect", "/o/{org}/connections/link/pinterest_api/"),
    Subject("import-report", "/o/{org}/imports/", ".row-list__title[href]"),
    Subject("members", "/o/{org}/members/"),
    Subject("organization", "/o/{org}/settings/"),
    Subject("tokens", "/o/{org}/tokens/"),
    Subject("account", "/account/"),
    Subject("addresses", "/account/email/"),
    Subject("two-factor", "/account/2fa/"),
    Subject("sessions", "/account/sessions/"),
    Subject("new-organization", "/organizations/new/"),
]
OF_A_NEWCOMER = [
    Subject("first-run", "/o/{org}/library/"),
    Subject("boards-empty", "/o/{org}/boards/"),
    Subject("trash-empty", "/o/{org}/trash/"),
    Subject("activity-empty", "/o/{org}/activity/"),
    Subject("imports-empty", "/o/{org}/imports/"),
    Subject("notifications-empty", "/o/{org}/notifications/"),
]


def named(subjects: list[Subject]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("subject", subjects, ids=[each.name for each in subjects])


class TestPage:
    @named(OF_NOBODY)
    def test_of_nobody(self, open_page: OpenPage, watch: Watch, subject: Subject) -> None:
        examine(open_page(), watch, subject)

    @named(OF_THE_DEMO)
    def test_of_the_demo(
        self, open_page: OpenPage, watch: Watch, demo: Person, subject: Subject
    ) -> None:
        examine(open_page(demo), watch, subject, demo)

    @named(OF_A_NEWCOMER)
    def test_of_a_newcomer(
        self, open_page: OpenPage, watch: Watch, meet: Meet, subject: Subject
    ) -> None:
        person = meet("Newa")
        examine(open_page(person), watch, subject, person)

    def test_of_what_opens_over_it(self, open_page: OpenPage, watch: Watch, demo: Person) -> None:
        page = open_page(demo)
        page.goto(f"/o/{demo.org}/library/")
        page.locator(".sort").click()
        complaints = barriers_in_all_views(page, watch, "order-and-size")
        page.keyboard.press("Escape")
        page.keyboard.press("Control+k")
        expect(page.get_by_role("option", selected=True)).to_be_visible()
        complaints += barriers_in_all_views(page, watch, "command-box")
        set_size(page, NARROWEST)

        assert complaints + beyond_the_edge(page) == []

    @pytest.mark.parametrize("size", [DESKTOP, NARROWEST], ids=lambda size: size[0])
    @named([each for each in OF_THE_DEMO if each.name in {"library", "asset", "board"}])
    def test_its_menus_open_within_the_window(
        self, open_page: OpenPage, demo: Person, subject: Subject, size: tuple[int, int]
    ) -> None:
        page = open_page(demo, size=size)
        go_to(page, subject, demo)
        if subject.name == "library":
            page.locator("#grid input[data-select]").first.check()
        name = f"{subject.name}-{size[0]}"

        opened, complaints = open_all_menus(page, name)
        if subject.name == "library":
            page.locator("#grid input[data-select]").first.uncheck()
            page.locator("#grid .card__link").first.click()
            expect(page.locator("#overlay [data-viewer]")).to_be_visible()
            more, in_viewer = open_all_menus(page, f"{name}-viewer", "#overlay ")
            opened, complaints = opened + more, complaints + in_viewer

        assert opened >= 4
        assert complaints == []

    def test_of_somebody_who_changed_things(
        self, open_page: OpenPage, watch: Watch, nina: Person
    ) -> None:
        page = open_page(nina)
        page.goto(f"/o/{nina.org}/library/")
        page.locator("#grid input[data-select]").nth(1).check()
        complaints = barriers_in_all_views(page, watch, "selection")
        page.locator("#selection").get_by_role("button", name="Remove").click()
        expect(page.locator("[data-toast]")).to_be_visible()
        complaints += barriers_in_all_views(page, watch, "toast")

        assert complaints == []
        for name in ("activity", "trash"):
            examine(open_page(nina), watch, Subject(name, f"/o/{nina.org}/{name}/"))


def examine(page: Page, watch: Watch, subject: Subject, person: Person | None = None) -> None:
    """Go to the subject, and look at it in every theme and width."""
    go_to(page, subject, person)
    assert barriers_in_all_views(page, watch, subject.name) == []
    for size in (PHONE, NARROWEST):
        set_size(page, size)
        assert beyond_the_edge(page) == []


def go_to(page: Page, subject: Subject, person: Person | None) -> None:
    page.goto(subject.path.format(org=person.org if person else ""))
    if subject.then:
        page.goto(page.locator(subject.then).first.get_attribute("href") or "")
    expect(page.get_by_role("heading", level=1)).to_have_count(1)


def open_all_menus(page: Page, name: str, within: str = "") -> tuple[int, list[str]]:
    """Open each menu that can be seen; return how many, and what is wrong."""
    page.wait_for_function(ALL_LOADED)
    page.evaluate(STYLES_APPLIED)
    opened, complaints = 0, []
    for menu in page.locator(f"{within}details[data-menu]").all():
        button = menu.locator("summary")
        if not button.is_visible():
            continue
        button.click()
        panel = menu.locator(".menu__panel")
        expect(panel).to_be_visible()
        page.wait_for_function(ALL_LOADED)
        page.evaluate(STYLES_APPLIED)
        view = f"{name}-{opened}"
        beyond = panel.evaluate(BEYOND_THE_WINDOW)
        if beyond:
            page.screenshot(path=ARTIFACTS / "menus" / f"{view}.png")
            complaints.append(f"{view}: {button.inner_text()!r}: {beyond}")
        if is_too_wide(page):
            complaints.append(f"{view}: {button.inner_text()!r} makes the page scroll sideways")
        menu.evaluate("(each) => { each.open = false; }")
        opened += 1
    return opened, complaints


def barriers_in_all_views(page: Page, watch: Watch, name: str) -> list[str]:
    """Return what keeps people from using the page, and take pictures of it where there is any."""
    found = []
    for size, theme, rules in VIEWS:
        set_size(page, size)
        page.emulate_media(color_scheme=theme)
        page.evaluate(STYLES_APPLIED)
        page.wait_for_function(PICTURES_IN_VIEW)
        view = f"{name}-{size[0]}-{theme}"
        with watch.paused():
            here = barriers(page, rules)
        if here:
            page.screenshot(path=ARTIFACTS / "pages" / f"{view}.png")
        found += [f"{view}: {barrier}" for barrier in here]
    return found


def barriers(page: Page, rules: dict[str, Any]) -> list[str]:
    """Return the serious violations that axe finds, with the elements in question."""
    options = {"resultTypes": ["violations"], "preload": False, **rules}
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE_SCRIPT)
    violations = page.evaluate(RUN_AXE, options)
    return [
        f"{each['id']}: {each['help']}: {[node['html'][:160] for node in each['nodes'][:3]]}"
        for each in violations
        if each["impact"] in BARRIERS
    ]


def beyond_the_edge(page: Page) -> list[str]:
    """Return what makes a page scroll sideways: elements that reach over its edge."""
    # A wall is placed anew within the frame in which it learns of its new width.
    page.evaluate(STYLES_APPLIED)
    page.wait_for_function(ALL_LOADED)
    found: list[str] = page.evaluate(
        """() => {
            if (document.documentElement.scrollWidth <= innerWidth) return [];
            const scrolls = (each) => getComputedStyle(each).overflowX !== "visible";
            // What a row that scrolls holds, all of it in place, widens no page.
            const isHeld = (each) => each.parentElement.closest("body *") &&
                (scrolls(each.parentElement) || isHeld(each.parentElement));
            return [...document.querySelectorAll("body *")]
                .filter((each) => each.getBoundingClientRect().right > innerWidth + 1)
                .filter((each) => !isHeld(each))
                .slice(0, 5).map((each) => each.outerHTML.slice(0, 160));
        }"""
    )
    return found or ([SOMETHING_HIDDEN] if is_too_wide(page) else [])


def is_too_wide(page: Page) -> bool:
    return bool(page.evaluate("document.documentElement.scrollWidth > innerWidth"))


def set_size(page: Page, size: tuple[int, int]) -> None:
    page.set_viewport_size({"width": size[0], "height": size[1]})
