"""The portal's main job, from a file of another system to a paid bill, as people do it."""

from __future__ import annotations

import gzip
import json
import os
import re
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.sync_api import Page, expect

CORPUS = Path(os.environ.get("PORTICO_CORPUS") or Path(__file__).parents[3] / "shared" / "corpus")
BUNDLE = os.environ.get("PORTICO_TEST_BUNDLE") or (
    "fhir/synthea-2019-r4/Catalina_Cantú_6d9269c0-1338-4f86-b703-31e9305ecbc3.json.gz"
)
EMAIL, MOBILE = f"newcomer{os.getpid()}@cedargrove.example", f"+1555{os.getpid():07}"
PASSWORD = "plum river lantern quilt"
MARIA = "maria@cedargrove.example"


@dataclass
class Newcomer:
    """The patient of this journey, as the imported file knows them."""

    given: str
    family: str
    born: tuple[int, int, int]

    @classmethod
    def out_of(cls, bundle: Path) -> Newcomer:
        entries = json.loads(gzip.decompress(bundle.read_bytes()))["entry"]
        person = next(e["resource"] for e in entries if e["resource"]["resourceType"] == "Patient")
        year, month, day = (int(part) for part in person["birthDate"].split("-"))
        name = person["name"][0]
        return cls(name["given"][0], name["family"], (month, day, year))


@pytest.fixture(scope="module")
def bundle() -> Path:
    found = CORPUS / BUNDLE
    if not found.exists():
        pytest.skip(f"the corpus is not here: {found}")
    return found


def test_the_main_journey(portal, bundle, someone, signed_in):
    newcomer = Newcomer.out_of(bundle)

    a_record_is_imported_and_a_second_import_changes_nothing(portal, bundle)
    desk = signed_in("tom@cedargrove.example", "desk")
    the_front_desk_invites(desk, newcomer)
    patient = someone("phone")
    the_patient_follows_the_mail_proves_who_they_are_and_signs_in(portal, patient, newcomer)
    the_patient_reads_the_whole_record(patient)
    the_patient_books_a_visit_and_loses_no_race_silently(portal, patient, signed_in)
    nurse = signed_in("dana@cedargrove.example", "desk")
    the_patient_asks_and_the_nurse_answers_without_reloading(portal, patient, nurse)
    the_patient_asks_for_a_refill(patient, nurse, newcomer)

    maria = signed_in(MARIA, "phone")
    clinician = signed_in("amara@cedargrove.example", "desk")
    a_clinician_releases_a_result_with_a_comment(portal, maria, clinician)
    a_statement_is_paid_and_the_ledger_balances(portal, maria)
    nothing_personal_is_in_the_logs(portal, newcomer)


def a_record_is_imported_and_a_second_import_changes_nothing(portal, bundle: Path) -> None:
    first, again = (said(portal.portico("import", str(bundle))) for _ in range(2))
    assert "1 files taken, 0 skipped (taken before), 0 refused" in first, first
    assert "0 files taken, 1 skipped (taken before), 0 refused" in again, again


def said(done: subprocess.CompletedProcess[str]) -> str:
    """What a command printed, wherever its lines were broken."""
    return " ".join(done.stdout.split())


def the_front_desk_invites(desk: Page, newcomer: Newcomer) -> None:
    desk.goto("/staff/patients")
    search = desk.get_by_role("search", name="Patients")
    search.get_by_role("searchbox").fill(f"{newcomer.given} {newcomer.family}")
    search.get_by_role("button", name="Find").click()
    desk.get_by_role("main").get_by_role("link", name=newcomer.family).first.click()
    desk.get_by_role("link", name="Invite to the portal").click()
    desk.get_by_label("Email").fill(EMAIL)
    desk.get_by_label("Mobile number").fill(MOBILE)
    desk.get_by_label("English").check()
    desk.get_by_role("button", name="Send the invitation").click()
    expect(desk.locator("#invitation-code")).to_be_visible()


def the_patient_follows_the_mail_proves_who_they_are_and_signs_in(
    portal, patient: Page, newcomer: Newcomer
) -> None:
    mail = portal.mail(EMAIL)
    assert portal.text(MOBILE)
    [link] = set(re.findall(rf"{re.escape(portal.url)}/set-up\?code=\S+", mail["text"]))
    patient.goto(link)
    month, day, year = newcomer.born
    for label, part in (("Month", month), ("Day", day), ("Year", 1900)):
        patient.get_by_label(label).fill(str(part))
    patient.get_by_role("button", name="Continue").click()
    expect(patient.get_by_role("alert")).to_contain_text("do not match")
    patient.get_by_label("Year").fill(str(year))
    patient.get_by_role("button", name="Continue").click()
    patient.get_by_label("Email or mobile number to sign in with").fill(EMAIL)
    patient.get_by_role("button", name="Continue").click()
    patient.get_by_label("New password").fill("password1234567")
    patient.get_by_role("button", name="Make my account").click()
    expect(patient.get_by_role("alert")).to_be_visible()
    patient.get_by_label("New password").fill(PASSWORD)
    patient.get_by_role("button", name="Make my account").click()
    patient.get_by_role("link", name="Go to my home page").click()
    expect(patient.get_by_role("heading", level=1)).to_contain_text(newcomer.given)


def the_patient_reads_the_whole_record(patient: Page) -> None:
    patient.goto("/me/health/results")
    patient.get_by_role("main").locator(".rows a.row").first.click()
    expect(patient.get_by_role("heading", level=1)).to_be_visible()
    expect(patient.get_by_role("heading", name="Your result", exact=True)).to_be_attached()
    for path, title in (
        ("/me/medicines", "Medicines"),
        ("/me/health/vaccines", "Vaccines"),
        ("/me/health/conditions", "Conditions"),
        ("/me/health/allergies", "Allergies"),
        ("/me/health/notes", "Visit notes"),
    ):
        patient.goto(path)
        expect(patient.get_by_role("heading", level=1)).to_contain_text(title)
    patient.goto("/me/health/vaccines")
    expect(patient.get_by_role("main")).to_contain_text("Imported records")


def the_patient_books_a_visit_and_loses_no_race_silently(portal, patient: Page, signed_in) -> None:
    rival = signed_in("elena@cedargrove.example", "phone")
    for page in (patient, rival):
        page.goto("/language?to=en&next=/me/visits/book/reason")
        page.goto("/me/visits/book/reason")
        page.get_by_label("Follow-up visit").check()
        page.get_by_role("button", name="Continue").click()
        page.get_by_label("Dr. Samuel Adeyemi").check()
        page.get_by_role("button", name="Continue").click()
    # Both look at the same page of free times; the last one of the day is wanted by both.
    wanted = patient.locator('input[name="slot"]').last.get_attribute("value")
    pick(patient, wanted)
    expect(patient.get_by_role("heading", level=1)).to_have_text("Check and book")
    pick(rival, wanted)
    expect(rival.get_by_role("alert")).to_contain_text("Someone took")
    expect(rival.locator('input[name="slot"]').first).to_be_attached()
    seen = portal.newest("mail", EMAIL), portal.newest("texts", MOBILE)
    patient.get_by_label("Video").check()
    patient.get_by_role("button", name="Book this visit").click()
    expect(patient.get_by_role("status").first).to_contain_text("Your visit is booked")
    mail, text = portal.mail(EMAIL, after=seen[0]), portal.text(MOBILE, after=seen[1])
    assert any(a["name"].endswith(".ics") for a in mail["attachments"]), mail
    assert text
    with patient.expect_download() as download:
        patient.get_by_role("link", name="Add to my calendar").click()
    assert "BEGIN:VEVENT" in Path(download.value.path()).read_text()


def pick(page: Page, slot: str | None) -> None:
    page.locator(f'input[name="slot"][value="{slot}"]').check(force=True)
    page.get_by_role("button", name="Continue").click()


def the_patient_asks_and_the_nurse_answers_without_reloading(
    portal, patient: Page, nurse: Page
) -> None:
    nurse.goto("/staff/q/messages")
    patient.goto("/me/messages/new")
    patient.get_by_label("What is it about?").select_option(label="A health question")
    patient.get_by_label("Subject").fill("Marigold rash on my wrist")
    patient.get_by_label("Your message").fill("It itches since Friday. Marigold soap did not help.")
    patient.get_by_role("button", name="Send message").click()
    expect(patient.get_by_role("log")).to_contain_text("Marigold soap")

    ticket = nurse.locator("#tickets .ticket", has_text="Marigold rash on my wrist")
    expect(ticket).to_be_visible()  # it appeared by itself
    ticket.get_by_role("button", name="Take").click()
    nurse.goto("/staff/q/messages?show=mine")
    nurse.locator("#tickets .ticket", has_text="Marigold rash on my wrist").locator(
        "a.ticket__p"
    ).click()
    seen = portal.newest("mail", EMAIL), portal.newest("texts", MOBILE)
    nurse.get_by_label("Your words").fill("Please wash it with cool water. Does it spread?")
    nurse.get_by_role("button", name="Send", exact=True).click()

    expect(patient.get_by_role("log")).to_contain_text("Does it spread?")  # without reloading
    mail, text = portal.mail(EMAIL, after=seen[0]), portal.text(MOBILE, after=seen[1])
    for words in (json.dumps(mail), json.dumps(text)):
        assert "message" in words
        assert not re.search("marigold|cool water|spread|rash", words, re.IGNORECASE)


def the_patient_asks_for_a_refill(patient: Page, nurse: Page, newcomer: Newcomer) -> None:
    nurse.goto("/staff/q/refills")
    patient.goto("/me/medicines/refill")
    name = patient.locator(".option .row__t").first.inner_text()
    patient.locator('input[name="medication"]').first.check()
    patient.get_by_label("Your pharmacy").fill("Main Street Pharmacy")
    patient.get_by_role("button", name="Send request").click()
    expect(patient.get_by_role("status").first).to_contain_text("We sent your request")

    ticket = nurse.locator("#tickets .ticket", has_text=name).filter(has_text=newcomer.family)
    expect(ticket).to_be_visible()
    ticket.locator("a.ticket__p").click()
    nurse.get_by_role("button", name="Take", exact=True).first.click()
    nurse.get_by_role("button", name="Send to pharmacy").click()
    patient.goto("/me/medicines/requests")
    expect(patient.get_by_role("main")).to_contain_text("Sent to pharmacy")


def a_clinician_releases_a_result_with_a_comment(portal, maria: Page, clinician: Page) -> None:
    maria.goto("/me/health/results")
    seen = portal.newest("mail", MARIA)
    clinician.goto("/staff/results")
    clinician.get_by_role("main").get_by_role("link", name="Maria Reyes").first.click()
    clinician.locator("textarea").first.fill("A little lower than last time. Keep walking.")
    clinician.get_by_role("button", name=re.compile("Release")).click()
    news = maria.locator("#news")
    expect(news).to_contain_text("new test result")  # without reloading
    news.get_by_role("link").first.click()
    expect(maria.get_by_role("main")).to_contain_text("Keep walking.")
    expect(maria.locator("svg.chart")).to_be_visible()
    expect(maria.locator("svg.nline")).to_be_visible()
    mail = json.dumps(portal.mail(MARIA, after=seen))
    assert "test result" in mail
    assert not re.search("A1C|blood sugar|6\\.1|walking", mail)


def a_statement_is_paid_and_the_ledger_balances(portal, maria: Page) -> None:
    maria.goto("/me/bills")
    maria.get_by_role("main").locator("a.row", has_text="$").first.click()
    maria.get_by_role("link", name=re.compile(r"^Pay \$")).click()
    seen = portal.newest("mail", MARIA)
    maria.get_by_role("button", name="Go to secure payment").click()
    maria.locator("#card").fill("4242 4242 4242 4242")
    maria.locator("#expiry").fill("12/34")
    maria.locator("#cvc").fill("123")
    maria.get_by_role("button", name=re.compile("Pay")).click()
    expect(maria.get_by_role("heading", level=1)).to_have_text("You paid. Thank you.")
    receipt = json.dumps(portal.mail(MARIA, after=seen))
    assert "4242 4242" not in receipt
    assert "payment" in receipt.lower() or "receipt" in receipt.lower()
    balance = as_staff(portal, "tom@cedargrove.example", "/ledger")
    assert balance["difference_cents"] == 0
    assert balance["entries"] > 0


def nothing_personal_is_in_the_logs(portal, newcomer: Newcomer) -> None:
    written = portal.logs()
    for secret in (newcomer.family, "Marigold", EMAIL, MOBILE, PASSWORD, "Reyes", "cool water"):
        assert secret not in written, secret
    assert "Traceback" not in written


def as_staff(portal, login: str, path: str) -> dict[str, Any]:
    """Ask the API as somebody of the staff."""
    with httpx.Client(base_url=f"{portal.url}/api/v1", timeout=20) as client:
        given = {"login": login, "password": portal.password}
        session = client.post("/sessions", json=given).json()["session"]
        answer = client.get(path, headers={"Authorization": f"Bearer {session}"})
        assert answer.status_code == 200, answer.text
        return dict(answer.json())
