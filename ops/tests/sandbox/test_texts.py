from __future__ import annotations

import base64
import hashlib
import hmac
from urllib.parse import parse_qsl

import httpx
import pytest

from .conftest import SMS_ACCOUNT, SMS_TOKEN, Portal, RunningSandbox

PATH = f"/2010-04-01/Accounts/{SMS_ACCOUNT}/Messages.json"
FORM = {"To": "+15550100111", "From": "+15550100100", "Body": "Your code is 123456."}


def send(sandbox: RunningSandbox, token: str | None = None, **changes: str) -> httpx.Response:
    headers = {"I-Twilio-Idempotency-Token": token} if token else {}
    return sandbox.web.post(
        PATH, data={**FORM, **changes}, headers=headers, auth=(SMS_ACCOUNT, SMS_TOKEN)
    )


def test_a_text_is_taken_in_twilios_shape(sandbox: RunningSandbox) -> None:
    reply = send(sandbox)
    assert reply.status_code == 201
    body = reply.json()
    assert body["status"] == "queued" and body["sid"].startswith("SM") and len(body["sid"]) == 34
    fetched = sandbox.web.get(body["uri"], auth=(SMS_ACCOUNT, SMS_TOKEN)).json()
    assert fetched["status"] == "delivered"


def test_texts_can_be_read_by_recipient_and_seen_on_the_page(sandbox: RunningSandbox) -> None:
    send(sandbox)
    send(sandbox, To="+15550100122", Body="<i>Otra</i> http://127.0.0.1:8000/i/x")
    (text,) = sandbox.web.get("/api/texts", params={"to": "+15550100111"}).json()["items"]
    assert text["body"] == "Your code is 123456."
    page = sandbox.web.get("/texts").text
    assert "&lt;i&gt;Otra" in page and '<a href="http://127.0.0.1:8000/i/x">' in page
    assert sandbox.web.delete("/api/texts").json() == {"deleted": 2}


def test_the_same_token_sends_once(sandbox: RunningSandbox) -> None:
    first, second = send(sandbox, token="delivery-1"), send(sandbox, token="delivery-1")
    assert first.json()["sid"] == second.json()["sid"]
    assert len(sandbox.web.get("/api/texts").json()["items"]) == 1


def test_the_status_is_called_back_in_order_and_signed(
    sandbox: RunningSandbox, portal: Portal
) -> None:
    url = f"http://127.0.0.1:{portal.port}/hooks/sms?d=1"
    sid = send(sandbox, StatusCallback=url).json()["sid"]
    calls = [portal.next_call(), portal.next_call()]
    forms = [dict(parse_qsl(call.body.decode())) for call in calls]
    assert [form["MessageStatus"] for form in forms] == ["sent", "delivered"]
    assert {form["MessageSid"] for form in forms} == {sid}
    signed = url + "".join(name + forms[0][name] for name in sorted(forms[0]))
    expected = base64.b64encode(hmac.digest(SMS_TOKEN.encode(), signed.encode(), hashlib.sha1))
    assert calls[0].headers["x-twilio-signature"] == expected.decode()


def test_a_text_that_never_arrives_is_told_as_undelivered(
    sandbox: RunningSandbox, portal: Portal
) -> None:
    send(sandbox, To="+15005550030", StatusCallback=f"http://127.0.0.1:{portal.port}/hooks/sms")
    portal.next_call()
    form = dict(parse_qsl(portal.next_call().body.decode()))
    assert (form["MessageStatus"], form["ErrorCode"]) == ("undelivered", "30003")


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"To": ""}, 21604),
        ({"From": ""}, 21603),
        ({"Body": ""}, 21602),
        ({"Body": "x" * 1601}, 21617),
        ({"To": "555"}, 21211),
        ({"To": "+15005550001"}, 21211),
        ({"To": "+15005550004"}, 21610),
        ({"To": "+15005550009"}, 21614),
    ],
)
def test_what_twilio_refuses_is_refused(
    sandbox: RunningSandbox, changes: dict[str, str], code: int
) -> None:
    reply = send(sandbox, **changes)
    assert (reply.status_code, reply.json()["code"]) == (400, code)
    assert sandbox.web.get("/api/texts").json() == {"items": []}


@pytest.mark.parametrize("auth", [None, (SMS_ACCOUNT, "wrong"), ("ACother", SMS_TOKEN)])
def test_a_wrong_key_is_refused(sandbox: RunningSandbox, auth: tuple[str, str] | None) -> None:
    reply = sandbox.web.post(PATH, data=FORM, auth=auth)
    assert (reply.status_code, reply.json()["code"]) == (401, 20003)


def test_an_oversize_form_is_refused(sandbox: RunningSandbox) -> None:
    assert send(sandbox, Body="x" * 100_000).status_code == 413
