"""A patient at the counter, without mail or text: from the desk's screen to the first sign-in."""

from __future__ import annotations

from urllib.parse import urlencode

from playwright.sync_api import Frame, Page, expect

from gateway.qr import qr_code
from portico_kit.ids import new_id

MOST_SCREENS = 6  # FEATURES, row 32: enrolment at the desk
PASSWORD = "plum river lantern quilt"


def test_a_patient_scans_the_desks_screen_and_is_in_after_a_few_screens(
    portal, someone, signed_in, person
):
    patient = somebody_without_an_account(person("tom"))
    desk = signed_in("tom@cedargrove.example", "desk")
    desk.goto(f"/staff/patients/{patient['patient_id']}")
    desk.get_by_role("link", name="Invite to the portal").click()
    desk.get_by_label("Email").fill("")
    desk.get_by_label("Mobile number").fill("")
    desk.get_by_role("button", name="Send the invitation").click()
    code = desk.locator("#invitation-code").inner_text()

    phone, screens = someone("phone"), []
    phone.on("framenavigated", lambda frame: screens.append(heading(frame)))
    phone.goto(scanned(desk, f"{portal.url}/set-up?{urlencode({'code': code})}"))
    year, month, day = patient["birth_date"].split("-")
    for label, part in (("Month", month), ("Day", day), ("Year", year)):
        phone.get_by_label(label).fill(part)
    phone.get_by_role("button", name="Continue").click()
    phone.get_by_label("Email or mobile number to sign in with").fill(
        f"{new_id().hex}@mail.example"
    )
    phone.get_by_role("button", name="Continue").click()
    phone.get_by_label("New password").fill(PASSWORD)
    phone.get_by_role("button", name="Make my account").click()
    phone.get_by_role("link", name="Go to my home page").click()
    expect(phone.get_by_role("heading", level=1)).to_contain_text(patient["given"])
    assert len(screens) <= MOST_SCREENS, screens


def somebody_without_an_account(tom) -> dict:
    """A living patient of the sandbox whom nobody has invited."""
    for found in tom.get("/patients", q="W")["items"]:
        enrolment = tom.get(f"/patients/{found['patient_id']}/enrolment")
        if found["birth_date"] and not (enrolment["has_account"] or enrolment["invitation"]):
            return found
    raise AssertionError("every patient has an account")


def scanned(desk: Page, link: str) -> str:
    """The link, once the picture on the desk's screen is found to be the one that holds it."""
    shown = desk.locator("svg.qr path").evaluate_all("paths => paths.map(p => p.getAttribute('d'))")
    assert shown and all(f'd="{path}"' in qr_code(link) for path in shown)
    return link


def heading(frame: Frame) -> str:
    return frame.url
