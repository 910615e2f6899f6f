"""How identity says no."""

from __future__ import annotations

from ..refusal import Refusal


class RefusedProof(Refusal):
    """The code and birth date do not open an invitation: unknown, wrong, locked or too old."""

    status = 422


class ClaimEnded(Refusal):
    """The proof of identity was given too long ago, or used; prove it again."""

    status = 410


class RefusedSignIn(Refusal):
    """No account answers to this login and password."""

    status = 401


class TooManyTries(Refusal):
    """Too many failed tries; facts: ``seconds`` until the next one counts."""

    status = 429


class WeakPassword(Refusal):
    """The password breaks a rule; facts: ``reason`` (short, long, common, guessable), ``limit``."""

    status = 422


class RefusedLogin(Refusal):
    """This e-mail address or mobile number cannot be used to sign in; facts: ``reason``."""

    status = 422


class AlreadyEnrolled(Refusal):
    """This patient has an account: there is nothing to invite to."""

    status = 409


class NowhereToSend(Refusal):
    """An address was given that is no e-mail address or mobile number; facts: ``field``."""

    status = 422
