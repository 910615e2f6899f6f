"""The patient's own account: settings, language, devices, who looked, the menu, and search."""

from __future__ import annotations

from starlette.responses import Response

from gateway.given import id_of
from gateway.i18n import LANGUAGES
from gateway.places import find
from gateway.recovery_words import told
from gateway.routing import account, anyone, safe_next
from gateway.web import LANGUAGE_COOKIE, Visitor
from portico_contracts.identity import (
    ChangeLanguage,
    EndSession,
    LedgerPage,
    ListSessions,
    ShowAccount,
)

A_YEAR = 365 * 24 * 3600


async def show(visitor: Visitor) -> Response:
    """Settings."""
    [found] = await visitor.ask_all(ShowAccount())
    return visitor.render("patient/account.html", account=found)


async def activity(visitor: Visitor) -> Response:
    """Who looked at my record, when, and at what."""
    [found] = await visitor.ask_all(LedgerPage(cursor=visitor.query.get("cursor")))
    shown = found and {**found, "items": [told(entry) for entry in found["items"]]}
    return visitor.render("patient/activity.html", ledger=shown)


async def devices(visitor: Visitor) -> Response:
    """Where I am signed in."""
    [found] = await visitor.ask_all(ListSessions())
    return visitor.render("patient/devices.html", sessions=found)


async def end_device(visitor: Visitor) -> Response:
    """Sign one device out, or all others."""
    named = visitor.form.get("session_id")
    await visitor.ask(EndSession(session_id=id_of(named)))
    return visitor.go("/account/devices", done="signed-out-device")


async def language(visitor: Visitor) -> Response:
    """Choose the language."""
    return visitor.render("patient/language.html")


async def change_language(visitor: Visitor) -> Response:
    """Keep it with the account: pages, mail and texts follow."""
    wanted = visitor.form.get("language", "")
    if wanted not in LANGUAGES:
        return visitor.go("/account/language")
    await visitor.ask(ChangeLanguage(language="es" if wanted == "es" else "en"))
    visitor.house.sessions.forget(visitor.secret)
    response = visitor.go("/account", done="saved")
    _keep_language(response, wanted)
    return response


async def switch(visitor: Visitor) -> Response:
    """The language link in every footer: for this browser, and for the account if there is one.

    Another site's link changes nothing in an account.
    """
    wanted = visitor.query.get("to", "")
    elsewhere = visitor.request.headers.get("sec-fetch-site") in ("cross-site", "same-site")
    if wanted in LANGUAGES and visitor.session is not None and not elsewhere:
        await visitor.ask(ChangeLanguage(language="es" if wanted == "es" else "en"))
        visitor.house.sessions.forget(visitor.secret)
    response = visitor.go(safe_next(visitor.query.get("next"), otherwise="/"))
    if wanted in LANGUAGES:
        _keep_language(response, wanted)
    return response


def _keep_language(response: Response, language: str) -> None:
    response.set_cookie(LANGUAGE_COOKIE, language, max_age=A_YEAR, path="/", samesite="lax")


async def menu(visitor: Visitor) -> Response:
    """Every page with one line of help."""
    visitor.here = "menu"
    return visitor.render("patient/menu.html")


async def search(visitor: Visitor) -> Response:
    """Find a page by words."""
    q = visitor.query.get("q", "").strip()[:80]
    return visitor.render("patient/search.html", q=q, found=find(q, language=visitor.lang))


ROUTES = [
    account("/account", show),
    account("/account/activity", activity),
    account("/account/devices", devices),
    account("/account/devices/end", None, end_device),
    account("/account/language", language, change_language),
    account("/menu", menu),
    account("/search", search),
    anyone("/language", switch),
]
