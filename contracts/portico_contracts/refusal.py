"""Typed refusals: the clean "no" of a service, with the same class on both sides of the wire."""

from __future__ import annotations

from typing import Any, ClassVar

REGISTRY: dict[str, type[Refusal]] = {}


class Refusal(Exception):
    """A request was understood and turned down; nothing was changed.

    ``status`` is the HTTP status the gateway answers with, the class name is the code that
    callers test for, ``facts`` are plain values that help the caller to go on (free times,
    field names). The text is for developers; pages word refusals themselves.
    """

    status: ClassVar[int] = 422

    def __init__(self, text: str = "", **facts: Any) -> None:
        super().__init__(text or (self.__doc__ or "").strip().split("\n")[0])
        self.facts = facts

    def __init_subclass__(cls) -> None:
        known = REGISTRY.get(cls.__name__)
        if known is not None and known.__module__ != cls.__module__:
            raise TypeError(f"refusal {cls.__name__} is declared twice")
        REGISTRY[cls.__name__] = cls

    @property
    def code(self) -> str:
        return type(self).__name__


class NotFound(Refusal):
    """There is nothing here for this caller: unknown, or another person's."""

    status = 404


class NotAllowed(Refusal):
    """This caller may not do this."""

    status = 403


class SignInNeeded(Refusal):
    """The access token is missing, expired or not ours."""

    status = 401


class BadRequest(Refusal):
    """The request does not fit its schema; facts: ``fields`` maps field to reasons."""

    status = 400


class InFlight(Refusal):
    """The same request, with the same Idempotency-Key, is being worked on right now."""

    status = 409


class KeyReused(Refusal):
    """The Idempotency-Key was used before with a different request."""

    status = 422


class TooLate(Refusal):
    """The caller's deadline passed before the work began; nothing was done."""

    status = 504


class Unavailable(Refusal):
    """A part that this needs does not answer now; try again after ``seconds``."""

    status = 503


class ServiceFailed(Refusal):
    """The service failed on this request; facts: ``reference`` finds it in the logs."""

    status = 500
