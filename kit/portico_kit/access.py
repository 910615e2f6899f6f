"""Who acts, proved by a signed token, and who may call what.

Identity signs short tokens (EdDSA, RFC 8037, as JWT); every service checks the signature by
itself and decides by itself. A patient's own id comes from the token, never from a body.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Literal
from uuid import UUID

import jwt

from portico_contracts.refusal import NotAllowed, NotFound, SignInNeeded

Kind = Literal["patient", "staff", "system", "anonymous"]
TOKEN_LIFE = timedelta(minutes=5)
ISSUER = "portico-identity"


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """Who makes a call: the account, in which roles, and on whose record a patient acts."""

    kind: Kind
    account_id: UUID | None = None
    patient_id: UUID | None = None
    roles: tuple[str, ...] = ()
    session_id: UUID | None = None
    relationship: str = "self"
    # What patients read beside something that staff wrote: "Dr. Amara Okafor". Staff only.
    name: str | None = None

    def for_audit(self) -> dict[str, Any]:
        """The plain facts that an audit row keeps."""
        return {
            "kind": self.kind,
            "account_id": self.account_id,
            "roles": self.roles,
            "relationship": self.relationship if self.kind == "patient" else None,
        }


SYSTEM = Actor(kind="system")
# Whoever runs `portico` on the installation's own machine: no account, and audited as such.
OPERATOR = Actor(kind="system", roles=("operator",))
ANONYMOUS = Actor(kind="anonymous")


def sign_token(actor: Actor, private_key: str, *, now: datetime) -> str:
    """A token for ``actor`` that is good for TOKEN_LIFE; ``private_key`` is Ed25519 in PEM."""
    claims = {
        "iss": ISSUER,
        "iat": now,
        "exp": now + TOKEN_LIFE,
        "kind": actor.kind,
        "sub": str(actor.account_id),
        "patient": str(actor.patient_id) if actor.patient_id else None,
        "roles": list(actor.roles),
        "sid": str(actor.session_id) if actor.session_id else None,
        "rel": actor.relationship,
        "name": actor.name,
    }
    return jwt.encode(claims, private_key, algorithm="EdDSA")


@dataclass(slots=True)
class TokenReader:
    """Checks tokens against identity's public key; remembers the good ones until they expire."""

    public_key: str
    _known: dict[str, tuple[float, Actor]] = field(default_factory=dict)

    def read(self, token: str | None, *, now: datetime) -> Actor:
        """The actor a token stands for; no token is ANONYMOUS. Raises SignInNeeded."""
        if not token:
            return ANONYMOUS
        known = self._known.get(token)
        if known and known[0] > now.timestamp():
            return known[1]
        expires, actor = self._verify(token, now)
        if len(self._known) > 5000:
            self._known.clear()
        self._known[token] = (expires, actor)
        return actor

    def _verify(self, token: str, now: datetime) -> tuple[float, Actor]:
        try:
            # Expiry is compared with the caller's clock below, so that tests can set it.
            claims = jwt.decode(
                token,
                self.public_key,
                algorithms=["EdDSA"],
                issuer=ISSUER,
                options={"require": ["exp", "sub"], "verify_exp": False, "verify_iat": False},
            )
            actor = _actor(claims)
        except (jwt.PyJWTError, KeyError, ValueError, TypeError):
            raise SignInNeeded from None
        if claims["exp"] <= now.timestamp():
            raise SignInNeeded("expired")
        return float(claims["exp"]), actor


def _actor(claims: dict[str, Any]) -> Actor:
    return Actor(
        kind=claims["kind"],
        account_id=UUID(claims["sub"]),
        patient_id=UUID(claims["patient"]) if claims["patient"] else None,
        roles=tuple(claims["roles"]),
        session_id=UUID(claims["sid"]) if claims["sid"] else None,
        relationship=claims["rel"],
        name=claims.get("name"),
    )


@dataclass(frozen=True, slots=True)
class Rule:
    """Who may call one entrypoint. ``words`` is its row in the access matrix."""

    words: tuple[str, ...]
    holds: Callable[[Actor], bool]

    def __or__(self, other: Rule) -> Rule:
        return Rule(self.words + other.words, lambda a: self.holds(a) or other.holds(a))

    def check(self, actor: Actor) -> None:
        """Raises SignInNeeded for a stranger and NotAllowed for anyone else."""
        if self.holds(actor):
            return
        if actor.kind == "anonymous":
            raise SignInNeeded
        raise NotAllowed


def patient(category: str) -> Rule:
    """Patients, each for the record named in their own token."""
    return Rule(
        (f"patient:{category}",), lambda a: a.kind == "patient" and a.patient_id is not None
    )


def staff(*roles: str) -> Rule:
    """Staff with one of these roles; without roles, any staff."""
    words = tuple(f"staff:{role}" for role in roles) or ("staff:*",)
    return Rule(
        words, lambda a: a.kind == "staff" and (not roles or not set(roles).isdisjoint(a.roles))
    )


def anonymous() -> Rule:
    """Anyone, signed in or not: the request carries its own proof."""
    return Rule(("anonymous",), lambda _actor: True)


def signed_in() -> Rule:
    """Any account, for what concerns only that account."""
    return Rule(("signed_in",), lambda a: a.kind in ("patient", "staff"))


def whose_record(actor: Actor, asked_for: UUID | None) -> UUID | None:
    """The patient a call is about: the token's for patients, the request's for staff.

    A patient who names somebody else is told that nothing is there.
    """
    if actor.kind != "patient":
        return asked_for
    if asked_for is not None and asked_for != actor.patient_id:
        raise NotFound
    return actor.patient_id
