"""Compose, Kubernetes and Dockerfiles are what their own schemas and linters call valid.

No engine runs here, so every document is held against its schema, and every name that one
document uses of another is looked up.
"""

import json
import re
import subprocess
import sys
from pathlib import Path

import jsonschema
import kubernetes_validate
import pytest
import yaml

from portico_ops.deployment_secrets import write_deployment_secrets
from portico_ops.processes import JOBS, PROCESSES

ROOT = Path(__file__).parents[2]
KUBERNETES = ROOT / "deploy/k8s"
OVERLAYS = sorted(KUBERNETES.glob("overlays/*"))
VERSION = "1.33"
DOCKERFILES = sorted(
    [*ROOT.glob("services/*/Dockerfile"), ROOT / "gateway/Dockerfile", ROOT / "ops/Dockerfile"]
)

# Kinds of operators, whose schemas are not among Kubernetes' own: what each cannot be without.
OPERATORS = {
    ("keda.sh/v1alpha1", "ScaledObject"): {"scaleTargetRef", "triggers"},
    ("keda.sh/v1alpha1", "TriggerAuthentication"): {"secretTargetRef"},
    ("postgresql.cnpg.io/v1", "Cluster"): {"instances", "storage", "imageName"},
    ("monitoring.coreos.com/v1", "PodMonitor"): {"selector", "podMetricsEndpoints"},
    ("monitoring.coreos.com/v1", "PrometheusRule"): {"groups"},
    ("rabbitmq.com/v1beta1", "RabbitmqCluster"): {"replicas", "persistence", "rabbitmq"},
}
# Secrets that no file here makes: a vault does, and the overlay's first lines say so.
FROM_A_VAULT = {"rabbitmq-definitions", *(f"{item.name}-secrets" for item in (*PROCESSES, *JOBS))}


def resources(folder: Path) -> list[dict]:
    """Every document that an overlay (or the base) brings, its base's included."""
    kustomization = yaml.safe_load((folder / "kustomization.yaml").read_text())
    found = []
    for name in kustomization["resources"]:
        path = (folder / name).resolve()
        found += resources(path) if path.is_dir() else list(yaml.safe_load_all(path.read_text()))
    return found


def patches(folder: Path) -> list[tuple[dict, dict]]:
    """Each patch's target, as the kustomization says it, with what it lays over it."""
    kustomization = yaml.safe_load((folder / "kustomization.yaml").read_text())
    return [
        (patch.get("target", {}), part)
        for patch in kustomization.get("patches", [])
        for part in yaml.safe_load_all((folder / patch["path"]).read_text())
    ]


def every_manifest() -> dict[str, dict]:
    """Every whole document by where and what it is; a patch is only a part of one."""
    parts = {
        (overlay / patch["path"]).resolve()
        for overlay in OVERLAYS
        for patch in yaml.safe_load((overlay / "kustomization.yaml").read_text())["patches"]
    }
    paths = [p for p in sorted(KUBERNETES.rglob("*.yaml")) if p.name != "kustomization.yaml"]
    return {
        f"{path.parent.name}/{document['kind']}/{document['metadata']['name']}": document
        for path in paths
        if path.resolve() not in parts
        for document in yaml.safe_load_all(path.read_text())
    }


MANIFESTS = every_manifest()


def test_the_compose_file_is_valid() -> None:
    schema = json.loads((Path(__file__).parent / "schemas/compose-spec.json").read_text())
    compose = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
    jsonschema.Draft202012Validator(schema).validate(compose)


def test_what_compose_names_is_there(tmp_path: Path) -> None:
    compose = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
    services = compose["services"]
    made = write_deployment_secrets(
        tmp_path / "s", postgres="postgres:5432", broker="rabbitmq:5672", smtp_url="smtp://x:25"
    )
    assert {Path(secret["file"]).name for secret in compose["secrets"].values()} <= set(made)
    for service in services.values():
        assert set(service.get("secrets", [])) <= set(compose["secrets"])
        assert set(service.get("depends_on", {})) <= set(services)
        assert set(service["networks"]) <= set(compose["networks"])
        if "build" in service:
            assert (ROOT / service["build"]["dockerfile"]).is_file()
        for volume in service.get("volumes", []):
            source = volume.split(":")[0]
            assert (
                (ROOT / source).is_file()
                if source.startswith("./")
                else source in compose["volumes"]
            )


@pytest.mark.parametrize("name", MANIFESTS)
def test_a_manifest_is_valid(name: str) -> None:
    manifest = MANIFESTS[name]
    kind = (manifest["apiVersion"], manifest["kind"])
    if kind in OPERATORS:
        assert OPERATORS[kind] <= set(manifest["spec"])
    else:
        kubernetes_validate.validate(manifest, VERSION, strict=True)


@pytest.mark.parametrize("overlay", OVERLAYS, ids=lambda path: path.name)
def test_what_an_overlay_names_is_there(overlay: Path) -> None:
    names = {(d["kind"], d["metadata"]["name"]) for d in resources(overlay)}
    assert len(names) == len(resources(overlay)), "two documents of one name"
    for target, patch in patches(overlay):
        wanted = (patch["kind"], patch["metadata"]["name"])
        assert target.get("kind") == patch["kind"] or wanted in names


@pytest.mark.parametrize("overlay", OVERLAYS, ids=lambda path: path.name)
def test_pods_find_their_settings_and_secrets(overlay: Path) -> None:
    found = resources(overlay)
    kustomization = yaml.safe_load((overlay / "kustomization.yaml").read_text())
    secrets = {made["name"] for made in kustomization.get("secretGenerator", [])}
    maps = {d["metadata"]["name"] for d in found if d["kind"] == "ConfigMap"}
    claims = {d["metadata"]["name"] for d in found if d["kind"] == "PersistentVolumeClaim"}
    for document in found:
        text = json.dumps(document.get("spec", {}))
        named = set(re.findall(r'"(?:secretName)": "([^"]+)"', text))
        assert set(re.findall(r'"configMapRef": {"name": "([^"]+)"', text)) <= maps
        assert set(re.findall(r'"claimName": "([^"]+)"', text)) <= claims
        if document["kind"] in ("Deployment", "Job", "CronJob", "StatefulSet"):
            assert named <= (secrets or FROM_A_VAULT), document["metadata"]["name"]


def test_the_dev_overlays_secrets_are_those_that_the_command_writes(tmp_path: Path) -> None:
    made = write_deployment_secrets(
        tmp_path / "s", postgres="postgres:5432", broker="rabbitmq:5672", smtp_url="smtp://x:25"
    )
    kustomization = yaml.safe_load((KUBERNETES / "overlays/dev/kustomization.yaml").read_text())
    by_process = {item.name: set(item.secrets.values()) for item in (*PROCESSES, *JOBS)}
    for generator in kustomization["secretGenerator"]:
        keys = {Path(file).name for file in generator["files"]}
        assert keys <= set(made)
        process = generator["name"].removesuffix("-secrets")
        assert keys == by_process.get(process, keys)


def test_every_scaler_points_at_a_deployment() -> None:
    found = resources(KUBERNETES / "overlays/production")
    deployments = {d["metadata"]["name"] for d in found if d["kind"] == "Deployment"}
    logins = {d["metadata"]["name"] for d in found if d["kind"] == "TriggerAuthentication"}
    for document in found:
        if document["kind"] in ("HorizontalPodAutoscaler", "ScaledObject"):
            assert document["spec"]["scaleTargetRef"]["name"] in deployments
        for trigger in document.get("spec", {}).get("triggers", []):
            assert trigger.get("authenticationRef", {}).get("name", "") in {"", *logins}


def test_every_process_may_talk_only_to_whom_it_is_allowed() -> None:
    found = resources(KUBERNETES / "base")
    policies = {d["metadata"]["name"] for d in found if d["kind"] == "NetworkPolicy"}
    kinds = ("Deployment", "Job", "CronJob")
    running = {d["metadata"]["name"] for d in found if d["kind"] in kinds}
    assert policies == running | {"nothing-by-default"}


@pytest.mark.parametrize("path", DOCKERFILES, ids=lambda path: path.parent.name)
def test_a_dockerfile_passes_its_linter(path: Path) -> None:
    linter = Path(sys.executable).with_name("hadolint")
    result = subprocess.run([linter, str(path)], capture_output=True, text=True)
    assert result.returncode == 0, result.stdout + result.stderr


@pytest.mark.parametrize("path", DOCKERFILES, ids=lambda path: path.parent.name)
def test_what_a_dockerfile_copies_is_there(path: Path) -> None:
    copied = re.findall(r"^COPY ([\w./-]+) ", path.read_text(), re.M)
    assert copied
    assert all((ROOT / source).exists() for source in copied)
