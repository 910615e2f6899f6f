"""Settings of notifications: whom to hand mail and texts to, and who we say we are."""

from __future__ import annotations

from dataclasses import dataclass

from portico_kit.settings import Settings


@dataclass(frozen=True, kw_only=True)
class NotificationSettings(Settings):
    """``smtp_url``: ``smtp[s]://[user:password@]host:port[?starttls=1]``.

    ``sms_url`` is the base of Twilio's API, up to and with its date. Deadlines are seconds.
    """

    smtp_url: str
    mail_from: str
    sms_url: str
    sms_account: str
    sms_token: str
    sms_from: str
    sms_status_url: str = ""
    practice_name: str = "Cedar Grove Family Health"
    practice_phone: str = "(555) 010-0100"
    mail_connections: int = 4
    text_connections: int = 8
    send_batch: int = 50
    send_deadline: float = 10.0

    @property
    def text_status_url(self) -> str:
        """Where the text provider reports to: the gateway's webhook, unless set otherwise."""
        return self.sms_status_url or f"{self.public_url.rstrip('/')}/webhooks/text"
