"""The gateway's settings, read once from the environment."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field

from portico_kit.settings import SettingsMissing, text_of

SERVICES = ("identity", "records", "messaging", "scheduling", "billing", "notifications")


@dataclass(frozen=True, kw_only=True)
class Config:
    """``direct`` holds the services' own addresses: the road while the broker is away.

    ``PORTICO_<SERVICE>_URL`` names one for each copy, with commas between.
    """

    amqp_url: str
    public_url: str = "http://127.0.0.1:8000"
    environment: str = "production"
    practice_name: str = "Cedar Grove Family Health"
    practice_phone: str = "(555) 010-0100"
    nurse_phone: str = "(555) 010-0142"
    practice_zone: str = "America/New_York"
    sandbox_url: str = ""
    card_page_origin: str = ""
    direct: Mapping[str, str] = field(default_factory=dict)

    @property
    def secure(self) -> bool:
        """Whether pages are served over https, so that cookies may say so."""
        return self.public_url.startswith("https://")


def read(environ: Mapping[str, str] | None = None) -> Config:
    """Fill the settings from ``PORTICO_*``. Raises SettingsMissing."""
    environ = os.environ if environ is None else environ
    known = {
        name: value
        for name in Config.__dataclass_fields__
        if name != "direct" and (value := text_of(f"PORTICO_{name.upper()}", environ))
    }
    if "amqp_url" not in known:
        raise SettingsMissing("PORTICO_AMQP_URL is not set")
    urls = {s: environ.get(f"PORTICO_{s.upper()}_URL", "") for s in SERVICES}
    return Config(**known, direct={s: url for s, url in urls.items() if url})
