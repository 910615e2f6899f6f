"""A forgotten password, a lost phone, a password that others know: by mail, desk and settings."""

from __future__ import annotations

import re

import pyotp
import pytest
from playwright.sync_api import Page, expect

from portico_kit.clock import now
from portico_kit.testing.waiting import eventually

LENA, MARIA, TOM = (f"{name}@cedargrove.example" for name in ("lena", "maria", "tom"))
NEW = "plum river lantern quilt"
pytestmark = pytest.mark.usefixtures("accounts")


def type_login(page: Page, login: str) -> None:
    page.get_by_label("Email or mobile number").fill(login)
    page.get_by_role("button", name="Continue").click()


def sign_in(page: Page, login: str, password: str) -> None:
    page.goto("/sign-in")
    type_login(page, login)
    page.get_by_label("Password", exact=True).fill(password)
    page.get_by_role("button", name="Sign in").click()


def choose(page: Page, password: str) -> None:
    page.get_by_label("New password").fill(password)
    page.get_by_role("button", name="Save my new password").click()
    expect(page.get_by_role("status")).to_contain_text("Your password is changed. Sign in.")


def app_of(page: Page, password: str) -> pyotp.TOTP:
    """A second factor, set up by somebody who is signed in."""
    page.goto("/staff/account/sign-in")
    page.get_by_role("link", name="Set up the app").click()
    page.get_by_label("Password", exact=True).fill(password)
    page.get_by_role("button", name="Continue").click()
    app = pyotp.TOTP(re.sub(r"\s", "", page.locator(".key").inner_text()))
    page.get_by_label("Code", exact=True).fill(app.at(now()))
    page.get_by_role("button", name="Turn it on").click()
    expect(page.locator(".codes li")).to_have_count(10)
    return app


def test_a_forgotten_password_is_replaced_by_mail_and_the_second_step_stays(
    portal, someone, signed_in
):
    at_work = signed_in(LENA, "desk")
    app = app_of(at_work, portal.password)
    page = someone("phone", java_script_enabled=False)
    page.goto("/sign-in")
    type_login(page, LENA)
    page.get_by_role("button", name="Forgot your password?").click()
    expect(page.get_by_label("Email or mobile number")).to_have_value(LENA)
    sent = portal.newest("mail", LENA)
    page.get_by_role("button", name="Send me a link").click()
    expect(page.get_by_text("If there is an account, we have sent a link.")).to_be_visible()
    mail = portal.mail(LENA, after=sent)
    [link] = set(re.findall(rf"{re.escape(portal.url)}/recover/link/\S+", mail["text"]))

    page.goto(link)
    page.get_by_label("New password").fill("password1234567")
    page.get_by_role("button", name="Save my new password").click()
    expect(page.get_by_role("alert")).to_be_visible()
    choose(page, NEW)
    assert "was changed" in portal.mail(LENA, after=mail["id"])["subject"]
    at_work.goto("/staff")
    expect(at_work.get_by_label("Email or mobile number")).to_be_visible()
    page.goto(link)
    expect(page.get_by_role("heading", name="This link has ended")).to_be_visible()

    sign_in(page, LENA, portal.password)
    expect(page.get_by_role("alert")).to_contain_text("do not match")
    sign_in(page, LENA, NEW)
    # The step of the set-up is used: the app's next one is taken, as if its clock were fast.
    page.get_by_label("Code", exact=True).fill(app.at(now(), counter_offset=1))
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/staff")


def test_who_lost_the_phone_is_let_in_by_a_code_from_the_front_desk(portal, someone, signed_in):
    desk = signed_in(TOM, "desk")
    desk.goto("/staff/patients?q=Maria+Reyes")
    desk.get_by_role("main").get_by_role("link", name="Maria Reyes").first.click()
    desk.get_by_role("link", name="Help with signing in").click()
    expect(desk.get_by_text("Signs in with")).to_be_visible()
    desk.get_by_label("I saw a photo ID").check()
    desk.get_by_role("button", name="Make a code").click()
    code = desk.locator("#recovery-code").inner_text()
    desk.get_by_role("link", name="I gave the code").click()

    page = someone("phone")
    sent = portal.newest("mail", MARIA)
    page.goto("/sign-in")
    page.get_by_role("link", name="I have a code from the practice").click()
    page.get_by_label("Email or mobile number").fill(MARIA)
    page.get_by_label("Code from the practice").fill(code.lower())
    for label, part in (("Month", "3"), ("Day", "4"), ("Year", "1969")):
        page.get_by_label(label).fill(part)
    page.get_by_role("button", name="Continue").click()
    expect(page.get_by_role("alert")).to_contain_text("do not fit together")
    page.get_by_label("Year").fill("1968")
    page.get_by_role("button", name="Continue").click()
    choose(page, NEW)
    assert "was changed" in portal.mail(MARIA, after=sent)["subject"]

    type_login(page, MARIA)
    page.get_by_label("Password", exact=True).fill(NEW)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/me/")
    told = "Made a code so that you can sign in again. They saw your photo ID."
    page.goto("/account/activity")
    expect(page.get_by_role("main")).to_contain_text(told)


def is_signed_out(page: Page) -> bool:
    page.goto("/me/")
    return "/sign-in" in page.url


def test_another_password_signs_all_other_devices_out(portal, signed_in):
    phone, library = signed_in(MARIA), signed_in(MARIA, "desk")
    sent = portal.newest("mail", MARIA)
    phone.goto("/account/sign-in")
    phone.get_by_role("link", name="Change the password").click()
    phone.get_by_label("Your password now").fill("not her password")
    phone.get_by_label("New password").fill(NEW)
    phone.get_by_role("button", name="Change the password").click()
    expect(phone.get_by_role("alert")).to_contain_text("That is not your password.")
    phone.get_by_label("Your password now").fill(portal.password)
    phone.get_by_label("New password").fill(NEW)
    phone.get_by_role("button", name="Change the password").click()
    expect(phone.get_by_role("status")).to_contain_text("Your password is changed.")

    assert "was changed" in portal.mail(MARIA, after=sent)["subject"]
    # Other mail of hers may have come first: the news may still be on its way to the gateway.
    eventually(lambda: is_signed_out(library), what="the library signed out")
    phone.goto("/me/")
    expect(phone.get_by_role("heading", level=1)).to_contain_text("Maria")
