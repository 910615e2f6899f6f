"""Settings of notifications: whom to hand mail and texts to, and who we say we are."""

from __future__ import annotations

from dataclasses import dataclass
from email.utils import parseaddr
from urllib.parse import parse_qs, unquote, urlsplit

from portico_kit.settings import Settings, SettingsMissing


@dataclass(frozen=True, slots=True)
class Server:
    """Where to hand mail over, read from a URL."""

    host: str
    port: int
    user: str | None
    password: str
    tls: bool
    starttls: bool

    @classmethod
    def at(cls, url: str) -> Server:
        """Read ``smtp[s]://…``; ValueError for any other scheme."""
        parts = urlsplit(url)
        if parts.scheme not in ("smtp", "smtps") or not parts.hostname:
            raise ValueError("an SMTP address begins with smtp:// or smtps://")
        tls = parts.scheme == "smtps"
        return cls(
            host=parts.hostname,
            port=parts.port or (465 if tls else 25),
            user=unquote(parts.username) if parts.username else None,
            password=unquote(parts.password or ""),
            tls=tls,
            starttls=parse_qs(parts.query).get("starttls", ["0"])[0] in ("1", "true", "yes"),
        )


@dataclass(frozen=True, kw_only=True)
class NotificationSettings(Settings):
    """``smtp_url``: ``smtp[s]://[user:password@]host:port[?starttls=1]``.

    ``sms_url`` is the base of Twilio's API, up to and with its date. Deadlines are seconds.
    What ends in ``_2`` is the second provider's, for when the first does not work.
    """

    smtp_url: str
    mail_from: str
    sms_url: str
    sms_account: str
    sms_token: str
    sms_from: str
    smtp_url_2: str = ""
    sms_url_2: str = ""
    sms_account_2: str = ""
    sms_token_2: str = ""
    sms_from_2: str = ""
    sms_status_url: str = ""
    practice_name: str = "Cedar Grove Family Health"
    practice_phone: str = "(555) 010-0100"
    mail_connections: int = 4
    text_connections: int = 8
    send_batch: int = 50
    send_deadline: float = 10.0

    def __post_init__(self) -> None:
        """Raises SettingsMissing at start rather than at the first mail."""
        for name, url in (("SMTP_URL", self.smtp_url), ("SMTP_URL_2", self.smtp_url_2 or None)):
            _check_server(name, url)
        if "@" not in parseaddr(self.mail_from)[1]:
            raise SettingsMissing("PORTICO_MAIL_FROM is neither an address nor Name <address>")
        second = (self.sms_url_2, self.sms_account_2, self.sms_token_2)
        if any(second) and not all(second):
            raise SettingsMissing(
                "PORTICO_SMS_URL_2, PORTICO_SMS_ACCOUNT_2 and PORTICO_SMS_TOKEN_2 go together"
            )

    def text_secret_of(self, provider: int) -> str:
        """What the reports of a text provider are signed with; empty where there is none such."""
        return {1: self.sms_token, 2: self.sms_token_2}.get(provider, "")

    @property
    def text_status_url(self) -> str:
        """Where the text provider reports to: the gateway's webhook, unless set otherwise."""
        return self.sms_status_url or f"{self.public_url.rstrip('/')}/webhooks/text"


def _check_server(name: str, url: str | None) -> None:
    if url is None:
        return
    try:
        Server.at(url)
    except ValueError:
        # Without its value, which may hold a password.
        raise SettingsMissing(f"PORTICO_{name} is not smtp[s]://host[:port]") from None
