"""The real application on canned services: everything up to the edge of the gateway is real."""

from __future__ import annotations

import asyncio
import types
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from starlette.testclient import TestClient

from gateway.app import create
from gateway.clients.services import Asking
from gateway.config import Config
from gateway.live import Live
from gateway.sessions import Cookies, Sessions, csrf_token
from gateway.web import House
from portico_contracts.identity import (
    AcceptInvitation,
    AskForLink,
    ChooseNewPassword,
    FinishFactorAtSignIn,
    FinishSignIn,
    OpenInvitation,
    OpenLink,
    OpenRecoveryCode,
    OpenToken,
    SignIn,
    StartFactorAtSignIn,
    TextSignInCode,
)
from portico_contracts.refusal import Refusal, SignInNeeded, Unavailable
from portico_contracts.rpc import order_of
from portico_contracts.schema import dump, load

PEOPLE = {
    "maria": ("patient", "Maria", "Reyes", ()),
    "dana": ("staff", "Dana", "Whitfield", ("nurse",)),
    "tom": ("staff", "Tom", "Alvarez", ("front_desk",)),
    "amara": ("staff", "Amara", "Okafor", ("clinician",)),
    "ruth": ("staff", "Ruth", "Lindqvist", ("practice_administrator",)),
}
ACCOUNTS = {name: f"0192f000-0000-7000-8000-00000000000{n}" for n, name in enumerate(PEOPLE)}
PATIENT_ID = "0192f000-0000-7000-8000-0000000000aa"


class CannedServices:
    """Answers each kind of request with what the test set for it, shaped as its contract says.

    An answer is a reply, a Refusal to raise, or a function of the request; a request without an
    answer is a service that is away. Requests are kept in ``asked`` with their idempotency keys.
    """

    without_token = (
        AcceptInvitation, AskForLink, ChooseNewPassword, FinishFactorAtSignIn, FinishSignIn,
        OpenInvitation, OpenLink, OpenRecoveryCode, SignIn, StartFactorAtSignIn, TextSignInCode,
    )  # fmt: skip

    def __init__(self) -> None:
        self.answers: dict[type, Any] = {}
        self.asked: list[tuple[Any, str | None]] = []
        self.signed_out: set[str] = set()
        self.opened: list[OpenToken] = []

    async def ask(self, request: Any, asking: Asking, *, seconds: float = 8.0) -> Any:
        if isinstance(request, OpenToken):
            self.opened.append(request)
            if request.session in self.signed_out:
                raise SignInNeeded
            return _opened(request.session)
        assert asking.token or request.__class__ in self.without_token
        load(type(request), dump(request))
        self.asked.append((request, asking.key))
        answer = self.answers.get(type(request), Unavailable(seconds=5))
        if isinstance(answer, types.FunctionType):
            answer = answer(request)
        if isinstance(answer, Refusal):
            raise answer
        load(order_of(type(request)).reply, answer)
        return answer

    def requests(self, kind: type) -> list[Any]:
        """What was asked of one kind, in order."""
        return [request for request, _key in self.asked if isinstance(request, kind)]

    def keys(self, kind: type) -> list[str | None]:
        """The idempotency keys of one kind, in order."""
        return [key for request, key in self.asked if isinstance(request, kind)]


def _opened(secret: str) -> dict[str, Any]:
    name = secret.partition("-")[0]
    if name not in PEOPLE:
        raise SignInNeeded
    kind, first, last, roles = PEOPLE[name]
    soon = (datetime.now(UTC) + timedelta(minutes=30)).isoformat()
    return {
        "token": f"token of {name}",
        "expires_at": soon,
        "actor": {
            "kind": kind,
            "account_id": ACCOUNTS[name],
            "patient_id": PATIENT_ID if kind == "patient" else None,
            "roles": list(roles),
            "session_id": ACCOUNTS[name],
        },
        "person": {"first_name": first, "last_name": last, "language": "en"},
        "record_of": None,
        "idle_minutes": 30,
        "idle_ends_at": soon,
        "ends_at": soon,
    }


class Browser(TestClient):
    """A browser in which one person is signed in; it follows no redirect by itself."""

    def __init__(self, app: Any, name: str) -> None:
        super().__init__(app, follow_redirects=False, base_url="http://127.0.0.1:8000")
        self.secret = f"{name}-secret-of-a-session"
        self.cookies.set("portico", self.secret)

    def submit(self, path: str, *, htmx: bool = False, **form: str) -> Any:
        """Post a form of our own page."""
        headers = {"HX-Request": "true"} if htmx else {}
        known = {"csrf": csrf_token(self.secret), "idempotency_key": "0192f00000key"}
        return self.post(path, data={**known, **form}, headers=headers)


class Stranger(TestClient):
    """A browser at the door."""

    visitor = "v" * 32

    def __init__(self, app: Any) -> None:
        super().__init__(app, follow_redirects=False, base_url="http://127.0.0.1:8000")
        self.cookies.set("portico-visitor", self.visitor)

    def submit(self, path: str, **form: str) -> Any:
        """Post a form of our own page."""
        known = {"csrf": csrf_token(self.visitor), "idempotency_key": "k1"}
        return self.post(path, data={**known, **form})

    def type_password(self, next: str = "") -> Any:
        """Maria's, and right."""
        form = {"login": "maria@cedargrove.example", "password": "right", "next": next}
        return self.submit("/sign-in/password", **form)


class Listener:
    """An open page's stream of events, read by hand."""

    def __init__(self, app: Any, path: str, secret: str) -> None:
        path, _, query = path.partition("?")
        self._scope = {
            "type": "http", "method": "GET", "path": path, "raw_path": path.encode(),
            "query_string": query.encode(), "scheme": "http", "server": ("127.0.0.1", 8000),
            "client": ("127.0.0.1", 1), "root_path": "", "http_version": "1.1",
            "headers": [(b"cookie", f"portico={secret}".encode()), (b"hx-request", b"true")],
        }  # fmt: skip
        self._app, self._sent = app, asyncio.Queue[dict[str, Any]]()
        self._gone = asyncio.Event()
        self.status = 0

    async def __aenter__(self) -> Listener:
        self._task = asyncio.create_task(self._app(self._scope, self._receive, self._sent.put))
        self.status = (await self._next())["status"]
        return self

    async def __aexit__(self, *_: object) -> None:
        self._gone.set()
        await asyncio.wait_for(self._task, 5)

    async def frame(self) -> str:
        """The next piece of the stream."""
        return str((await self._next()).get("body", b"").decode())

    async def _next(self) -> dict[str, Any]:
        return await asyncio.wait_for(self._sent.get(), 5)

    async def _receive(self) -> dict[str, Any]:
        await self._gone.wait()
        return {"type": "http.disconnect"}


@pytest.fixture
def listen(app: Any) -> Callable[[str, str], Listener]:
    """The stream at a path, as one person hears it."""
    return lambda path, name: Listener(app, path, f"{name}-secret-of-a-session")


@pytest.fixture
def services() -> CannedServices:
    return CannedServices()


@pytest.fixture
def app(services: CannedServices) -> Any:
    settings = Config(amqp_url="amqp://127.0.0.1:1", environment="sandbox")
    app = create(settings)
    cookies = Cookies(secure=False)
    sessions = Sessions(services)  # type: ignore[arg-type]
    app.state.house = House(settings, services, sessions, cookies)  # type: ignore[arg-type]
    app.state.live = Live()
    app.state.live.sessions = sessions
    return app


@pytest.fixture
def stranger(app: Any) -> Stranger:
    return Stranger(app)


@pytest.fixture
def sign_in(app: Any) -> Callable[[str], Browser]:
    return lambda name: Browser(app, name)


@pytest.fixture
def maria(sign_in: Callable[[str], Browser]) -> Browser:
    return sign_in("maria")


@pytest.fixture
def dana(sign_in: Callable[[str], Browser]) -> Browser:
    return sign_in("dana")


@pytest.fixture
def tom(sign_in: Callable[[str], Browser]) -> Browser:
    return sign_in("tom")


@pytest.fixture
def amara(sign_in: Callable[[str], Browser]) -> Browser:
    return sign_in("amara")


@pytest.fixture
def ruth(sign_in: Callable[[str], Browser]) -> Browser:
    return sign_in("ruth")
