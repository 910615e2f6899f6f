"""People with second factors: their apps, their calls, and their second steps."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import pyotp

from identity.commands import second_factors, second_step
from portico_contracts import identity as contract
from portico_kit.access import Actor
from portico_kit.sealing import TransitBox
from portico_kit.testing import keys

LOGIN, MOBILE = "maria@cedargrove.example", "+15550100142"
PASSWORD = "correct-horse-battery"
DEVICE = "Firefox on Linux"


@dataclass
class SignedIn:
    """A call as the kit makes it for somebody who is signed in."""

    practice: Any
    actor: Actor

    @property
    def store(self) -> Any:
        return self.practice.store

    @property
    def now(self) -> datetime:
        moment: datetime = self.practice.now
        return moment

    @contextmanager
    def transaction(self) -> Iterator[Any]:
        with self.practice.transaction(self.actor, self.actor.patient_id) as tx:
            yield tx

    def start(self, factor: contract.Factor = "app", password: str = PASSWORD) -> Any:
        request = contract.StartSecondFactor(factor=factor, password=password)
        return second_factors.start_second_factor(self, request)

    def confirm(self, code: str, factor: contract.Factor = "app") -> Any:
        request = contract.ConfirmSecondFactor(factor=factor, code=code)
        return second_factors.confirm_second_factor(self, request)

    def remove(
        self, code: str, way: contract.Way, factor: contract.Factor = "app", **other: Any
    ) -> Any:
        given = {"factor": factor, "password": PASSWORD, "way": way, "code": code}
        request = contract.RemoveSecondFactor(**given | other)
        return second_factors.remove_second_factor(self, request)

    def renew(self, code: str, way: contract.Way) -> Any:
        request = contract.RenewRecoveryCodes(password=PASSWORD, way=way, code=code)
        return second_factors.renew_recovery_codes(self, request)

    def text_me(self) -> Any:
        with self.transaction() as tx:
            return second_factors.text_me_a_code(tx)

    def app_is_on(self) -> tuple[str, list[str]]:
        """The app's key and the recovery codes of a finished set-up; the next step has begun."""
        key = self.start()["key"]
        codes = self.confirm(code_of(key, self.now))["codes"]
        self.practice.later(seconds=60)
        return key, codes


def code_of(key: str, at: datetime, *, steps: int = 0) -> str:
    """What the app shows at a moment, or some steps before or after."""
    return pyotp.TOTP(key).at(at, counter_offset=steps)


def patient(account_id: UUID, patient_id: UUID) -> Actor:
    return Actor(
        kind="patient", account_id=account_id, patient_id=patient_id, roles=(), session_id=None
    )


def nurse(staff_id: UUID) -> Actor:
    return Actor(
        kind="staff", account_id=staff_id, patient_id=None, roles=("nurse",), session_id=None
    )


def maria(practice: Any) -> SignedIn:
    return SignedIn(practice, patient(*practice.enrol(LOGIN, MOBILE)))


def challenge(practice: Any, login: str = LOGIN) -> dict[str, Any]:
    """What the right password earns where a second step is due."""
    try:
        practice.sign_in(login)
    except contract.SecondFactorNeeded as refusal:
        return refusal.facts
    raise AssertionError("a session without a second factor")


def finish(
    practice: Any, secret: str, way: contract.Way, code: str, *, device: str = DEVICE
) -> Any:
    request = contract.FinishSignIn(
        challenge=secret, way=way, code=code, address="198.51.100.7", device=device
    )
    return second_step.finish_sign_in(practice, request)


def texted(practice: Any) -> str:
    """The code of the newest text, as notifications unseals it."""
    event = practice.announced("SignInCodeIssued")[-1]
    assert base64.b64decode(event["sealed_code"])
    return TransitBox(keys.TRANSIT_KEY).unseal(event["sealed_code"], about=UUID(event["person_id"]))
