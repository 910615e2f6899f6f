"""The shape of the house: knowing one service is knowing all six (CONTRIBUTING.md says why)."""

import ast
import json
import subprocess
import sys
import tomllib
from fnmatch import fnmatch
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
HOUSE = Path(__file__).with_name("house.py")
SERVICES = ("identity", "records", "messaging", "scheduling", "billing", "notifications")
ROLES = {"*", "clinician", "nurse", "front_desk", "billing", "practice_administrator"}
every_service = pytest.mark.parametrize("service", SERVICES)

LONGEST_MODULE = 300
LONGEST_FUNCTION = 25

# What is longer than it should be. Only ever take lines away from here.
LONG_MODULES: dict[str, int] = {}
LONG_FUNCTIONS: dict[str, int] = {
    "contracts/portico_contracts/schema.py::_field": 26,
    "services/billing/billing/commands/statements.py::write_statement": 26,
    "services/identity/identity/commands/invitations.py::_issue": 33,
}


@cache
def sources() -> dict[str, str]:
    """The text of every Python file of the checkout, by its path."""
    listed = subprocess.run(
        ["git", "ls-files", "*.py"], cwd=ROOT, capture_output=True, text=True, check=False
    ).stdout.split()
    names = listed or [str(p.relative_to(ROOT)) for p in ROOT.glob("[!.]*/**/*.py")]
    return {n: (ROOT / n).read_text(encoding="utf-8") for n in names if (ROOT / n).exists()}


@cache
def trees() -> dict[str, list[ast.AST]]:
    """Every node of every file, walked once: there are many questions to ask of them."""
    return {name: list(ast.walk(ast.parse(text))) for name, text in sources().items()}


def is_test(name: str) -> bool:
    return "tests" in Path(name).parts or name.startswith("bench/")


@pytest.fixture(scope="module")
def house() -> dict:
    """What the services answer and hear, read out of their classes in another process."""
    done = subprocess.run(
        [sys.executable, "-W", "ignore", str(HOUSE)], capture_output=True, text=True, check=True
    )
    return json.loads(done.stdout)


# Names and places


def test_nothing_else_stands_at_the_top():
    wanted = {
        ".ci", ".dockerignore", ".gitignore", ".importlinter", "CHANGELOG.md", "CONTRIBUTING.md",
        "LICENSE", "Makefile", "README.md", "SECURITY.md", "bench", "conftest.py", "contracts",
        "deploy", "docker-compose.yml", "docs", "gateway", "kit", "ops", "pyproject.toml",
        "requirements.lock", "services", "tests",
    }  # fmt: skip
    listed = subprocess.run(
        ["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False
    ).stdout.splitlines()
    assert {name.split("/")[0] for name in listed} <= wanted


def test_no_module_is_named_for_nothing():
    nameless = {"utils", "util", "common", "helpers", "helper", "misc", "shared", "base", "core"}
    parts = {(name, part) for name in sources() for part in Path(name).with_suffix("").parts}
    assert [name for name, part in sorted(parts) if part in nameless] == []


def test_no_class_is_named_manager_or_helper():
    ends = ("Manager", "Helper", "Util", "Utils", "Data", "Event")
    allowed = {"RecordCardEvent"}  # the processor calls it so
    found = [
        (name, node.name)
        for name, tree in trees().items()
        for node in tree
        if isinstance(node, ast.ClassDef) and node.name.endswith(ends)
    ]
    assert [pair for pair in found if pair[1] not in allowed and not is_test(pair[0])] == []


@pytest.mark.parametrize("name", ["css/tokens.css", "mark.svg"])
def test_the_sandbox_wears_the_portals_own_colours(name):
    """Its image holds no gateway, so it has a copy: `cp` the gateway's where they differ."""
    original = ROOT / "gateway/gateway/static" / name
    copy = ROOT / "ops/portico_ops/sandbox/static" / Path(name).name
    assert copy.read_bytes() == original.read_bytes()


# The same shape six times

SAME_FILES = {"Dockerfile", "README.md", "pyproject.toml", "migrations", "tests"}
SAME_MODULES = {"service", "commands", "queries", "domain", "store", "config"}
MAY_HAVE = {"reactions", "adapters"}
OF_THEIR_OWN = {
    "identity": {"common_passwords"},
    "billing": {"tables"},
    "notifications": {"tables", "words", "wording", "compose", "calendar", "bell"},
}


@every_service
def test_every_service_has_the_same_files(service):
    folder = ROOT / "services" / service
    assert {path.name for path in folder.iterdir()} >= SAME_FILES | {service}
    assert list((folder / "migrations" / "versions").glob("0001_*.py"))
    assert list((folder / "tests").glob("test_*.py"))


@every_service
def test_every_service_has_the_same_modules(service, house):
    package = ROOT / "services" / service / service
    modules = {path.stem for path in package.iterdir() if not path.name.startswith("__")}
    assert modules >= SAME_MODULES
    assert modules - SAME_MODULES - MAY_HAVE == OF_THEIR_OWN.get(service, set())
    hears = any(r["service"] == service for r in house["reactions"])
    assert ("reactions" in modules) == hears


@every_service
def test_every_service_is_packaged_in_the_same_way(service):
    text = (ROOT / "services" / service / "pyproject.toml").read_text(encoding="utf-8")
    project = tomllib.loads(text)
    assert project["project"]["name"] == f"portico-{service}"
    assert {"portico-contracts", "portico-kit"} <= set(project["project"]["dependencies"])
    assert project["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"] == [service]


# Who may import what


def imports(tree: list[ast.AST]) -> set[str]:
    """The top names of what a module imports from outside its own package."""
    found = set()
    for node in tree:
        if isinstance(node, ast.Import):
            found |= {alias.name.partition(".")[0] for alias in node.names}
        if isinstance(node, ast.ImportFrom) and node.level == 0:
            found.add(str(node.module).partition(".")[0])
    return found


def test_domains_know_the_standard_library_and_the_contracts_only():
    for name, tree in trees().items():
        parts = Path(name).with_suffix("").parts
        if parts[0] == "services" and parts[2:4] == (parts[1], "domain"):
            assert imports(tree) <= sys.stdlib_module_names | {"portico_contracts"}, name
            depth = len(parts) - 4
            too_far = [n for n in tree if isinstance(n, ast.ImportFrom)]
            assert all(node.level <= depth for node in too_far), name


PLACES = {
    "nameko": ("kit/*", "services/*/service.py"),
    "kombu": ("kit/*",),
    "amqp": ("kit/*",),
    "pika": ("kit/*", "gateway/gateway/clients/*", "ops/portico_ops/*"),
    "eventlet": ("kit/*", "services/*/adapters/*", "services/*/bell.py"),
}


@pytest.mark.parametrize("library", PLACES)
def test_a_messaging_library_stays_where_it_belongs(library):
    users = [n for n, tree in trees().items() if library in imports(tree) and not is_test(n)]
    assert users
    assert [n for n in users if not any(fnmatch(n, place) for place in PLACES[library])] == []


def test_the_kit_knows_no_word_of_medicine():
    words = ("appointment", "medication", "medicine", "refill", "allerg", "diagnos", "immuni",
             "prescription", "clinic", "lab_result", "fhir", "statement_id", "invoice")  # fmt: skip
    for name, tree in trees().items():
        if name.startswith("kit/portico_kit/") and "/testing/" not in name:
            known = {n.id for n in tree if isinstance(n, ast.Name)}
            known |= {n.attr for n in tree if isinstance(n, ast.Attribute)}
            known |= {n.arg for n in tree if isinstance(n, ast.arg)}
            assert [k for k in known for word in words if word in k.lower()] == [], name


# Habits


def calls(tree: list[ast.AST]) -> set[str]:
    """What a module calls, as it is written: ``datetime.now``, ``connection.commit``."""
    return {ast.unparse(node.func) for node in tree if isinstance(node, ast.Call)}


def of_services() -> dict[str, list[ast.AST]]:
    return {n: t for n, t in trees().items() if n.startswith("services/") and not is_test(n)}


def test_no_service_commits_by_itself():
    for name, tree in of_services().items():
        assert [c for c in calls(tree) if c.endswith((".commit", ".rollback"))] == [], name


def test_the_kits_clock_is_the_only_one_in_the_house():
    clocks = {"datetime.now", "datetime.utcnow", "date.today", "time.time", "datetime.today"}
    places = ("kit/portico_kit/", "gateway/gateway/", "services/")
    apart = ("kit/portico_kit/clock.py", "kit/portico_kit/testing/caller.py")
    for name, tree in trees().items():
        if name.startswith(places) and not is_test(name) and name not in apart:
            assert calls(tree) & clocks == set(), name


def test_no_test_patches_what_it_tests():
    for name, tree in trees().items():
        assert "mock" not in imports(tree), name
        froms = [n.module for n in tree if isinstance(n, ast.ImportFrom)]
        assert "unittest.mock" not in froms, name


# Length


def length_of(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Lines of a function's body, its docstring apart."""
    body = node.body[1:] if ast.get_docstring(node) else node.body
    return (body[-1].end_lineno or 0) - body[0].lineno + 1 if body else 0


def is_measured(name: str) -> bool:
    """Tests are sentences one after another, migrations are lists: neither is measured."""
    return not is_test(name) and "/migrations/" not in name


def long_modules() -> dict[str, int]:
    lengths = {n: len(text.splitlines()) for n, text in sources().items() if is_measured(n)}
    return {name: lines for name, lines in lengths.items() if lines > LONGEST_MODULE}


def long_functions() -> dict[str, int]:
    lengths = {
        f"{name}::{node.name}": length_of(node)
        for name, tree in trees().items()
        if is_measured(name)
        for node in tree
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    }
    return {name: lines for name, lines in lengths.items() if lines > LONGEST_FUNCTION}


def test_no_module_grows_past_what_one_can_read():
    assert {n: k for n, k in long_modules().items() if k > LONG_MODULES.get(n, 0)} == {}


def test_no_function_grows_past_what_one_can_see():
    assert {n: k for n, k in long_functions().items() if k > LONG_FUNCTIONS.get(n, 0)} == {}


def test_what_has_become_short_enough_is_taken_off_the_lists():
    assert set(LONG_MODULES) - set(long_modules()) == set()
    assert set(LONG_FUNCTIONS) - set(long_functions()) == set()


# What is promised is kept


def test_every_request_is_answered_by_one_method_of_its_own_service(house):
    answered = [f"{r['to']}.{r['method']}" for r in house["requests"]]
    assert sorted(answered) == sorted(house["promised"]["requests"])
    assert all(r["to"] == r["service"] for r in house["requests"])


def test_every_request_says_who_may_make_it(house):
    for request in house["requests"]:
        assert request["words"], request
        for word in request["words"]:
            kind, _, rest = word.partition(":")
            assert kind in ("patient", "staff", "anonymous", "signed_in"), request
            assert kind != "staff" or rest in ROLES, request


def test_a_patients_request_is_audited_as_what_it_is_allowed_as(house):
    for request in house["requests"]:
        allowed = [w.partition(":")[2] for w in request["words"] if w.startswith("patient:")]
        assert request["category"] in (None, *allowed) or not allowed, request


def test_what_an_anonymous_caller_may_do_touches_no_record(house):
    for request in house["requests"]:
        if "anonymous" in request["words"]:
            assert request["category"] is None, request


def test_every_event_is_heard_by_exactly_those_it_names(house):
    heard: dict[str, set[str]] = {key: set() for key in house["promised"]["heard_by"]}
    for reaction in house["reactions"]:
        heard[reaction["event"]].add(reaction["service"])
    named = {k: set(v) - {"gateway"} for k, v in house["promised"]["heard_by"].items()}
    assert heard == named


def test_the_access_matrix_is_fresh(house):
    written = (ROOT / "docs" / "access.md").read_text(encoding="utf-8")
    assert written == house["page"], "run python tests/architecture/house.py --write"
