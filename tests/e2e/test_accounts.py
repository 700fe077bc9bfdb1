"""People come in, go out, and add a second factor."""

from playwright.sync_api import Page, expect

from tests.e2e.browser import Watch
from tests.e2e.conftest import Meet, OpenPage
from tests.e2e.people import Person, arrive, sign_in, sign_out, sign_up
from tests.e2e.product import Product
from tests.e2e.totp import code_of
from tests.worker.conftest import wait_until


class TestSignUp:
    def test_leads_by_the_code_in_the_mail_to_an_empty_library(self, page: Page) -> None:
        vera = Person.called("Vera")

        sign_up(page, vera)

        expect(page.get_by_role("heading", level=1)).to_have_text("Library")
        expect(page.get_by_label("Organization: Vera's library")).to_be_visible()
        expect(page.get_by_role("link", name="Import from Pinterest")).to_be_visible()

    def test_a_wrong_code_ends_in_a_sentence(self, page: Page, watch: Watch) -> None:
        page.goto("/account/signup/")
        page.get_by_label("Email", exact=True).fill("wrong@example.com")
        page.get_by_label("Password").fill("a long enough password")
        page.get_by_role("button", name="Create account").click()

        page.get_by_label("Code").fill("WRONG1")
        page.get_by_role("button", name="Confirm").click()

        expect(page.get_by_text("This is not the code of the newest mail")).to_be_visible()


class TestGreeting:
    def test_names_the_sign_in_of_the_demo(self, product: Product) -> None:
        demo = product.demo_sign_in()

        wait_until(lambda: "Press Ctrl-C" in product.output, "the product greets")

        assert demo["email"] in product.output
        assert demo["password"] in product.output


class TestSignIn:
    def test_out_and_in_again(self, open_page: OpenPage, meet: Meet) -> None:
        ida = meet("Ida")
        page = open_page(ida)
        page.goto("/")

        sign_out(page)
        sign_in(page, ida)

        arrive(page, ida)

    def test_the_second_factor_is_asked_for_once_it_is_set_up(
        self, open_page: OpenPage, meet: Meet
    ) -> None:
        tara = meet("Tara")
        page = open_page(tara)
        page.goto("/account/2fa/")
        page.get_by_role("link", name="Set up").click()
        page.get_by_label("Password").fill(tara.password)
        page.get_by_role("button", name="Confirm").click()
        secret = page.get_by_label("Key", exact=True).inner_text()
        page.get_by_label("Authenticator code").fill(code_of(secret))
        page.get_by_role("button", name="Turn on").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("Recovery codes")
        # The code that set the app up opens nothing more.
        recovery_code = page.get_by_label("Codes that are left").locator("code").first.inner_text()

        sign_out(page)
        sign_in(page, tara)
        expect(page.get_by_role("heading", level=1)).to_have_text("One more step")
        page.get_by_label("Code").fill(recovery_code)
        page.get_by_role("button", name="Sign in").click()

        arrive(page, tara)
