"""Alerts: each is made of figures that a process tells, and each has a runbook of its name."""

import importlib
import re
from pathlib import Path

import pytest
import yaml
from prometheus_client import generate_latest

from portico_ops.processes import SERVICES

ROOT = Path(__file__).parents[2]
ALERTS = yaml.safe_load((ROOT / "deploy/observability/alerts.yml").read_text(encoding="utf-8"))
RULES = {rule["alert"]: rule for group in ALERTS["groups"] for rule in group["rules"]}
RUNBOOKS = {path.stem: path for path in (ROOT / "docs/runbooks").glob("*.md")}
SECTIONS = (
    "**What it means.**",
    "**What patients notice.**",
    "**How to look**",
    "**What to do**",
    "**It is over when**",
)
# A comparison or a function, in the words of PromQL that the rules use.
WORDS = {"max", "min", "by", "or", "abs", "avg_over_time"}
LABELS = {"app", "service", "database", "queue", "timer", "channel", "provider"}
DURATION = re.compile(r"\d+(s|m|h)")
every_alert = pytest.mark.parametrize("name", sorted(RULES))


@pytest.fixture(scope="module")
def told() -> set[str]:
    """The names of all figures that processes tell; those that only Prometheus knows besides."""
    importlib.import_module("portico_kit.metrics")
    for service in SERVICES:
        importlib.import_module(f"{service}.service")
    return {*re.findall(r"^# TYPE (\w+)", generate_latest().decode(), re.M), "up"}


def test_no_two_alerts_have_one_name() -> None:
    assert len(RULES) == sum(len(group["rules"]) for group in ALERTS["groups"])


def test_every_alert_has_a_runbook_and_every_runbook_an_alert() -> None:
    assert set(RULES) == set(RUNBOOKS)


@every_alert
def test_an_alert_says_how_urgent_it_is_and_where_to_read_on(name: str) -> None:
    rule = RULES[name]
    assert set(rule) <= {"alert", "expr", "for", "labels", "annotations"}
    assert rule["labels"]["severity"] in ("page", "ticket")
    assert rule["annotations"]["summary"]
    assert rule["annotations"]["runbook"] == f"docs/runbooks/{name}.md"
    assert DURATION.fullmatch(rule.get("for", "1m"))


@every_alert
def test_an_alert_is_made_of_figures_that_are_told(name: str, told: set[str]) -> None:
    expression = re.sub(r'"[^"]*"', '""', RULES[name]["expr"])
    words = {w for w in re.findall(r"\b[a-z][a-z_]*\b", expression) if w not in ("m", "s")}
    figures = words - WORDS - LABELS
    assert figures, "it looks at nothing"
    assert figures <= told
    for opening, closing in ("()", "{}", "[]"):
        assert expression.count(opening) == expression.count(closing)
    assert re.search(r"(==|>|<) *\d", expression), "it compares with nothing"


@pytest.mark.parametrize("name", sorted(RUNBOOKS))
def test_a_runbook_says_what_it_means_how_to_look_what_to_do_and_when_it_is_over(name: str) -> None:
    text = RUNBOOKS[name].read_text(encoding="utf-8")
    places = [text.find(section) for section in SECTIONS]
    assert -1 not in places, SECTIONS[places.index(-1)]
    assert places == sorted(places)
    assert name == "ready" or text.startswith(f"# {name}")


def test_the_production_overlay_rings_at_the_same() -> None:
    path = ROOT / "deploy/k8s/overlays/production/monitoring.yaml"
    documents = {d["kind"]: d for d in yaml.safe_load_all(path.read_text(encoding="utf-8"))}
    assert documents["PrometheusRule"]["spec"]["groups"] == ALERTS["groups"]


def test_what_rules_ask_of_a_process_by_label_is_put_on_it_where_it_is_found() -> None:
    """``up`` has no label of ours but those that the PodMonitor gives."""
    path = ROOT / "deploy/k8s/overlays/production/monitoring.yaml"
    (monitor,) = [d for d in yaml.safe_load_all(path.read_text()) if d["kind"] == "PodMonitor"]
    (endpoint,) = monitor["spec"]["podMetricsEndpoints"]
    assert {r["targetLabel"] for r in endpoint["relabelings"]} == {"app", "service"}
