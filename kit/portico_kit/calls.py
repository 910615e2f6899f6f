"""One call, whichever road it came by: read, check, work in a transaction, answer.

This is what stands between a request's bytes and a service's method; rpc.py and health.py only
carry the bytes.
"""

from __future__ import annotations

import hashlib
import math
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
from marshmallow import ValidationError

from portico_contracts.refusal import BadRequest, Refusal, ServiceFailed, TooLate, Unavailable
from portico_contracts.rpc import Order
from portico_contracts.schema import schema_of

from . import idempotency, metrics
from .access import Actor, Rule, TokenReader, whose_record
from .audit import Trail
from .clock import now as this_moment
from .database import Store, Transaction, is_away, is_contended
from .dead_letters import DELAYS
from .ids import new_id
from .logs import log, where

LARGEST_REQUEST = 1024 * 1024
# Names of columns are a kind of str of SQLAlchemy's own, which orjson refuses as keys otherwise.
ANY_STR = orjson.OPT_NON_STR_KEYS


def _never() -> bool:
    return False


@dataclass(frozen=True, slots=True)
class Arrival:
    """A request as it came: its bytes and the few headers that we know."""

    body: bytes
    token: str | None
    deadline: float | None
    key: str | None
    reference: str
    gone: Callable[[], bool] = _never

    @classmethod
    def of(
        cls, body: bytes | str, headers: Mapping[str, Any], *, gone: Callable[[], bool] = _never
    ) -> Arrival:
        """Read the headers ``portico-token``, ``-deadline`` (ms), ``-key`` and ``-reference``.

        ``gone`` tells whether the caller has hung up, where the road lets that be known.
        """
        token, key = headers.get("portico-token"), headers.get("portico-key")
        return cls(
            body=body.encode() if isinstance(body, str) else bytes(body),
            token=str(token) if token else None,
            deadline=_seconds(headers.get("portico-deadline")),
            key=str(key)[:200] if key else None,
            reference=str(headers.get("portico-reference") or new_id())[:64],
            gone=gone,
        )

    def check_caller(self, now: float) -> None:
        """Raises TooLate once nobody waits any more, BadRequest for a deadline that is none."""
        if self.deadline is not None and math.isnan(self.deadline):
            raise BadRequest(fields={"portico-deadline": ["Not a time."]})
        if (self.deadline is not None and self.deadline < now) or self.gone():
            raise TooLate


@dataclass(slots=True)
class Call:
    """A checked call: who makes it, what they ask, and the door to short transactions."""

    order: Order
    actor: Actor
    request: Any
    patient_id: UUID | None
    now: datetime
    key: str | None
    store: Store
    _trail: Trail | None

    @property
    def config(self) -> Any:
        """The service's settings."""
        return self.store.config

    @contextmanager
    def transaction(self) -> Iterator[Transaction]:
        """A transaction of this call; the first one to commit carries the audit row."""
        with self.store.transaction(
            actor=self.actor, now=self.now, patient_id=self.patient_id, trail=self._trail
        ) as tx:
            yield tx
        self._trail = None


@dataclass(frozen=True, slots=True)
class Desk:
    """Answers one kind of request: the order, who may make it, and the method that does it."""

    order: Order
    rule: Rule
    transaction: bool

    def answer(self, arrival: Arrival, work: Callable[..., Any], runtime: Runtime) -> bytes | None:
        """The reply's bytes; None where nobody waits any more. Never raises."""
        began = time.perf_counter()
        outcome = "ok"
        try:
            reply = self._serve(arrival, work, runtime)
        except TooLate:
            outcome, reply = "late", None
        except Refusal as refusal:
            outcome, reply = refusal.code, refused(refusal)
        except Exception as problem:
            outcome = "away" if is_away(problem) else "failed"
            reply = self._failed(problem, arrival)
        metrics.rpc_seconds.labels(self.order.method, outcome).observe(time.perf_counter() - began)
        return reply

    def _serve(self, arrival: Arrival, work: Callable[..., Any], runtime: Runtime) -> bytes:
        moment = this_moment()
        arrival.check_caller(moment.timestamp())
        actor = runtime.tokens.read(arrival.token, now=moment)
        self.rule.check(actor)
        request = _load(self.order.request, arrival.body)
        call = Call(
            order=self.order,
            actor=actor,
            request=request,
            patient_id=whose_record(actor, getattr(request, "patient_id", None)),
            now=moment,
            key=arrival.key,
            store=runtime.store,
            _trail=self._trail(),
        )
        return self._work(call, work, arrival) if self.transaction else _dump(work(call, request))

    def _work(self, call: Call, work: Callable[..., Any], arrival: Arrival) -> bytes:
        key = arrival.key if self.order.action == "write" else None
        with call.transaction() as tx:
            # Waiting for a connection may have taken all the time there was.
            arrival.check_caller(this_moment().timestamp())
            reply = self._reply(tx, call, work, arrival, key)
            # And so may the work. The caller was told that it is not known to be done: let it
            # not be done, rather than left to chance.
            arrival.check_caller(this_moment().timestamp())
            return reply

    def _reply(
        self, tx: Transaction, call: Call, work: Callable[..., Any], arrival: Arrival, key: Any
    ) -> bytes:
        if key is None or call.actor.account_id is None:
            return _dump(work(tx, call.request))
        # The record belongs to the request: one account may act for several patients.
        asked = hashlib.sha256(f"{call.patient_id}:".encode() + arrival.body).digest()
        once = idempotency.Once(key, self.order.method, asked)
        earlier = once.earlier_reply(tx)
        if earlier is not None:
            return earlier
        reply = _dump(work(tx, call.request))
        once.keep(tx, reply)
        return reply

    def _trail(self) -> Trail | None:
        if self.order.category is None:
            return None
        return Trail(self.order.category, self.order.action, self.order.method)

    def _failed(self, problem: Exception, arrival: Arrival) -> bytes:
        facts = {"reference": arrival.reference, "method": self.order.method}
        if is_away(problem):
            log.warning("database.away", error=type(problem).__name__, **facts)
            return refused(Unavailable(seconds=5, reference=arrival.reference))
        if is_contended(problem):
            log.warning("database.contended", error=type(problem).__name__, **facts)
            return refused(Unavailable(seconds=1, reference=arrival.reference))
        log.error("call.failed", error=type(problem).__name__, where=where(problem), **facts)
        return refused(ServiceFailed(reference=arrival.reference))


@dataclass(frozen=True, slots=True)
class Runtime:
    """What a running service shares between its calls."""

    config: Any
    store: Store
    tokens: TokenReader
    retry_delays: tuple[float, ...] = DELAYS


def refused(refusal: Refusal) -> bytes:
    """A refusal in nameko's shape for errors, with our facts beside it."""
    error = {
        "exc_type": refusal.code,
        "exc_path": f"{type(refusal).__module__}.{refusal.code}",
        "exc_args": [],
        "value": str(refusal),
        "facts": refusal.facts,
    }
    return orjson.dumps({"result": None, "error": error}, default=str, option=ANY_STR)


def _load(kind: type[Any], body: bytes) -> Any:
    if len(body) > LARGEST_REQUEST:
        raise BadRequest(fields={"": ["Too large."]})
    try:
        return schema_of(kind).load(orjson.loads(body)["kwargs"])
    except ValidationError as problem:
        raise BadRequest(fields=problem.messages_dict) from None
    except (orjson.JSONDecodeError, KeyError, TypeError, RecursionError):
        raise BadRequest(fields={"": ["Not a request."]}) from None


def _seconds(milliseconds: Any) -> float | None:
    """Seconds since 1970; None where no deadline is given, not-a-number where it is no number."""
    try:
        return float(milliseconds) / 1000 if milliseconds else None
    except (ValueError, TypeError, OverflowError):
        return math.nan


def _dump(reply: Any) -> bytes:
    return orjson.dumps({"result": reply, "error": None}, default=str, option=ANY_STR)
