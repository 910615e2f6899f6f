"""A second factor: setting it up, and the second step of signing in.

``app`` is an authenticator app (TOTP, RFC 6238: 6 digits, 30 seconds, SHA-1), ``text`` a code by
text message, ``recovery`` one of ten codes on paper. A challenge is the secret that a right
password earns while the second step is due: good for ten minutes, once, and for nothing else.
"""

from __future__ import annotations

from datetime import datetime
from typing import Literal, TypedDict

from ..rpc import request, text
from .sessions import Session

Factor = Literal["app", "text"]
Way = Literal["app", "text", "recovery"]


class SecondFactors(TypedDict):
    """The caller's second factors: since when each is on (None: off), what is left, what may be.

    ``mobile_hint`` is None where there is no number to text to. ``required`` says that the practice
    wants one: the last cannot be turned off.
    """

    app_since: datetime | None
    text_since: datetime | None
    mobile_hint: str | None
    recovery_codes_left: int
    required: bool


class StartedFactor(TypedDict):
    """What is needed to confirm: for ``app`` the key (base32) and its otpauth address, for
    ``text`` where the code went and until when it is good."""

    factor: Factor
    key: str | None
    address: str | None
    mobile_hint: str | None
    until: datetime | None


class RecoveryCodes(TypedDict):
    """Shown this once, kept as hashes; empty where earlier ones stay good."""

    codes: list[str]


class SentCode(TypedDict):
    """A code is on its way by text."""

    mobile_hint: str
    until: datetime


class FinishedSignIn(Session):
    """A fresh session, and how many recovery codes are left."""

    recovery_codes_left: int


class SetUpSignIn(Session):
    """A fresh session, and the recovery codes, shown this once."""

    recovery_codes: list[str]


# ---- signed in


@request("identity", reply=SecondFactors)
class ShowSecondFactors:
    """Which second factors the caller has."""


@request("identity", reply=StartedFactor, category="account", action="write")
class StartSecondFactor:
    """Begin to set one up; it counts once its first code is confirmed.

    Refusals: WrongPassword, FactorStands, NowhereToText, TooManyTries.
    """

    factor: Factor
    password: str = text(longest=1000, shortest=1)


@request("identity", reply=RecoveryCodes, category="account", action="write")
class ConfirmSecondFactor:
    """Turn it on by its first code. Refusals: WrongCode, NothingToConfirm, TooManyTries."""

    factor: Factor
    code: str = text(longest=40, shortest=1)


@request("identity", reply=RecoveryCodes, category="account", action="write")
class RenewRecoveryCodes:
    """Ten new recovery codes in place of all before.

    Refusals: WrongPassword, WrongCode, TooManyTries.
    """

    password: str = text(longest=1000, shortest=1)
    way: Way
    code: str = text(longest=40, shortest=1)


@request("identity", reply=SecondFactors, category="account", action="write")
class RemoveSecondFactor:
    """Turn one off; with the last one the recovery codes go.

    Refusals: WrongPassword, WrongCode, FactorRequired, NotFound, TooManyTries.
    """

    factor: Factor
    password: str = text(longest=1000, shortest=1)
    way: Way
    code: str = text(longest=40, shortest=1)


@request("identity", reply=SentCode, action="write")
class TextMeACode:
    """Send the caller a code by text, to change something with.

    Refusals: NotFound, NowhereToText, TooManyTries.
    """


# ---- between password and session: the challenge is what an anonymous caller is judged by


@request("identity", reply=SentCode, action="write")
class TextSignInCode:
    """Send a code by text for the second step. Refusals: ChallengeEnded, TooManyTries."""

    challenge: str = text(longest=100, shortest=1)


@request("identity", reply=FinishedSignIn, action="write")
class FinishSignIn:
    """The second step. Refusals: ChallengeEnded, WrongCode, TooManyTries."""

    challenge: str = text(longest=100, shortest=1)
    way: Way
    code: str = text(longest=40, shortest=1)
    address: str = text(longest=64, default="")
    device: str = text(longest=300, default="")


@request("identity", reply=StartedFactor, action="write")
class StartFactorAtSignIn:
    """Begin to set up the second factor that the practice wants before anything else.

    Refusals: ChallengeEnded, NowhereToText, TooManyTries.
    """

    challenge: str = text(longest=100, shortest=1)
    factor: Factor = "app"


@request("identity", reply=SetUpSignIn, action="write")
class FinishFactorAtSignIn:
    """Confirm it, and go in.

    Refusals: ChallengeEnded, WrongCode, NothingToConfirm, TooManyTries.
    """

    challenge: str = text(longest=100, shortest=1)
    factor: Factor = "app"
    code: str = text(longest=40, shortest=1)
    address: str = text(longest=64, default="")
    device: str = text(longest=300, default="")
