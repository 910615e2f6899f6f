"""The real services with their timers stopped: what they hear is all that changes them.

``tests.chaos.listeners:Notifications`` and so on, for the kit's runner.
"""

from __future__ import annotations

import importlib
from typing import Any

from portico_kit.subscriptions import Subscription
from portico_kit.timers import Timer


def __getattr__(name: str) -> type[Any]:
    if name.startswith("_"):
        raise AttributeError(name)
    service = real(name.lower())
    stopped = dict.fromkeys(_with(Timer, service))
    return type(name, (service,), {"__module__": __name__, **stopped})


def real(service: str) -> type[Any]:
    """A service's class by its name."""
    found: type[Any] = getattr(importlib.import_module(f"{service}.service"), service.capitalize())
    return found


def events_heard(service: str) -> set[str]:
    """The routing keys that it has a reaction for."""
    kinds = _with(Subscription, real(service)).values()
    return {entrypoint.promise.routing_key for entrypoint in kinds}


def _with(kind: type[Any], service: type[Any]) -> dict[str, Any]:
    found = {}
    for name in dir(service):
        for entrypoint in getattr(getattr(service, name), "nameko_entrypoints", ()):
            if isinstance(entrypoint, kind):
                found[name] = entrypoint
    return found


SETTINGS = {
    "PORTICO_SMTP_URL": "smtp://127.0.0.1:9",
    "PORTICO_MAIL_FROM": "portal@cedargrove.example",
    "PORTICO_SMS_URL": "http://127.0.0.1:9",
    "PORTICO_SMS_ACCOUNT": "none",
    "PORTICO_SMS_TOKEN": "none",
    "PORTICO_SMS_FROM": "+15550100100",
    "PORTICO_CARD_URL": "http://127.0.0.1:9",
    "PORTICO_CARD_SECRET": "none",
    "PORTICO_CARD_WEBHOOK_SECRET": "none",
    "PORTICO_PEPPER": "none",
}
