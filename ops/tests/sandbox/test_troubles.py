"""Bad days can be switched on and off, and every attempt is written down with its reference."""

from __future__ import annotations

import smtplib
import socket
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qsl

import httpx
import pytest

from .conftest import SMS_ACCOUNT, SMS_TOKEN, Portal, RunningSandbox

PATH = f"/2010-04-01/Accounts/{SMS_ACCOUNT}/Messages.json"
MAIL = "Message-ID: <{}@cedargrove.example>\r\nSubject: x\r\n\r\nHello\r\n"


@pytest.fixture
def sandbox(sandbox: RunningSandbox) -> Iterator[RunningSandbox]:
    """The shared sandbox, well again afterwards."""
    yield sandbox
    sandbox.web.delete("/api/troubles")


def begin(sandbox: RunningSandbox, place: str, name: str, **more: Any) -> None:
    reply = sandbox.web.put(f"/api/troubles/{place}", json={"name": name, **more})
    assert reply.status_code == 200, reply.text


def send_mail(sandbox: RunningSandbox, reference: str) -> None:
    with smtplib.SMTP("127.0.0.1", sandbox.smtp_port, timeout=2) as smtp:
        smtp.sendmail("p@cedargrove.example", ["maria@cedargrove.example"], MAIL.format(reference))


def send_text(sandbox: RunningSandbox, token: str, **more: Any) -> httpx.Response:
    form = {"To": "+15550100111", "From": "+15550100100", "Body": "Hello", **more}
    headers = {"I-Twilio-Idempotency-Token": token}
    auth = (SMS_ACCOUNT, SMS_TOKEN)
    return sandbox.web.post(PATH, data=form, headers=headers, auth=auth, timeout=2)


def sends(sandbox: RunningSandbox, channel: str, reference: str) -> list[str]:
    found = sandbox.web.get("/api/sends", params={"channel": channel, "reference": reference})
    return [send["outcome"] for send in found.json()["items"]]


def kept(sandbox: RunningSandbox, what: str) -> int:
    return len(sandbox.web.get(f"/api/{what}").json()["items"])


@pytest.mark.parametrize(
    ("name", "code"),
    [("421_at_connect", 421), ("421_after_data", 421), ("450", 450), ("550", 550)],
)
def test_a_mail_server_on_a_bad_day_refuses_so_often_as_it_was_told(
    sandbox: RunningSandbox, name: str, code: int
) -> None:
    begin(sandbox, "mail", name, times=1)
    with pytest.raises(smtplib.SMTPException) as refused:
        send_mail(sandbox, f"bad-{name}")
    assert str(code) in str(refused.value)
    assert kept(sandbox, "mail") == 0
    send_mail(sandbox, f"bad-{name}")
    assert kept(sandbox, "mail") == 1


@pytest.mark.parametrize(("name", "arrived"), [("hang", 0), ("keep_and_hang", 1), ("drop", 0)])
def test_what_gets_no_answer_or_a_false_one_is_written_down(
    sandbox: RunningSandbox, name: str, arrived: int
) -> None:
    begin(sandbox, "mail", name)
    begin(sandbox, "texts", name)
    if name == "drop":
        send_mail(sandbox, name)
        assert send_text(sandbox, name).status_code == 201
    else:
        with pytest.raises((smtplib.SMTPException, socket.timeout)):
            send_mail(sandbox, name)
        with pytest.raises(httpx.ReadTimeout):
            send_text(sandbox, name)
    assert (kept(sandbox, "mail"), kept(sandbox, "texts")) == (arrived, arrived)
    assert sends(sandbox, "mail", f"<{name}@cedargrove.example>") == [name]
    assert sends(sandbox, "text", name) == [name]


@pytest.mark.parametrize("name", ["429", "500", "503"])
def test_a_text_provider_on_a_bad_day_says_when_to_come_again(
    sandbox: RunningSandbox, name: str
) -> None:
    begin(sandbox, "texts", name, seconds=7, times=1)
    reply = send_text(sandbox, f"bad-{name}")
    assert reply.status_code == int(name)
    assert reply.headers.get("retry-after") == (None if name == "500" else "7")
    assert send_text(sandbox, f"bad-{name}").status_code == 201
    assert sends(sandbox, "text", f"bad-{name}") == [name, "kept"]


def reports(portal: Portal, sid: str, count: int) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    while len(found) < count:
        call = portal.next_call()
        form = dict(parse_qsl(call.body.decode()))
        if form.get("MessageSid") == sid:
            found.append((form["MessageStatus"], call.headers["x-twilio-signature"]))
    return found


@pytest.mark.parametrize(
    ("name", "order"),
    [
        ("doubled", ["sent", "delivered", "sent", "delivered"]),
        ("backwards", ["delivered", "sent"]),
    ],
)
def test_reports_can_come_twice_or_backwards(
    sandbox: RunningSandbox, portal: Portal, name: str, order: list[str]
) -> None:
    begin(sandbox, "reports", name)
    url = f"http://127.0.0.1:{portal.port}/hooks/sms"
    sid = send_text(sandbox, f"reported-{name}", StatusCallback=url).json()["sid"]
    assert [status for status, _signature in reports(portal, sid, len(order))] == order


def test_a_forged_report_comes_beside_the_true_ones(
    sandbox: RunningSandbox, portal: Portal
) -> None:
    begin(sandbox, "reports", "forged")
    url = f"http://127.0.0.1:{portal.port}/hooks/sms"
    sid = send_text(sandbox, "reported-forged", StatusCallback=url).json()["sid"]
    found = reports(portal, sid, 3)
    assert {status for status, _signature in found} == {"failed", "sent", "delivered"}
    assert len({signature for _status, signature in found}) == 3


@pytest.mark.parametrize(
    ("place", "wanted"),
    [
        ("mail", {"name": "429"}), ("letters", {"name": "450"}), ("mail", {}), ("mail", []),
        ("mail", {"name": "450", "times": 0}), ("mail", {"name": "hang", "seconds": -1}),
        ("mail", {"name": ["450"]}),
    ],
)  # fmt: skip
def test_a_trouble_that_nobody_knows_is_refused(
    sandbox: RunningSandbox, place: str, wanted: Any
) -> None:
    assert sandbox.web.put(f"/api/troubles/{place}", json=wanted).status_code == 400
    assert sandbox.web.get("/api/troubles").json()["now"] == {}
