"""A nurse joins on her phone, takes an item, and leaves: her work is back in its queue."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, expect

from portico_kit.ids import new_id

RUTH, DANA = "ruth@cedargrove.example", "dana@cedargrove.example"
PASSWORD = "plum river lantern quilt"
SUBJECT = f"Is my knee brace ready? {new_id().hex[-6:]}"
pytestmark = pytest.mark.usefixtures("accounts")


def add_a_nurse(page: Page, email: str) -> str:
    """The address of her page."""
    page.goto("/staff/people")
    page.get_by_role("link", name="Add a person").click()
    page.get_by_label("First name").fill("Nina")
    page.get_by_label("Last name").fill("Duarte")
    page.get_by_label("Email").fill(email)
    page.get_by_role("button", name="Add and send the link").click()
    expect(page.get_by_role("alert")).to_contain_text("Choose at least one role")
    page.get_by_label("Nurse").check()
    page.get_by_role("button", name="Add and send the link").click()
    expect(page.get_by_text("The account is made.")).to_be_visible()
    expect(page.get_by_role("heading", name="Has not signed in yet")).to_be_visible()
    return urlsplit(page.url).path


def sign_in(page: Page, login: str, password: str) -> None:
    page.get_by_label("Email or mobile number").fill(login)
    page.get_by_role("button", name="Continue").click()
    page.get_by_label("Password", exact=True).fill(password)
    page.get_by_role("button", name="Sign in").click()


def test_a_nurse_joins_by_a_link_and_leaves_in_one_step(portal, person, someone, signed_in):
    asked = {"topic": "symptom", "subject": SUBJECT, "body": "Please tell me."}
    person("maria").client.post("/conversations", json=asked).raise_for_status()
    email = f"nina.{new_id().hex[-12:]}@cedargrove.example"
    ruth = signed_in(RUTH, "desk")
    address = add_a_nurse(ruth, email)
    mail = portal.mail(email)
    assert "work account" in mail["subject"]
    [link] = set(re.findall(rf"{re.escape(portal.url)}/join/\S+", mail["text"]))

    nina = someone("phone")
    nina.goto(link)
    expect(nina.get_by_text("Welcome to Cedar Grove")).to_be_visible()
    nina.get_by_label("Password").fill(PASSWORD)
    nina.get_by_role("button", name="Save my password").click()
    expect(nina.get_by_role("status")).to_contain_text("Your password is set. Sign in.")
    sign_in(nina, email, PASSWORD)
    nina.wait_for_url("**/staff")
    nina.goto("/staff/q/messages")
    nina.locator("#tickets .ticket", has_text=SUBJECT).locator("a.ticket__p").click()
    nina.get_by_role("button", name="Take", exact=True).click()
    expect(nina.get_by_role("button", name="Put back")).to_be_visible()
    item = nina.url

    ruth.goto("/staff/people")
    ruth.locator(f"a[href='{address}']").click()
    ruth.get_by_role("link", name="They leave the practice").click()
    expect(ruth.get_by_role("heading", name="Does Nina Duarte leave")).to_be_visible()
    ruth.get_by_role("button", name="Close the account").click()
    expect(ruth.get_by_text("The account is closed.")).to_be_visible()
    expect(ruth.locator(f"a[href='{address}']")).to_have_count(0)

    # Her open page says so by itself, and nothing of the patient stays on it.
    expect(nina.get_by_role("heading", name="You are signed out")).to_be_visible()
    nina.goto("/sign-in")
    sign_in(nina, email, PASSWORD)
    expect(nina.get_by_role("alert")).to_contain_text("do not match")
    nina.goto(link)
    expect(nina.get_by_role("heading", name="This link has ended")).to_be_visible()

    dana = signed_in(DANA, "desk")
    dana.goto(item)
    expect(dana.get_by_role("button", name="Take", exact=True)).to_be_visible()
    dana.get_by_text("What happened").click()
    expect(dana.get_by_text("Nina Duarte left the practice, and this came back")).to_be_visible()
