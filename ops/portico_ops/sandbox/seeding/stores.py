"""The services' databases, each under its service's own role and with its own settings."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

from messaging.config import Settings as MessagingSettings
from portico_kit.database import Store
from portico_kit.settings import Settings, SettingsMissing, read, text_of

SEEDED = ("identity", "records", "scheduling", "messaging", "billing")


@dataclass(frozen=True, kw_only=True)
class Stores:
    """One for each service that the seed writes to; notifications learns from events."""

    identity: Store
    records: Store
    scheduling: Store
    messaging: Store
    billing: Store


@contextmanager
def stores_from(environ: Mapping[str, str]) -> Iterator[Stores]:
    """Open them as `PORTICO_<SERVICE>_DATABASE_URL` and the shared settings say.

    Raises SettingsMissing, which lists all that is not set.
    """
    found = {service: _settings(service, environ) for service in SEEDED}
    stores = {service: Store.of(settings) for service, settings in found.items()}
    try:
        yield Stores(**stores)
    finally:
        for store in stores.values():
            store.engine.dispose()


def _settings(service: str, environ: Mapping[str, str]) -> Settings:
    name = f"PORTICO_{service.upper()}_DATABASE_URL"
    url = text_of(name, environ)
    if url is None:
        raise SettingsMissing(f"{name} is not set")
    # Only messaging's commands ask their settings for more than the kit's: its working hours.
    kind = MessagingSettings if service == "messaging" else Settings
    return read(kind, {**environ, "PORTICO_DATABASE_URL": url, "PORTICO_DATABASE_CONNECTIONS": "2"})
