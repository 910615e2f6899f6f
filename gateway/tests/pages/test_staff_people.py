"""Who works here: adding a person, other roles, and leaving."""

from __future__ import annotations

from typing import Any

import pytest

from portico_contracts import identity
from portico_contracts.messaging import QueueCounts
from portico_contracts.refusal import NotFound

from .canned import AT, COUNTS
from .conftest import ACCOUNTS

DANA, RUTH = ACCOUNTS["dana"], ACCOUNTS["ruth"]
DANAS, RUTHS = f"/staff/people/{DANA}", f"/staff/people/{RUTH}"
FORM = {"first_name": "Nina", "last_name": "Duarte", "title": "RN", "roles": "nurse",
        "email": "nina@cedargrove.example", "mobile": "", "language": "es"}  # fmt: skip
LINK = {"staff_id": DANA, "channel": "mail", "expires_at": AT}
PERSON = {"staff_id": DANA, "first_name": "Dana", "last_name": "Whitfield", "title": "RN",
          "roles": ["nurse"], "logins": ["dana@cedargrove.example"], "joined_at": AT,
          "last_sign_in_at": AT, "link_until": None}  # fmt: skip


def member(asked: identity.ShowStaffMember) -> dict[str, Any]:
    if str(asked.staff_id) == RUTH:
        return {**PERSON, "staff_id": RUTH, "roles": ["practice_administrator"]}
    return PERSON


@pytest.fixture(autouse=True)
def house(services: Any) -> None:
    services.answers |= {
        QueueCounts: COUNTS,
        identity.ShowStaffMember: member,
        identity.AddStaff: LINK,
        identity.SendJoiningLink: LINK,
        identity.ChangeRoles: PERSON,
        identity.LetLeave: {"sessions_ended": 2},
        identity.PageOfStaff: {"items": [], "next": None},
    }


# ---- joining


def test_a_person_is_added_with_what_was_typed(ruth: Any, services: Any) -> None:
    assert "Add a person" in ruth.get("/staff/people").text
    answer = ruth.submit("/staff/people/add", **{**FORM, "roles": ["nurse", "billing", "king"]})
    assert answer.headers["location"] == f"{DANAS}?done=person-added"
    [asked] = services.requests(identity.AddStaff)
    assert asked.roles == ("nurse", "billing")
    assert (asked.first_name, asked.title, asked.language) == ("Nina", "RN", "es")
    assert services.keys(identity.AddStaff) == ["0192f00000key"]


@pytest.mark.parametrize(
    ("refusal", "field", "said"),
    [
        (identity.NoRole(), "roles", "Choose at least one role"),
        (identity.NoAddress(), "email", "Enter an email address or a mobile number"),
        (identity.LoginTaken(field="email"), "email", "signs in with this address already"),
        (identity.LoginTaken(field="mobile"), "mobile", "signs in with this number already"),
        (identity.NowhereToSend(field="mobile"), "mobile", "Enter a mobile number"),
    ],
)
def test_a_refusal_is_said_beside_its_field_and_what_was_typed_stays(
    ruth: Any, services: Any, refusal: Any, field: str, said: str
) -> None:
    services.answers[identity.AddStaff] = refusal
    answer = ruth.submit("/staff/people/add", **FORM)
    assert answer.status_code == 422
    assert said in answer.text and f'id="{field}-e"' in answer.text
    assert 'value="Duarte"' in answer.text and 'value="nurse" checked' in answer.text


def test_without_a_name_nobody_is_asked(ruth: Any, services: Any) -> None:
    answer = ruth.submit("/staff/people/add", **{**FORM, "first_name": " ", "last_name": ""})
    assert answer.status_code == 422 and "Enter the first name" in answer.text
    assert services.requests(identity.AddStaff) == []


def test_the_link_is_sent_again_to_who_never_signed_in(ruth: Any, services: Any) -> None:
    assert "Send the link again" not in ruth.get(DANAS).text
    services.answers[identity.ShowStaffMember] = {
        **PERSON, "last_sign_in_at": None, "link_until": AT,
    }  # fmt: skip
    assert "Send the link again" in ruth.get(DANAS).text
    answer = ruth.submit(f"{DANAS}/link")
    assert answer.headers["location"] == f"{DANAS}?done=person-link"
    services.answers[identity.SendJoiningLink] = identity.HasSignedIn()
    answer = ruth.submit(f"{DANAS}/link")
    assert answer.status_code == 409 and "They have signed in already" in answer.text


# ---- one who is here


def test_a_persons_page_leads_to_help_and_to_leaving(ruth: Any) -> None:
    page = ruth.get(DANAS).text
    for path in (f"{DANAS}/sign-in", f"{DANAS}/leave"):
        assert f'href="{path}"' in page
    assert 'value="nurse" checked' in page and "dana@cedargrove.example" in page


def test_ones_own_page_offers_neither(ruth: Any) -> None:
    page = ruth.get(RUTHS).text
    assert f"{RUTHS}/sign-in" not in page and f"{RUTHS}/leave" not in page
    assert 'value="practice_administrator" checked disabled' in page
    assert '<input type="hidden" name="roles" value="practice_administrator">' in page


def test_roles_are_changed(ruth: Any, services: Any) -> None:
    answer = ruth.submit(f"{DANAS}/roles", roles=["front_desk", "billing"])
    assert answer.headers["location"] == f"{DANAS}?done=roles-changed"
    [asked] = services.requests(identity.ChangeRoles)
    assert (str(asked.staff_id), asked.roles) == (DANA, ("front_desk", "billing"))


@pytest.mark.parametrize(
    ("refusal", "said"),
    [
        (identity.NoRole(), "Choose at least one role"),
        (identity.OwnAccount(), "Nobody can do this to their own account"),
        (identity.LastAdministrator(), "This is the only practice administrator"),
    ],
)
def test_roles_that_are_refused_say_why(ruth: Any, services: Any, refusal: Any, said: str) -> None:
    services.answers[identity.ChangeRoles] = refusal
    answer = ruth.submit(f"{DANAS}/roles")
    assert answer.status_code == refusal.status and said in answer.text


# ---- leaving


def test_what_will_happen_is_said_before_it_does(ruth: Any, services: Any) -> None:
    page = ruth.get(f"{DANAS}/leave").text
    for said in ("Does Dana Whitfield leave", "Their work goes back", "cannot be undone"):
        assert said in page
    assert services.requests(identity.LetLeave) == []


def test_one_post_closes_the_account(ruth: Any, services: Any) -> None:
    answer = ruth.submit(f"{DANAS}/leave")
    assert answer.headers["location"] == "/staff/people?done=person-left"
    [asked] = services.requests(identity.LetLeave)
    assert str(asked.staff_id) == DANA
    assert "The account is closed." in ruth.get(answer.headers["location"]).text


@pytest.mark.parametrize("refusal", [identity.OwnAccount(), identity.LastAdministrator()])
def test_who_may_not_leave_stays_and_the_page_says_why(
    ruth: Any, services: Any, refusal: Any
) -> None:
    services.answers[identity.LetLeave] = refusal
    answer = ruth.submit(f"{RUTHS}/leave")
    assert answer.status_code == 409 and "administrator" in answer.text


def test_nobody_unknown_leaves(ruth: Any, services: Any) -> None:
    services.answers[identity.ShowStaffMember] = NotFound()
    services.answers[identity.LetLeave] = NotFound()
    for answer in (ruth.get(DANAS), ruth.get(f"{DANAS}/leave"), ruth.submit(f"{DANAS}/leave")):
        assert answer.status_code == 404


@pytest.mark.parametrize("name", ["tom", "dana", "amara", "maria"])
def test_others_have_no_such_pages(sign_in: Any, services: Any, name: str) -> None:
    browser = sign_in(name)
    for path in ("/staff/people/add", DANAS, f"{DANAS}/leave"):
        assert browser.get(path).status_code in (403, 404)
    for path in ("/staff/people/add", f"{DANAS}/link", f"{DANAS}/roles", f"{DANAS}/leave"):
        assert browser.submit(path, **FORM).status_code in (403, 404)
    for kind in (identity.AddStaff, identity.LetLeave, identity.ChangeRoles):
        assert services.requests(kind) == []


# ---- at the door


def test_a_new_colleague_is_welcomed_and_chooses_a_password(stranger: Any, services: Any) -> None:
    services.answers[identity.OpenLink] = {"login": "nina@cedargrove.example", "until": AT}
    services.answers[identity.ChooseNewPassword] = {"kind": "staff"}
    page = stranger.get("/join/a-token").text
    assert "Welcome to" in page and 'action="/join/a-token"' in page
    assert "nina@cedargrove.example" in page
    answer = stranger.submit("/join/a-token", password="plum river lantern quilt")
    assert answer.headers["location"] == "/sign-in?done=password-chosen"
    [asked] = services.requests(identity.ChooseNewPassword)
    assert asked.secret == "a-token"


def test_a_link_that_has_ended_says_who_can_send_another(stranger: Any, services: Any) -> None:
    ended = identity.RecoveryEnded()
    services.answers |= {identity.OpenLink: ended, identity.ChooseNewPassword: ended}
    for answer in (
        stranger.get("/join/a-token"),
        stranger.submit("/join/a-token", password="plum river lantern quilt"),
    ):
        assert answer.status_code == 410 and "Your practice administrator" in answer.text
