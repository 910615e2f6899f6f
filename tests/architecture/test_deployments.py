"""`make up`, compose, Kubernetes and the images run the same processes, told the same things."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml

from portico_ops.home import Home
from portico_ops.installation import Installation
from portico_ops.lifecycle import make_plan
from portico_ops.processes import JOBS, OPTIONAL, PROCESSES, SERVICES, Job, Process

ROOT = Path(__file__).parents[2]
BASE = ROOT / "deploy/k8s/base"
DEV = ROOT / "deploy/k8s/overlays/dev"


@dataclass(frozen=True)
class Told:
    """What a process is told in one place: its words, its variables, its ports, its health."""

    command: tuple[str, ...]
    variables: frozenset[str]
    ports: frozenset[int]
    ready: str | None


def wanted(process: Process | Job) -> Told:
    """What the list says."""
    lasting = isinstance(process, Process)
    ports = process.ports if lasting else {}
    return Told(
        command=process.command,
        variables=frozenset({*process.settings, *process.secrets, *ports}),
        ports=frozenset(ports.values()),
        ready=f"{process.port}/ready" if lasting else None,
    )


def every_optional() -> set[str]:
    """What some process is told of where somebody sets it."""
    return {name for process in PROCESSES for name in process.optional}


def test_a_second_provider_is_told_to_nobody_but_who_uses_it(tmp_path: Path) -> None:
    given = dict.fromkeys(every_optional(), "x")
    here = Installation(home=Home(tmp_path), offset=0, sandbox=True, given=given)
    told = {
        child.name: every_optional() & child.environment.keys()
        for child in make_plan(here, scale={}, secrets=here.secrets()).children
    }
    assert told.pop("notifications") == every_optional()
    assert not any(told.values())


def without_file(names: Mapping[str, object] | set[str]) -> frozenset[str]:
    return frozenset(name.removesuffix("_FILE") for name in names)


def filled(command: tuple[str, ...], values: Mapping[str, str]) -> tuple[str, ...]:
    """The list's words with the settings in them replaced by what is said in this place."""
    return tuple(word.format(**values) for word in command)


# -- make up -----------------------------------------------------------------------------------


@pytest.fixture
def plan(tmp_path: Path):
    here = Installation(home=Home(tmp_path), offset=0, sandbox=True, given={})
    return make_plan(here, scale={}, secrets=here.secrets())


@pytest.mark.parametrize("process", PROCESSES, ids=lambda process: process.name)
def test_make_up_follows_the_list(process: Process, plan) -> None:
    child = plan.child(process.name)
    values = {n: v for n, v in child.environment.items() if n.startswith("PORTICO_")}
    assert child.command[1:] == filled(process.command, values)
    assert child.port == process.port
    assert values.keys() - set(OPTIONAL) == wanted(process).variables
    assert {values[name] for name in process.ports} == {str(p) for p in process.ports.values()}


def test_what_nobody_waits_for_gives_way_everywhere(plan, compose: dict) -> None:
    background = {process.name for process in PROCESSES if process.background}
    assert {child.name for child in plan.children if child.nice > 0} == background
    shares = {name: service.get("cpu_shares") for name, service in compose["services"].items()}
    assert {name for name, share in shares.items() if share} == background


def test_make_up_runs_nothing_else(plan) -> None:
    assert [child.name for child in plan.children] == [process.name for process in PROCESSES]


def test_the_offset_moves_every_port(tmp_path: Path) -> None:
    here = Installation(home=Home(tmp_path), offset=100, sandbox=True, given={})
    moved = make_plan(here, scale={}, secrets=here.secrets())
    assert [child.port for child in moved.children] == [p.port + 100 for p in PROCESSES]
    told = " ".join(value for child in moved.children for value in child.environment.values())
    base_ports = {port for process in PROCESSES for port in process.ports.values()}
    assert not {int(port) for port in re.findall(r"127\.0\.0\.1:(\d+)", told)} & base_ports


def test_copies_of_a_process_have_ports_of_their_own(tmp_path: Path) -> None:
    here = Installation(home=Home(tmp_path), offset=0, sandbox=True, given={})
    plan = make_plan(here, scale={"records": 3, "gateway": 2}, secrets=here.secrets())
    ports = [child.port for child in plan.children]
    assert len(set(ports)) == len(ports) == len(PROCESSES) + 3
    assert plan.child("records-3").port == plan.child("records").port + 40
    # The road past the broker leads to each of them.
    told = plan.child("gateway").environment["PORTICO_RECORDS_URL"].split(",")
    assert told == [f"http://127.0.0.1:{plan.child('records').port + n}" for n in (0, 20, 40)]


# -- compose -----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def compose() -> dict:
    return yaml.safe_load((ROOT / "docker-compose.yml").read_text())


def image_command(name: str) -> tuple[str, ...]:
    """The words of an image's CMD after `python`."""
    folder = {"gateway": "gateway", "ops": "ops"}.get(name, f"services/{name}")
    last = re.findall(r"^CMD (\[.*\])$", (ROOT / folder / "Dockerfile").read_text(), re.M)[-1]
    return tuple(yaml.safe_load(last))[1:]


@pytest.mark.parametrize("process", (*PROCESSES, *JOBS), ids=lambda process: process.name)
def test_compose_follows_the_list(process: Process | Job, compose: dict) -> None:
    service = compose["services"][process.name]
    probe = " ".join(service.get("healthcheck", {}).get("test", []))
    found = re.search(r"127\.0\.0\.1:(\d+/\w+)", probe)
    numbers = {int(v) for n, v in service["environment"].items() if n.endswith("_PORT")}
    command = tuple(service["command"][1:]) if "command" in service else None
    told = without_file(service["environment"])
    own = set(getattr(process, "optional", ()))
    asks = own | (set(OPTIONAL) if process.name in (*SERVICES, "gateway") else set())
    optional = set(OPTIONAL) | every_optional()
    assert told & optional == asks
    assert Told(
        command=command or image_command(process.image),
        variables=told - optional,
        ports=frozenset(numbers),
        ready=found[1] if found else None,
    ) == Told(
        command=filled(process.command, service["environment"]),
        variables=wanted(process).variables,
        ports=wanted(process).ports,
        ready=wanted(process).ready,
    )
    files = {n: v for n, v in service["environment"].items() if n.endswith("_FILE")}
    assert files == {f"{n}_FILE": f"/run/secrets/{secret}" for n, secret in process.secrets.items()}
    assert set(service.get("secrets", [])) == set(process.secrets.values())
    assert process.sandbox_only == ("sandbox" in service.get("profiles", []))
    assert set(process.needs) <= set(service.get("depends_on", {}))


def test_compose_runs_nothing_but_the_list_and_its_two_servers(compose: dict) -> None:
    names = {item.name for item in (*PROCESSES, *JOBS)}
    assert set(compose["services"]) == names | {"postgres", "rabbitmq"}


def test_compose_lets_nobody_in_but_by_loopback(compose: dict) -> None:
    published = [p for service in compose["services"].values() for p in service.get("ports", [])]
    assert published
    assert all(port.startswith("127.0.0.1:") for port in published)


# -- Kubernetes --------------------------------------------------------------------------------


def documents(folder: Path, name: str) -> dict[str, dict]:
    """One process's documents by kind."""
    loaded = yaml.safe_load_all((folder / f"{name}.yaml").read_text())
    return {document["kind"]: document for document in loaded}


def job_of(own: dict[str, dict]) -> dict:
    """A job, or what is one each time its clock says so."""
    return own["CronJob"]["spec"]["jobTemplate"] if "CronJob" in own else own["Job"]


def test_a_backup_is_taken_by_the_clock_one_at_a_time_and_stays() -> None:
    own = documents(BASE, "backup")
    clock = own["CronJob"]["spec"]
    assert clock["concurrencyPolicy"] == "Forbid"
    pod = job_of(own)["spec"]["template"]["spec"]
    (container,) = pod["containers"]
    claimed = {v["name"] for v in pod["volumes"] if "persistentVolumeClaim" in v}
    (mounted,) = [m["mountPath"] for m in container["volumeMounts"] if m["name"] in claimed]
    # A folder of its own in the volume: its top has the rights of whoever made it.
    assert own["ConfigMap"]["data"]["PORTICO_BACKUPS"].startswith(f"{mounted}/")
    # It reads databases as their owners do, and can do nothing at the broker or in their place.
    told = {item["name"] for item in container["env"]}
    assert not [name for name in told if "AMQP" in name or "POSTGRES" in name or "TOKEN" in name]


def settings_of(container: dict, own: dict[str, dict]) -> dict[str, str]:
    shared = documents(BASE, "settings")["ConfigMap"]["data"]
    sources = [source["configMapRef"]["name"] for source in container.get("envFrom", [])]
    known = {"portico-settings": shared}
    if "ConfigMap" in own:
        known[own["ConfigMap"]["metadata"]["name"]] = own["ConfigMap"]["data"]
    return {name: value for source in sources for name, value in known[source].items()}


@pytest.mark.parametrize("process", (*PROCESSES, *JOBS), ids=lambda process: process.name)
def test_kubernetes_follows_the_list(process: Process | Job) -> None:
    own = documents(DEV if process.sandbox_only else BASE, process.name)
    lasting = isinstance(process, Process)
    pod = (own["Deployment"] if lasting else job_of(own))["spec"]["template"]["spec"]
    (container,) = pod["containers"]
    values = settings_of(container, own)
    files = {item["name"]: item["value"] for item in container.get("env", [])}
    ports = {port["name"]: port["containerPort"] for port in container.get("ports", [])}
    probe = container.get("readinessProbe", {}).get("httpGet")
    words = {name: f"$({name})" for name in values}
    shared = documents(BASE, "settings")["ConfigMap"]["data"].keys()
    assert tuple(container["command"][1:]) == filled(process.command, words)
    assert container["image"] == f"portico-{process.image}"
    # A setting that all are told alike may reach one that does not ask for it.
    told = {n for n in values if n not in shared or n in process.settings} | set(files)
    assert without_file(told) == wanted(process).variables
    assert frozenset(ports.values()) == wanted(process).ports
    assert (f"{ports[probe['port']]}{probe['path']}" if probe else None) == wanted(process).ready
    assert all(values[name] == str(port) for name, port in getattr(process, "ports", {}).items())
    assert files == {
        f"{n}_FILE": f"/etc/portico/secrets/{secret}" for n, secret in process.secrets.items()
    }


def settings_in_dev() -> dict[str, dict[str, str]]:
    """Each ConfigMap of the development overlay, its patches laid over the base."""
    found: dict[str, dict[str, str]] = {}
    for path in (*sorted(BASE.glob("*.yaml")), *sorted(DEV.glob("*.yaml"))):
        for document in yaml.safe_load_all(path.read_text()):
            if document["kind"] == "ConfigMap":
                found.setdefault(document["metadata"]["name"], {}).update(document["data"])
    return found


def test_in_development_the_sandbox_is_told_what_its_callers_are_told() -> None:
    settings = settings_in_dev()
    sandbox = settings.pop("sandbox-settings")
    told = {(n, v) for others in settings.values() for n, v in others.items() if n in sandbox}
    assert ("PORTICO_SMS_ACCOUNT", sandbox["PORTICO_SMS_ACCOUNT"]) in told
    assert told <= set(sandbox.items())


def test_nobody_but_its_scaler_says_how_many_copies_of_a_process_run() -> None:
    for path in BASE.glob("*.yaml"):
        for document in yaml.safe_load_all(path.read_text()):
            if document["kind"] == "Deployment":
                assert "replicas" not in document["spec"], path.name


@pytest.mark.parametrize("process", PROCESSES, ids=lambda process: process.name)
def test_kubernetes_asks_each_process_whether_it_lives_and_is_ready(process: Process) -> None:
    own = documents(DEV if process.sandbox_only else BASE, process.name)
    (container,) = own["Deployment"]["spec"]["template"]["spec"]["containers"]
    paths = [container[f"{kind}Probe"]["httpGet"]["path"] for kind in ("liveness", "readiness")]
    assert paths == ["/live", "/ready"]
    served = {port["port"] for port in own["Service"]["spec"]["ports"]}
    assert served == set(process.ports.values())


# -- images ------------------------------------------------------------------------------------


@pytest.mark.parametrize("image", sorted({p.image for p in PROCESSES}))
def test_an_image_runs_its_process_as_nobody_in_particular(image: str) -> None:
    process = next(p for p in PROCESSES if p.image == image)
    folder = {"gateway": "gateway", "ops": "ops"}.get(image, f"services/{image}")
    text = (ROOT / folder / "Dockerfile").read_text()
    values = {"PORTICO_BIND": "0.0.0.0", "PORTICO_PORT": "8000"}
    assert image_command(image) == filled(process.command, values)
    assert f"EXPOSE {process.port}" in text
    assert f"127.0.0.1:{process.port}/ready" in text
    assert re.search(r"^USER 10001$", text, re.M)
    assert "requirements.lock" in text


def test_services_are_built_alike_by_the_same_tools() -> None:
    def pattern(service: Process) -> str:
        text = (ROOT / "services" / service.name / "Dockerfile").read_text()
        for own, word in ((service.name.capitalize(), "Name"), (service.name, "name")):
            text = text.replace(own, word)
        return text.replace(str(service.port), "port")

    services = [process for process in PROCESSES if process.name in SERVICES]
    assert len({pattern(service) for service in services}) == 1
    uv = re.search(r'^UV_VERSION = "(.+)"$', (ROOT / "ops/install.py").read_text(), re.M)
    for dockerfile in (*ROOT.glob("services/*/Dockerfile"), *ROOT.glob("[go]*/Dockerfile")):
        assert f" uv=={uv[1]}\n" in dockerfile.read_text(), dockerfile
