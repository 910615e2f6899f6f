"""`portico invite`: invite a patient as the front desk does, by the portal's own API."""

from __future__ import annotations

from typing import Annotated, Any

import typer

DEADLINE = 20.0


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(invite)


def invite(
    patient: Annotated[str, typer.Argument(help="Name, birth date or id, as in the search.")],
    login: Annotated[
        str, typer.Option("--as", envvar="PORTICO_LOGIN", help="Your own staff sign-in.")
    ],
    password: Annotated[str, typer.Option(envvar="PORTICO_PASSWORD", prompt=True, hide_input=True)],
    email: Annotated[str | None, typer.Option(help="Instead of the record's address.")] = None,
    mobile: Annotated[str | None, typer.Option(help="Instead of the record's number.")] = None,
    url: Annotated[
        str | None, typer.Option(envvar="PORTICO_PUBLIC_URL", help="Another portal's address.")
    ] = None,
) -> None:
    """Send a patient their code; prints it once, for the printed letter.

    Exit status 1: nobody or several fit, or the portal refused; the reason is printed.
    """
    import httpx

    from portico_ops.lifecycle import installation_here

    address = url or installation_here().public_url
    try:
        with httpx.Client(base_url=f"{address}/api/v1", timeout=DEADLINE) as portal:
            session = _ask(portal, "POST", "/sessions", {"login": login, "password": password})
            portal.headers["Authorization"] = f"Bearer {session['session']}"
            found = _one(_ask(portal, "GET", "/patients", {"q": patient})["items"], patient)
            _send(portal, found["patient_id"], email=email, mobile=mobile)
    except (httpx.TransportError, httpx.InvalidURL):
        _give_up(f"The portal at {address} does not answer.")


def _send(portal: Any, patient_id: str, *, email: str | None, mobile: str | None) -> None:
    shown = _ask(portal, "GET", f"/patients/{patient_id}", {})
    given, _, _ = (shown["given"] or "").partition(" ")
    made = _ask(
        portal,
        "POST",
        f"/patients/{patient_id}/invitations",
        {
            "first_name": given or shown["name"],
            "last_name": shown["family"] or shown["name"],
            "birth_date": shown["birth_date"],
            "email": email or shown["email"],
            "mobile": mobile or shown["mobile"],
            "language": shown["language"] if shown["language"] in ("en", "es") else "en",
        },
    )
    sent = " and ".join(made["channels"]) or "nowhere: there is no address; hand the code over"
    typer.echo(f"Code {made['code']}, good until {made['expires_at'][:10]}. Sent by {sent}.")


def _one(found: list[dict[str, Any]], asked: str) -> dict[str, Any]:
    if len(found) != 1:
        _give_up(f"{len(found) or 'No'} patients fit {asked!r}; give the birth date or the id.")
    return found[0]


def _ask(portal: Any, method: str, path: str, given: dict[str, Any]) -> Any:
    where = {"params": given} if method == "GET" else {"json": given}
    answer = portal.request(method, path, **where)
    if answer.is_success:
        return answer.json()
    _give_up(_refusal(answer))
    return None


def _refusal(answer: Any) -> str:
    try:
        problem = answer.json()
        return f"{problem['detail']} ({problem['code']}, reference {problem['reference']})"
    except (ValueError, KeyError, TypeError):
        return f"{answer.url.host} answers with {answer.status_code}, and not as a portal does."


def _give_up(reason: str) -> None:
    typer.echo(reason, err=True)
    raise typer.Exit(1)
