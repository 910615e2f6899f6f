"""What may be changed in a contract, and what may not."""

from datetime import datetime
from typing import Literal, NotRequired, TypedDict
from uuid import UUID

import pytest

from portico_contracts.event import REGISTRY, event, promise_of
from portico_contracts.fields import Contact, Plain, Sealed
from portico_contracts.golden import __main__ as command
from portico_contracts.golden.files import golden_event, golden_request, keep, read
from portico_contracts.rpc import between, order_of, request, text

pytestmark = pytest.mark.usefixtures("own_contracts")


def told(**hints):
    """An event with these fields besides its id."""
    namespace = {"__annotations__": {"thing_id": Plain[UUID], **hints}, "__module__": __name__}
    for name in [name for name, hint in hints.items() if isinstance(hint, tuple)]:
        namespace["__annotations__"][name], namespace[name] = hints[name]
    made = type("ThingTold", (), namespace)
    declared = event("things", aggregate="thing_id", heard_by=("others",))(made)
    return golden_event(promise_of(declared))


def asked(*, reply=None, **hints):
    """A request with these fields."""
    namespace = {"__annotations__": {}, "__module__": __name__}
    for name, hint in hints.items():
        namespace["__annotations__"][name] = hint[0] if isinstance(hint, tuple) else hint
        if isinstance(hint, tuple):
            namespace[name] = hint[1]
    made = type("AskThing", (), namespace)
    from portico_contracts.rpc import REGISTRY

    REGISTRY.pop("things.ask_thing", None)
    return golden_request(order_of(request("things", reply=reply)(made)))


BEFORE = {"what": Plain[str], "at": Plain[datetime], "mode": Plain[Literal["near", "far"]]}


@pytest.mark.parametrize(
    ("after", "problem"),
    [
        ({"at": Plain[datetime], "mode": BEFORE["mode"]}, "data.what may be missing"),
        ({"thing": Plain[str], "at": Plain[datetime], "mode": BEFORE["mode"]}, "data.what"),
        ({**BEFORE, "at": Plain[str]}, "data.at is not a date-time any more"),
        ({**BEFORE, "at": Plain[int]}, "data.at is integer instead of string"),
        ({**BEFORE, "what": Plain[str | None]}, "data.what may be null"),
        ({**BEFORE, "what": Sealed[str]}, "data.what is sealed instead of plain"),
        ({**BEFORE, "more": Plain[str]}, "data.more may be missing"),
        ({**BEFORE, "mode": Plain[Literal["near", "far", "gone"]]}, "data.mode may be 'gone'"),
        ({**BEFORE, "mode": Plain[Literal["near"]]}, "data.mode may be 'far'"),
    ],
    ids=[
        "removed", "renamed", "other format", "other type", "may be null", "other kind",
        "required and new", "new word", "word taken away",
    ],
)  # fmt: skip
def test_a_change_that_breaks_someone_is_refused(after, problem, tmp_path):
    keep(told(**BEFORE), tmp_path)
    stored = _contents(tmp_path)
    changed = told(**after)
    assert any(p.startswith(problem) for p in changed.problems(tmp_path))
    assert keep(changed, tmp_path) == "refused"
    assert _contents(tmp_path) == stored


def test_a_field_with_a_default_may_be_added_and_is_kept_from_then_on(tmp_path):
    keep(told(**BEFORE), tmp_path)
    sample = read(tmp_path / "ThingTold.v1.json")
    widened = told(**BEFORE, note=(Plain[str | None], None))
    assert keep(widened, tmp_path) == "widened"
    assert read(tmp_path / "ThingTold.v1.json") == sample
    assert keep(told(**BEFORE), tmp_path) == "refused"


def test_what_is_new_is_added_and_what_is_unchanged_is_left_alone(tmp_path):
    assert keep(told(**BEFORE), tmp_path) == "added"
    assert keep(told(**BEFORE), tmp_path) == "unchanged"


class Found(TypedDict):
    name: str
    rank: int


class FoundMore(Found):
    nick: NotRequired[str]
    born: str


class FoundLess(TypedDict):
    name: str


ASKED = {"name": (str, text(longest=20)), "rank": (int, between(1, 9, default=1))}


@pytest.mark.parametrize(
    ("after", "reply"),
    [
        ({**ASKED, "name": (str, text(longest=40))}, Found),
        ({**ASKED, "name": (str | None, text(longest=20, default=None))}, Found),
        ({**ASKED, "rank": (int, between(0, 9, default=1))}, Found),
        ({**ASKED, "mode": (str, text(longest=9, default=""))}, Found),
        (ASKED, FoundMore),
    ],
    ids=["longer text", "now optional", "wider range", "optional and new", "more in the reply"],
)
def test_a_request_may_take_more_and_its_reply_tell_more(after, reply, tmp_path):
    keep(asked(reply=Found, **ASKED), tmp_path)
    assert asked(reply=reply, **after).problems(tmp_path) == []


@pytest.mark.parametrize(
    ("after", "reply", "problem"),
    [
        ({**ASKED, "name": (str, text(longest=10))}, Found, "request: name has maxLength 20"),
        ({"rank": ASKED["rank"]}, Found, "request: name is not known"),
        ({**ASKED, "mode": (str, text(longest=9))}, Found, "request: mode may be missing"),
        ({**ASKED, "rank": (int, between(1, 5, default=1))}, Found, "request: rank has maximum 9"),
        (ASKED, FoundLess, "reply: rank may be missing"),
        (ASKED, None, "reply:  is null instead of object"),
    ],
    ids=["shorter", "field gone", "required and new", "narrower", "less told", "nothing told"],
)
def test_a_request_may_not_take_less_nor_its_reply_tell_less(after, reply, problem, tmp_path):
    keep(asked(reply=Found, **ASKED), tmp_path)
    assert any(p.startswith(problem) for p in asked(reply=reply, **after).problems(tmp_path))


def test_the_command_keeps_everything_once_and_then_has_nothing_to_do(tmp_path, capsys):
    assert command.main(tmp_path) == 0
    assert "added AppointmentBooked.v1" in capsys.readouterr().out
    assert command.main(tmp_path) == 0
    assert capsys.readouterr().out == ""


def test_the_command_says_who_would_be_broken_and_fails(tmp_path, capsys):
    command.main(tmp_path)
    path = tmp_path / "AppointmentBooked.v1.schema.json"
    path.write_text(path.read_text().replace('"booked_by"', '"asked_by"'))
    assert command.main(tmp_path) == 1
    said = capsys.readouterr().err
    assert "AppointmentBooked.v1: data.asked_by" in said
    assert "raise\n`version`" in said


def _contents(folder):
    return {path.name: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_contact_data_stay_contact_data(tmp_path):
    # Only ContactDetailsChanged may carry them at all, so its kinds must not slip to plain.
    def details(kind):
        namespace = {"__annotations__": {"person_id": Plain[UUID], "name": kind}}
        made = type("ContactDetailsChanged", (), {**namespace, "__module__": __name__})
        REGISTRY.pop("ContactDetailsChanged.v1")
        declared = event("things", aggregate="person_id", heard_by=("others",))(made)
        return golden_event(promise_of(declared))

    keep(details(Contact[str]), tmp_path)
    assert keep(details(Plain[str]), tmp_path) == "refused"
