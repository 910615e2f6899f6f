"""A second factor from its set-up to its end, in a browser on a phone, with real mail and texts."""

from __future__ import annotations

import re

import psycopg
import pyotp
import pytest
from playwright.sync_api import Page, expect

from portico_kit.clock import now

LENA, MARIA = "lena@cedargrove.example", "maria@cedargrove.example"
pytestmark = pytest.mark.usefixtures("accounts")


def open_settings(page: Page) -> None:
    staff = "/staff" in page.url
    page.goto("/staff/account/sign-in" if staff else "/account/sign-in")


def sign_out(page: Page) -> None:
    page.locator(".who > summary").click()
    page.locator(".who").get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("heading", name="You are signed out")).to_be_visible()


def type_password(page: Page, login: str, password: str) -> None:
    page.goto("/sign-in")
    page.get_by_label("Email or mobile number").fill(login)
    page.get_by_role("button", name="Continue").click()
    page.get_by_label("Password", exact=True).fill(password)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", name="Your code")).to_be_visible()


def type_code(page: Page, label: str, code: str) -> None:
    page.get_by_label(label, exact=True).fill(code)
    page.get_by_role("button", name="Sign in").click()


def no_session(page: Page) -> None:
    assert "portico" not in {cookie["name"] for cookie in page.context.cookies()}


@pytest.mark.parametrize("javascript", [True, False])
def test_an_app_is_set_up_and_signs_in_and_so_does_a_recovery_code(portal, someone, javascript):
    page = someone("phone", java_script_enabled=javascript)
    sent = portal.newest("mail", LENA)
    page.goto("/sign-in")
    page.get_by_label("Email or mobile number").fill(LENA)
    page.get_by_role("button", name="Continue").click()
    page.get_by_label("Password", exact=True).fill(portal.password)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/staff")

    open_settings(page)
    page.get_by_role("link", name="Set up the app").click()
    page.get_by_label("Password", exact=True).fill(portal.password)
    page.get_by_role("button", name="Continue").click()
    expect(page.locator("svg.qr")).to_be_visible()
    app = pyotp.TOTP(re.sub(r"\s", "", page.locator(".key").inner_text()))
    page.get_by_label("Code", exact=True).fill(app.at(now()))
    page.get_by_role("button", name="Turn it on").click()
    codes = page.locator(".codes li").all_inner_texts()
    assert len(codes) == 10
    assert "was changed" in portal.mail(LENA, after=sent)["subject"]
    page.get_by_role("link", name="I saved my codes").click()
    expect(page.get_by_text("You have 10 left.")).to_be_visible()
    sign_out(page)

    type_password(page, LENA, portal.password)
    no_session(page)
    # The step of the set-up is used: the app's next one is taken, as if its clock were fast.
    type_code(page, "Code", app.at(now(), counter_offset=1))
    page.wait_for_url("**/staff")
    sign_out(page)

    type_password(page, LENA, portal.password)
    page.get_by_role("link", name="Use a recovery code").click()
    type_code(page, "Recovery code", codes[0].lower())
    expect(page.get_by_text("You used a recovery code.")).to_be_visible()
    sign_out(page)

    type_password(page, LENA, portal.password)
    page.get_by_role("link", name="Use a recovery code").click()
    type_code(page, "Recovery code", codes[0])
    expect(page.get_by_role("alert")).to_contain_text("was used before")
    no_session(page)
    type_code(page, "Recovery code", codes[1])
    page.wait_for_url("**/staff?done=*")

    open_settings(page)
    page.get_by_role("link", name="Turn off the app").click()
    page.get_by_label("Password", exact=True).fill(portal.password)
    page.get_by_label("A recovery code").check()
    page.get_by_label("Code", exact=True).fill(codes[2])
    page.get_by_role("button", name="Turn off").click()
    expect(page.get_by_text("It is off.")).to_be_visible()


def test_a_code_by_text_is_set_up_and_signs_in(portal, signed_in):
    page = signed_in(MARIA)
    with psycopg.connect(portal.database_url("identity")) as connection:
        found = connection.execute("SELECT mobile FROM person WHERE email = %s", (MARIA,))
        [mobile] = found.fetchone()
    sent = portal.newest("texts", mobile)
    page.goto("/account")
    page.get_by_role("link", name="Signing in").click()
    page.get_by_role("link", name="Set up texts").click()
    page.get_by_label("Password", exact=True).fill(portal.password)
    page.get_by_role("button", name="Continue").click()
    page.get_by_label("Code", exact=True).fill(code_in(portal.text(mobile, after=sent)))
    page.get_by_role("button", name="Turn it on").click()
    expect(page.locator(".codes li")).to_have_count(10)
    sign_out(page)

    sent = portal.newest("texts", mobile)
    type_password(page, MARIA, portal.password)
    page.get_by_role("button", name="Send me a text").click()
    expect(page.get_by_text("We sent you a text.")).to_be_visible()
    type_code(page, "Code", code_in(portal.text(mobile, after=sent)))
    page.wait_for_url("**/me/")


def code_in(text: dict[str, str]) -> str:
    found = re.search(r"\b\d{6}\b", text["body"])
    assert found, text
    return found[0]
