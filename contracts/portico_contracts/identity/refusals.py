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


class SecondFactorNeeded(Refusal):
    """The password is right, and no session yet: the second step is due.

    Facts: ``challenge`` (a secret for ``FinishSignIn``), ``until``, ``ways``, ``mobile_hint``.
    Where ``set_up`` is true there is no second factor yet: ``StartFactorAtSignIn`` comes first.
    """

    status = 401


class ChallengeEnded(Refusal):
    """The challenge is unknown, used or too old; sign in with the password again."""

    status = 410


class WrongCode(Refusal):
    """The code is wrong, too old, or was used before."""

    status = 422


class WrongPassword(Refusal):
    """This is not the account's password."""

    status = 422


class FactorStands(Refusal):
    """This second factor is on already."""

    status = 409


class FactorRequired(Refusal):
    """The practice wants a second factor of its staff: the last one cannot be turned off."""

    status = 409


class NothingToConfirm(Refusal):
    """No set-up of this second factor is under way; start it anew."""

    status = 409


class NowhereToText(Refusal):
    """The account has no mobile number that a code could go to."""

    status = 409


class RefusedRecovery(Refusal):
    """Login, code and birth date do not fit together: unknown, wrong, used, or too old."""

    status = 422


class RecoveryEnded(Refusal):
    """The link or the proof is unknown, used, replaced or too old; ask for a new one."""

    status = 410


class NoAccount(Refusal):
    """This patient has no account yet: an invitation is what helps."""

    status = 409


class NoRole(Refusal):
    """Who works here has at least one role."""

    status = 422


class NoAddress(Refusal):
    """There is neither e-mail address nor mobile number that a link could go to."""

    status = 422


class LoginTaken(Refusal):
    """Somebody signs in with this address already; facts: ``field`` (email, mobile)."""

    status = 409


class HasSignedIn(Refusal):
    """They have signed in before: a link at the sign-in page, or a code, is what helps."""

    status = 409


class OwnAccount(Refusal):
    """Nobody lets themselves leave or gives up their own administrator role: another does it."""

    status = 409


class LastAdministrator(Refusal):
    """The practice would be left without an administrator."""

    status = 409
