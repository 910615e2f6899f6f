"""Rendering a page with the headers that keep what it shows harmless."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

HERE = Path(__file__).parent.parent
LINK = re.compile(r"https?://[^\s<>\"']+[^\s<>\"'.,;:!?)\]]")


def linked(text: str) -> Markup:
    """Plain text, made safe, with its web addresses as links."""
    pieces, end = [], 0
    for found in LINK.finditer(text):
        url = escape(found[0])
        pieces += [escape(text[end : found.start()]), Markup(f'<a href="{url}">{url}</a>')]
        end = found.end()
    return Markup("").join([*pieces, escape(text[end:])])


def ago(stamp: str) -> str:
    """How long ago an ISO time was, in words."""
    seconds = int((datetime.now(UTC) - datetime.fromisoformat(stamp)).total_seconds())
    for size, word in ((86400, "day"), (3600, "hour"), (60, "minute")):
        if seconds >= size:
            count = seconds // size
            return f"{count} {word}{'s' if count > 1 else ''} ago"
    return "just now"


def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(linked=linked, ago=ago)
    return environment


TEMPLATES = _environment()


def render(
    request: Request,
    template: str,
    view: dict[str, Any],
    *,
    status: int = 200,
    form_targets: str = "",
) -> Response:
    """One page. `form_targets` names an origin that a form's answer may lead to."""
    html = TEMPLATES.get_template(template).render(path=request.url.path, **view)
    return HTMLResponse(html, status, headers=_headers(form_targets))


def not_found(request: Request) -> Response:
    """The page for what is not there, or no longer."""
    return render(request, "missing.html", {}, status=404)


def _headers(form_targets: str) -> dict[str, str]:
    policy = (
        "default-src 'none'; style-src 'self'; img-src 'self'; frame-src 'self'; "
        f"form-action 'self' {form_targets}; base-uri 'none'; frame-ancestors 'none'"
    )
    return {
        "Content-Security-Policy": policy,
        "Cache-Control": "no-store",
        "Referrer-Policy": "no-referrer",
        "X-Content-Type-Options": "nosniff",
    }
