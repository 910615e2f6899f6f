"""Who works here: the list, joining, other roles, leaving. For the practice administrator."""

from __future__ import annotations

from typing import Any, get_args
from uuid import UUID

from starlette.responses import Response

from gateway.i18n import LANGUAGES, N_
from gateway.routing import staff
from gateway.web import Visitor
from portico_contracts import identity
from portico_contracts.refusal import Refusal

from .invitations import NO_ADDRESS
from .shell import ADMINISTRATOR, needed, with_menu

ROLES: tuple[identity.Role, ...] = get_args(identity.Role)
NO_ROLE = N_("Choose at least one role")
FIELDS = {"first_name": 100, "last_name": 100, "title": 40, "email": 254, "mobile": 32}
TAKEN = {
    "email": N_("Somebody signs in with this address already"),
    "mobile": N_("Somebody signs in with this number already"),
}
WHY_NOT = {
    identity.OwnAccount: N_("Nobody can do this to their own account. Ask another administrator."),
    identity.LastAdministrator: N_(
        "This is the only practice administrator. Give the role to somebody else first."
    ),
    identity.HasSignedIn: N_("They have signed in already. Help them with a code instead."),
    identity.NoAddress: N_("There is no address that a link could go to."),
}


async def people(visitor: Visitor) -> Response:
    """The staff, by name."""
    [found] = await with_menu(visitor, identity.PageOfStaff(cursor=visitor.query.get("cursor")))
    return visitor.render("staff/people.html", found=found)


# --- joining ----------------------------------------------------------------------------------


async def ask_joiner(visitor: Visitor) -> Response:
    """The form for a new colleague."""
    await with_menu(visitor)
    return _joiner_page(visitor, dict.fromkeys(FIELDS, "") | {"language": "en"})


async def add(visitor: Visitor) -> Response:
    """Make the account, and have the link sent."""
    form = {name: visitor.form.get(name, "").strip()[:most] for name, most in FIELDS.items()}
    chosen = visitor.form.get("language", "")
    form["language"] = chosen if chosen in LANGUAGES else "en"
    if not form["first_name"]:
        visitor.wrong("first_name", N_("Enter the first name"))
    if not form["last_name"]:
        visitor.wrong("last_name", N_("Enter the last name"))
    if not visitor.errors:
        added = await _added(visitor, form)
        if added is not None:
            return visitor.go(f"/staff/people/{added['staff_id']}", done="person-added")
    await with_menu(visitor)
    return _joiner_page(visitor, form, status=422)


async def _added(visitor: Visitor, form: dict[str, str]) -> dict[str, Any] | None:
    """What identity made; None with words beside the fields where it refused."""
    asked = identity.AddStaff(**{**form, "roles": _roles(visitor)})  # type: ignore[arg-type]
    try:
        made: dict[str, Any] = await visitor.ask(asked)
        return made
    except identity.NoRole:
        visitor.wrong("roles", NO_ROLE)
    except identity.NoAddress:
        visitor.wrong("email", N_("Enter an email address or a mobile number"))
    except identity.NowhereToSend as refusal:
        field = refusal.facts.get("field", "email")
        visitor.wrong(field, NO_ADDRESS[field])
    except identity.LoginTaken as refusal:
        field = refusal.facts.get("field", "email")
        visitor.wrong(field, TAKEN[field])
    return None


def _joiner_page(visitor: Visitor, form: dict[str, str], *, status: int = 200) -> Response:
    chosen = _roles(visitor)
    return visitor.render(
        "staff/person_add.html", status_code=status, form=form, roles=ROLES, chosen=chosen
    )


async def send_link(visitor: Visitor) -> Response:
    """Send a fresh link to who has never signed in."""
    try:
        await visitor.ask(identity.SendJoiningLink(staff_id=_id(visitor)))
    except (identity.HasSignedIn, identity.NoAddress) as refusal:
        return await _refused(visitor, refusal)
    return visitor.go(_root(visitor), done="person-link")


# --- one who is here --------------------------------------------------------------------------


async def show(visitor: Visitor) -> Response:
    """Their roles, how they sign in, and what can be done."""
    return await _page(visitor)


async def change_roles(visitor: Visitor) -> Response:
    """Give them other roles."""
    try:
        await visitor.ask(identity.ChangeRoles(staff_id=_id(visitor), roles=_roles(visitor)))
    except identity.NoRole:
        visitor.wrong("roles", NO_ROLE)
        return await _page(visitor, chosen=(), status=422)
    except (identity.OwnAccount, identity.LastAdministrator) as refusal:
        return await _refused(visitor, refusal)
    return visitor.go(_root(visitor), done="roles-changed")


async def ask_leave(visitor: Visitor) -> Response:
    """What will happen, before it does."""
    [found] = await with_menu(visitor, identity.ShowStaffMember(staff_id=_id(visitor)))
    return visitor.render("staff/person_leave.html", person=needed(found), root=_root(visitor))


async def let_leave(visitor: Visitor) -> Response:
    """Close the account."""
    try:
        await visitor.ask(identity.LetLeave(staff_id=_id(visitor)))
    except (identity.OwnAccount, identity.LastAdministrator) as refusal:
        return await _refused(visitor, refusal)
    return visitor.go("/staff/people", done="person-left")


async def _refused(visitor: Visitor, refusal: Refusal) -> Response:
    visitor.conflict = visitor.told(WHY_NOT[type(refusal)])
    return await _page(visitor, status=refusal.status)


async def _page(
    visitor: Visitor, *, chosen: tuple[str, ...] | None = None, status: int = 200
) -> Response:
    [found] = await with_menu(visitor, identity.ShowStaffMember(staff_id=_id(visitor)))
    person = needed(found)
    return visitor.render(
        "staff/person.html",
        status_code=status,
        person=person,
        root=_root(visitor),
        roles=ROLES,
        chosen=person["roles"] if chosen is None else chosen,
    )


def _roles(visitor: Visitor) -> tuple[identity.Role, ...]:
    chosen = visitor.lists.get("roles", [])
    return tuple(role for role in ROLES if role in chosen)


def _id(visitor: Visitor) -> UUID:
    staff_id: UUID = visitor.path["staff_id"]  # type: ignore[assignment]
    return staff_id


def _root(visitor: Visitor) -> str:
    return f"/staff/people/{_id(visitor)}"


ONE = "/people/{staff_id:uuid}"
ROUTES = [
    staff("/people", people, roles=ADMINISTRATOR, here="people"),
    staff("/people/add", ask_joiner, add, roles=ADMINISTRATOR, here="people"),
    staff(ONE, show, roles=ADMINISTRATOR, here="people"),
    staff(ONE + "/link", post=send_link, roles=ADMINISTRATOR, here="people"),
    staff(ONE + "/roles", post=change_roles, roles=ADMINISTRATOR, here="people"),
    staff(ONE + "/leave", ask_leave, let_leave, roles=ADMINISTRATOR, here="people"),
]
