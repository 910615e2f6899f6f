"""Headers on every answer, as DESIGN §14 lists them; ASGI, no per-request objects."""

from __future__ import annotations

from typing import Any


def policy(*, form_action: str = "") -> str:
    """The content security policy; ``form_action`` adds one host to one route's forms."""
    forms = f"'self' {form_action}".strip()
    return (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
        "font-src 'self'; connect-src 'self'; manifest-src 'self'; worker-src 'self'; "
        f"form-action {forms}; base-uri 'none'; frame-ancestors 'none'"
    )


ALWAYS = [
    (b"content-security-policy", policy().encode()),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(), microphone=(), geolocation=(), payment=()"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"x-frame-options", b"DENY"),
]
TRANSPORT = (b"strict-transport-security", b"max-age=63072000; includeSubDomains")
PRIVATE = (b"cache-control", b"no-store")


class SecurityHeaders:
    """Adds the headers; whatever says nothing of caching is not cached anywhere."""

    def __init__(self, app: Any, *, secure: bool) -> None:
        self._app = app
        self._headers = [*ALWAYS, TRANSPORT] if secure else ALWAYS

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def send_with_headers(message: Any) -> None:
            if message["type"] == "http.response.start":
                given = message["headers"] = list(message.get("headers", []))
                names = {name.lower() for name, _ in given}
                given += [pair for pair in self._headers if pair[0] not in names]
                if b"cache-control" not in names:
                    given.append(PRIVATE)
            await send(message)

        await self._app(scope, receive, send_with_headers)
