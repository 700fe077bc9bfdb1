"""Takes the pictures of the README: ``python -m tests.e2e.make_screenshots``.

Starts a product of its own, so that they show what a person sees after ``make run``.
"""

import io
import sys
from typing import Literal

from PIL import Image
from playwright.sync_api import Browser, sync_playwright

from tests.e2e.browser import launch
from tests.e2e.people import Person, arrive, sign_in
from tests.e2e.product import PROJECT_DIR, Product
from tests.e2e.wall import open_library, wait_for_thumbnails

IMAGES = PROJECT_DIR / "docs" / "img"
SIZE = (1280, 860)
COLOURS = 256
PICTURES_MS = 120_000
THEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")


def main() -> None:
    """Write ``docs/img/library-light.png`` and ``docs/img/library-dark.png``."""
    product = Product()
    try:
        product.start()
        with sync_playwright() as playwright:
            take(launch(playwright), product)
        product.stop()
    finally:
        product.remove()


def take(browser: Browser, product: Product) -> None:
    """Sign in as the person of the demo, and take the library's picture in both themes."""
    given = product.demo_sign_in()
    person = Person("Demo Person", given["email"], given["password"])
    page = browser.new_page(
        base_url=product.address,
        viewport={"width": SIZE[0], "height": SIZE[1]},
        reduced_motion="reduce",
    )
    sign_in(page, person)
    arrive(page, person)
    # On the way, while the last pictures are still fetched, there is a line that says so.
    page.goto(f"/o/{person.org}/imports/")
    page.locator(".row-list__title[href]").first.click()
    page.get_by_text("No picture of this import is left to fetch").wait_for(timeout=PICTURES_MS)
    open_library(page, person)
    wait_for_thumbnails(page)
    IMAGES.mkdir(parents=True, exist_ok=True)
    for theme in THEMES:
        page.emulate_media(color_scheme=theme)
        target = IMAGES / f"library-{theme}.png"
        target.write_bytes(smaller(page.screenshot()))
        sys.stdout.write(f"{target}: {target.stat().st_size:,} bytes\n")


def smaller(png: bytes) -> bytes:
    """Return the picture with a palette: a third of the bytes, and no eye sees it."""
    out = io.BytesIO()
    picture = Image.open(io.BytesIO(png)).convert("RGB")
    palette = picture.quantize(COLOURS, method=Image.Quantize.MEDIANCUT)
    # Dithered against its own palette; without that the skies show bands.
    dithered = picture.quantize(palette=palette, dither=Image.Dither.FLOYDSTEINBERG)
    dithered.save(out, "PNG", optimize=True)
    return out.getvalue()


if __name__ == "__main__":
    main()
