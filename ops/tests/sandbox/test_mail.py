from __future__ import annotations

import smtplib
import sqlite3
from collections.abc import Callable
from email.message import EmailMessage
from pathlib import Path

import psutil
import pytest

from .conftest import Portal, RunningSandbox, start_sandbox

HOSTILE_HTML = '<h1>Hi</h1><script>alert(1)</script><a href="http://127.0.0.1:8000/x">go</a>'


def send(sandbox: RunningSandbox, *, to: str = "maria@cedargrove.example", **more: str) -> None:
    message = EmailMessage()
    message["From"], message["To"] = "Cedar Grove <portal@cedargrove.example>", to
    message["Subject"] = more.get("subject", "Your visit is booked")
    if "reference" in more:
        message["Message-ID"] = more["reference"]
    message.set_content(more.get("text", "See http://127.0.0.1:8000/i/abc. <b>Not HTML</b>"))
    message.add_alternative(more.get("html", HOSTILE_HTML), subtype="html")
    message.add_attachment(
        "BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n", subtype="calendar", filename="visit.ics"
    )
    with smtplib.SMTP("127.0.0.1", sandbox.smtp_port, timeout=60) as smtp:
        smtp.send_message(message)


def newest(sandbox: RunningSandbox) -> str:
    """The address of the newest mail's page."""
    return f"/mail/{sandbox.web.get('/api/mail').json()['items'][0]['id']}"


def test_a_mail_that_left_can_be_read_by_tests(sandbox: RunningSandbox) -> None:
    send(sandbox, subject="Cita con la Dra. Peña")
    (mail,) = sandbox.web.get("/api/mail?to=MARIA@cedargrove.example").json()["items"]
    assert mail["subject"] == "Cita con la Dra. Peña"
    assert mail["recipients"] == ["maria@cedargrove.example"]
    assert "http://127.0.0.1:8000/i/abc" in mail["text"]
    assert [(part["name"], part["type"]) for part in mail["attachments"]] == [
        ("visit.ics", "text/calendar")
    ]


def test_mail_is_listed_newest_first_and_by_recipient(sandbox: RunningSandbox) -> None:
    send(sandbox, subject="first")
    send(sandbox, subject="second", to="elena@cedargrove.example")
    send(sandbox, subject="third")
    subjects = [mail["subject"] for mail in sandbox.web.get("/api/mail").json()["items"]]
    assert subjects == ["third", "second", "first"]
    page = sandbox.web.get("/mail?to=elena@cedargrove.example").text
    assert "second" in page and "third" not in page


def test_a_mail_that_comes_again_is_kept_once_and_counted(
    own_sandbox: RunningSandbox, tmp_path: Path
) -> None:
    for reference in ("<1@cedargrove.example>", "<1@cedargrove.example>", "<2@cedargrove.example>"):
        send(own_sandbox, reference=reference)
    assert len(own_sandbox.web.get("/api/mail").json()["items"]) == 2
    with sqlite3.connect(tmp_path / "sandbox" / "sandbox.sqlite") as database:
        counted = dict(database.execute("select name, times from reference"))
    assert counted == {"<1@cedargrove.example>": 2, "<2@cedargrove.example>": 1}


def test_a_mail_that_was_cleared_away_may_come_again(sandbox: RunningSandbox) -> None:
    send(sandbox, reference="<3@cedargrove.example>")
    sandbox.web.delete("/api/mail")
    send(sandbox, reference="<3@cedargrove.example>")
    assert len(sandbox.web.get("/api/mail").json()["items"]) == 1


def test_a_reader_can_wait_for_the_next_mail(sandbox: RunningSandbox) -> None:
    from concurrent.futures import ThreadPoolExecutor

    send(sandbox, subject="old")
    last = sandbox.web.get("/api/mail").json()["items"][0]["id"]
    with ThreadPoolExecutor() as pool:
        waiting = pool.submit(sandbox.web.get, f"/api/mail?after={last}&wait=20")
        send(sandbox, subject="new")
        assert [mail["subject"] for mail in waiting.result().json()["items"]] == ["new"]


def test_waiting_ends_with_nothing_when_nothing_comes(sandbox: RunningSandbox) -> None:
    assert sandbox.web.get("/api/mail?wait=1").json() == {"items": []}


def test_the_page_of_a_mail_shows_text_with_links_and_no_markup(sandbox: RunningSandbox) -> None:
    send(sandbox)
    page = sandbox.web.get(newest(sandbox))
    assert '<a href="http://127.0.0.1:8000/i/abc">' in page.text
    assert "&lt;b&gt;Not HTML" in page.text
    assert "default-src 'none'" in page.headers["content-security-policy"]


def test_the_html_of_a_mail_is_shown_where_it_can_run_nothing(sandbox: RunningSandbox) -> None:
    send(sandbox)
    page = sandbox.web.get(newest(sandbox) + "?as=html").text
    assert "<script>" not in page and 'sandbox="allow-popups' in page
    frame = sandbox.web.get(newest(sandbox) + "/html").headers["content-security-policy"]
    assert frame.startswith("sandbox ") and "allow-scripts" not in frame


def test_an_attachment_downloads_under_its_name(sandbox: RunningSandbox) -> None:
    send(sandbox)
    part = sandbox.web.get(newest(sandbox) + "/attachments/0")
    assert part.content.startswith(b"BEGIN:VCALENDAR")
    assert part.headers["content-disposition"] == "attachment; filename*=UTF-8''visit.ics"
    assert sandbox.web.get(newest(sandbox) + "/attachments/1").status_code == 404


def test_a_mail_that_is_not_there_is_not_found(sandbox: RunningSandbox) -> None:
    assert sandbox.web.get("/mail/777777").status_code == 404
    assert sandbox.web.get("/mail/777777/raw").status_code == 404
    assert sandbox.web.get("/mail/" + "9" * 30).status_code == 404


def test_a_bouncing_or_busy_address_is_refused_as_a_provider_would(
    sandbox: RunningSandbox,
) -> None:
    with pytest.raises(smtplib.SMTPRecipientsRefused) as bounce:
        send(sandbox, to="x@bounce.example")
    with pytest.raises(smtplib.SMTPRecipientsRefused) as busy:
        send(sandbox, to="x@busy.example")
    assert bounce.value.recipients["x@bounce.example"][0] == 550
    assert busy.value.recipients["x@busy.example"][0] == 451


def test_a_broken_mail_is_kept_and_shown(sandbox: RunningSandbox) -> None:
    with smtplib.SMTP("127.0.0.1", sandbox.smtp_port, timeout=60) as smtp:
        smtp.sendmail("a@b.example", ["c@d.example"], b"\xff\xfe not a mail\r\n")
        smtp.sendmail(
            "a@b.example",
            ["c@d.example"],
            b"Content-Type: text/plain; charset=no-such\r\n\r\nhello\r\n",
        )
        smtp.sendmail(
            "a@b.example",
            ["c@d.example"],
            b"Content-Type: text/plain; charset=utf-7\r\n\r\nhalf +2AA- a letter\r\n",
        )
    assert sandbox.web.get(newest(sandbox)).status_code == 200
    assert len(sandbox.web.get("/api/mail").json()["items"]) == 3


def test_mail_can_be_cleared(sandbox: RunningSandbox) -> None:
    send(sandbox)
    assert sandbox.web.delete("/api/mail").json() == {"deleted": 1}
    assert sandbox.web.get("/api/mail").json() == {"items": []}


def test_a_restart_loses_nothing_and_only_the_newest_are_kept(
    tmp_path: Path, own_portal: Portal
) -> None:
    def run(work: Callable[[RunningSandbox], None]) -> None:
        running = start_sandbox(
            directory=tmp_path, portal_port=own_portal.port, PORTICO_SANDBOX_KEEP="2"
        )
        work(running)
        running.stop()

    def check(running: RunningSandbox) -> None:
        items = running.web.get("/api/mail").json()["items"]
        assert [mail["subject"] for mail in items] == ["three", "two"]

    run(lambda running: [send(running, subject=s) for s in ("one", "two", "three")])  # type: ignore[arg-type, return-value]
    run(check)


def test_the_process_stays_small(sandbox: RunningSandbox) -> None:
    for number in range(30):
        send(sandbox, subject=str(number))
    sandbox.web.get("/")
    assert psutil.Process(sandbox.process.pid).memory_info().rss < 80 * 1024 * 1024


def test_unusable_settings_stop_the_start_with_one_line(tmp_path: Path) -> None:
    import os
    import subprocess
    import sys

    ended = subprocess.run(
        [sys.executable, "-m", "portico_ops.sandbox"],
        env={**os.environ, "PORTICO_SANDBOX_PORT": "no", "PORTICO_SANDBOX_SMTP_PORT": "x"},
        capture_output=True,
        text=True,
        cwd=tmp_path,
        timeout=30,
    )
    assert ended.returncode == 2
    assert ended.stderr == (
        "sandbox: PORTICO_SANDBOX_PORT must be a whole number; "
        "PORTICO_SANDBOX_SMTP_PORT must be a whole number\n"
    )
