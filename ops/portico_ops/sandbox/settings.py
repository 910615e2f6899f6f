"""What the sandbox reads from its environment, once, at start."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from portico_kit.settings import text_of


@dataclass(frozen=True, kw_only=True)
class Settings:
    """Where the sandbox listens, what it keeps, and the secrets that it shares with the portal."""

    host: str
    web_port: int
    smtp_port: int
    directory: Path
    public_url: str
    sms_account: str
    sms_token: str
    card_secret: str
    card_webhook_secret: str
    card_webhook_url: str
    newest_kept: int = 5000


class BadSettings(Exception):
    """One or more settings cannot be used; the message names each of them."""


def read_settings(environment: Mapping[str, str]) -> Settings:
    """The settings in `environment`; every `NAME` may be given as a file under `NAME_FILE`."""
    problems: list[str] = []
    shift = _number(environment, "PORTICO_PORT_OFFSET", 0, problems)
    web_port = _number(environment, "PORTICO_SANDBOX_PORT", 8026 + shift, problems)
    smtp_port = _number(environment, "PORTICO_SANDBOX_SMTP_PORT", 8025 + shift, problems)
    newest_kept = _number(environment, "PORTICO_SANDBOX_KEEP", 5000, problems)
    if problems:
        raise BadSettings("; ".join(problems))
    text = partial(_text, environment)
    return Settings(
        host=text("PORTICO_SANDBOX_HOST", "127.0.0.1"),
        web_port=web_port,
        smtp_port=smtp_port,
        directory=Path(text("PORTICO_SANDBOX_DIRECTORY", ".portico/sandbox")),
        public_url=text("PORTICO_SANDBOX_URL", f"http://127.0.0.1:{web_port}").rstrip("/"),
        sms_account=text("PORTICO_SMS_ACCOUNT", "ACsandbox"),
        sms_token=text("PORTICO_SMS_TOKEN", "sandbox-sms-token"),
        card_secret=text("PORTICO_CARD_SECRET", "sk_test_sandbox"),
        card_webhook_secret=text("PORTICO_CARD_WEBHOOK_SECRET", "whsec_sandbox"),
        card_webhook_url=text(
            "PORTICO_CARD_WEBHOOK_URL", f"http://127.0.0.1:{8000 + shift}/webhooks/card"
        ),
        newest_kept=newest_kept,
    )


def _text(environment: Mapping[str, str], name: str, default: str) -> str:
    return text_of(name, environment) or default


def _number(environment: Mapping[str, str], name: str, default: int, problems: list[str]) -> int:
    value = _text(environment, name, str(default))
    if value.isdecimal():
        return int(value)
    problems.append(f"{name} must be a whole number")
    return default
