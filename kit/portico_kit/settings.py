"""Settings: read once from the environment into a frozen object."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import MISSING, dataclass, fields
from pathlib import Path
from typing import Any, TypeVar, get_type_hints

S = TypeVar("S", bound="Settings")


class SettingsMissing(Exception):
    """Settings are missing or unreadable; the text lists every one of them."""


@dataclass(frozen=True, kw_only=True)
class Settings:
    """What every service needs to run. A service adds its own fields in ``config.py``.

    ``PORTICO_DATABASE_URL`` fills ``database_url`` and so on; ``PORTICO_DATABASE_URL_FILE``
    names a file that holds the value (secrets by file).
    """

    database_url: str
    amqp_url: str
    token_public_key: str
    master_keys: str
    transit_key: str
    health_port: int = 0
    environment: str = "production"
    public_url: str = "http://127.0.0.1:8000"
    workers: int = 20
    retry_delays: str = "10,60,600,3600"  # seconds before each further attempt at an event
    database_connections: int = 12


def read(cls: type[S], environ: Mapping[str, str] | None = None) -> S:
    """Fill ``cls`` from ``PORTICO_*``; SettingsMissing lists all that is missing or wrong."""
    environ = os.environ if environ is None else environ
    hints, found, wrong = get_type_hints(cls), dict[str, Any](), []
    for f in fields(cls):
        name = f"PORTICO_{f.name.upper()}"
        text = text_of(name, environ)
        if text is None:
            if f.default is MISSING and f.default_factory is MISSING:
                wrong.append(f"{name} is not set")
            continue
        try:
            found[f.name] = _convert(text, hints[f.name])
        except ValueError:
            wrong.append(f"{name} is not a valid {hints[f.name].__name__}")
    if wrong:
        raise SettingsMissing("; ".join(wrong))
    return cls(**found)


def text_of(name: str, environ: Mapping[str, str]) -> str | None:
    """A setting's text, from the variable or from the file that ``<name>_FILE`` names."""
    path = environ.get(f"{name}_FILE")
    if path:
        return Path(path).read_text().strip()
    return environ.get(name) or None


def _convert(text: str, kind: Any) -> Any:
    if kind is bool:
        if text.lower() not in ("1", "0", "true", "false", "yes", "no"):
            raise ValueError(text)
        return text.lower() in ("1", "true", "yes")
    return kind(text) if kind in (int, float) else text
