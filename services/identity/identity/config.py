"""Identity's settings, beside those that every service has."""

from dataclasses import dataclass

from portico_kit.settings import Settings, SettingsMissing


@dataclass(frozen=True, kw_only=True)
class IdentitySettings(Settings):
    """``token_private_key`` is Ed25519 in PEM, the other half of ``token_public_key``.

    ``pepper`` is a long secret that codes, logins and addresses are hashed with before they are
    stored; changing it ends open invitations and forgets failed tries. ``practice_zone`` is the
    IANA time zone in which the practice's patients are told times. ``ledger_anchors`` is the file
    to which the heads of the access ledger are appended; without it they stand in the log alone.
    ``practice_name`` is what authenticator apps call an account's codes. ``staff_second_factor`` is
    ``required`` or ``offered``.
    """

    token_private_key: str
    pepper: str
    practice_zone: str = "America/New_York"
    ledger_anchors: str = ""
    practice_name: str = "Cedar Grove Family Health"
    staff_second_factor: str = "offered"

    def __post_init__(self) -> None:
        """Raises SettingsMissing: a word that nobody knows must not pass for "offered"."""
        if self.staff_second_factor not in ("required", "offered"):
            raise SettingsMissing("PORTICO_STAFF_SECOND_FACTOR is neither required nor offered")
