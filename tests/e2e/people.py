"""People and what they do at the door."""

import re
from dataclasses import dataclass, field
from typing import Any

from playwright.sync_api import Page, expect

CODE = re.compile(r"^\s*([A-Z0-9]{3,4}-?[A-Z0-9]{3,4})\s*$", re.MULTILINE)


@dataclass
class Person:
    """Somebody with an account, or about to make one.

    Attributes:
        state: cookies of a browser in which they are signed in; None before they were.
        org: part of the addresses of their organization.
        has_sample: whether their library holds the sample export of Pinterest.
    """

    name: str
    email: str
    password: str
    org: str = ""
    state: Any = field(default=None, repr=False)
    has_sample: bool = False

    @classmethod
    def called(cls, name: str) -> "Person":
        """Return a person who is not known yet."""
        return cls(name, f"{name.lower()}@example.com", f"{name} likes magpies 42")


def sign_up(page: Page, person: Person) -> None:
    """Make the account, prove the address by the code in the mail, and arrive."""
    page.goto("/account/signup/")
    page.get_by_label("Email", exact=True).fill(person.email)
    page.get_by_label("Your name").fill(person.name)
    page.get_by_label("Password").fill(person.password)
    page.get_by_role("button", name="Create account").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Verify your email address")
    page.get_by_label("Code").fill(code_in_mail(page, person))
    page.get_by_role("button", name="Confirm").click()
    arrive(page, person)


def sign_in(page: Page, person: Person) -> None:
    """Fill the form in and send it; where it leads is the caller's to say."""
    page.goto("/account/login/")
    page.get_by_label("Email").fill(person.email)
    page.get_by_label("Password").fill(person.password)
    page.get_by_role("button", name="Sign in").click()


def sign_out(page: Page) -> None:
    """Sign out by the menu."""
    page.get_by_label("Your account").click()
    page.get_by_role("button", name="Sign out").click()
    expect(page).to_have_url(re.compile(r"/account/login/"))


def arrive(page: Page, person: Person) -> None:
    """Wait for the library, and note whose it is and who is signed in."""
    expect(page).to_have_url(re.compile(r"/o/[\w-]+/library/$"))
    person.org = page.url.split("/")[-3]
    person.state = page.context.storage_state()


def code_in_mail(page: Page, person: Person) -> str:
    """Read the newest code that was sent to ``person``, in another tab."""
    mails = page.context.new_page()
    try:
        mails.goto("/demo/mail/")
        mail = mails.get_by_role("article").filter(has_text=f"To {person.email}").first
        found = CODE.search(mail.inner_text())
        assert found is not None, mail.inner_text()
        return found[1]
    finally:
        mails.close()
