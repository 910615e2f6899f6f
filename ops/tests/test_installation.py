"""What `portico up` is given, what it refuses, and what it then tells each process."""

from pathlib import Path

import pytest

from portico_ops.home import Home
from portico_ops.installation import Installation
from portico_ops.lifecycle import CannotStart, bring_up, make_plan, refuse_other_servers
from portico_ops.processes import BILLING, GATEWAY, NOTIFICATIONS, RELAY

OWN_SERVERS = {
    "PORTICO_POSTGRES_URL": "postgresql://admin:a@db.example:5432/postgres?sslmode=require",
    "PORTICO_AMQP_URL": "amqps://admin:a@mq.example:5671/portico",
}


def installation(folder: Path, *, sandbox: bool = True, **given: str) -> Installation:
    return Installation(home=Home(folder), offset=0, sandbox=sandbox, given=given)


def told(here: Installation, process) -> dict[str, str]:
    return here.environment(process, secrets=here.secrets())


def test_without_a_sandbox_every_missing_setting_is_named_at_once(tmp_path: Path) -> None:
    with pytest.raises(CannotStart) as refusal:
        bring_up(installation(tmp_path, sandbox=False), scale={}, say=print)
    assert "PORTICO_SMTP_URL" in str(refusal.value)
    assert "PORTICO_CARD_WEBHOOK_SECRET" in str(refusal.value)


@pytest.mark.parametrize("scale", [{"relay": 2}, {"records": 0}, {"nothing": 1}])
def test_copies_that_cannot_run_are_refused(tmp_path: Path, scale: dict[str, int]) -> None:
    with pytest.raises(CannotStart):
        bring_up(installation(tmp_path), scale=scale, say=print)


def test_ones_own_servers_are_used_and_none_is_started(tmp_path: Path) -> None:
    here = installation(tmp_path, **OWN_SERVERS)
    assert here.postgres is None
    assert here.rabbitmq is None
    database = told(here, BILLING)["PORTICO_DATABASE_URL"]
    assert database.startswith("postgresql://billing:")
    assert database.endswith("@db.example:5432/billing?sslmode=require")
    assert told(here, GATEWAY)["PORTICO_AMQP_URL"] == OWN_SERVERS["PORTICO_AMQP_URL"]


def test_a_cluster_of_ones_own_is_told_to_everybody_with_all_its_addresses(tmp_path: Path) -> None:
    nodes = "amqp://a:b@mq-1:5672/;amqp://a:b@mq-2:5672/"
    here = installation(tmp_path, PORTICO_AMQP_URL=nodes)
    assert told(here, GATEWAY)["PORTICO_AMQP_URL"] == nodes
    own = here.credentials.broker_urls(nodes, own_users=True)["billing-amqp-url"]
    assert [address.split("@")[1] for address in own.split(";")] == ["mq-1:5672/", "mq-2:5672/"]
    assert {address.split(":")[1] for address in own.split(";")} == {"//billing"}


def test_ones_own_mail_server_is_told_to_notifications(tmp_path: Path) -> None:
    here = installation(tmp_path, PORTICO_SMTP_URL="smtps://u:p@mail.example:465")
    assert told(here, NOTIFICATIONS)["PORTICO_SMTP_URL"] == "smtps://u:p@mail.example:465"


def test_each_service_has_logins_of_its_own(tmp_path: Path) -> None:
    relay = told(installation(tmp_path), RELAY)
    logins = {value.split("@")[0] for name, value in relay.items() if name.endswith("_URL")}
    assert len(logins) == 12


def test_a_setting_of_the_practice_is_passed_on(tmp_path: Path) -> None:
    here = installation(tmp_path, PORTICO_PRACTICE_ZONE="America/Chicago")
    assert told(here, BILLING)["PORTICO_PRACTICE_ZONE"] == "America/Chicago"


def test_a_setting_may_stand_in_a_file(tmp_path: Path) -> None:
    kept = tmp_path / "from"
    kept.write_text("The practice <portal@example.org>\n")
    here = Installation.here(sandbox=False, environ={"PORTICO_MAIL_FROM_FILE": str(kept)})
    assert here.settings(NOTIFICATIONS)["PORTICO_MAIL_FROM"] == "The practice <portal@example.org>"
    assert "PORTICO_MAIL_FROM" not in here.missing()
    assert "PORTICO_SMS_FROM" in here.missing()


def test_servers_of_ones_own_may_stand_in_files(tmp_path: Path) -> None:
    kept = tmp_path / "database"
    kept.write_text(OWN_SERVERS["PORTICO_POSTGRES_URL"])
    assert Installation.here(environ={"PORTICO_POSTGRES_URL_FILE": str(kept)}).postgres is None


def test_what_runs_is_not_moved_to_other_servers_by_a_change_of_copies(tmp_path: Path) -> None:
    there = installation(tmp_path, **OWN_SERVERS)
    running = make_plan(there, scale={}, secrets=there.secrets())
    here = installation(tmp_path)
    wanted = make_plan(here, scale={"records": 2}, secrets=here.secrets())
    with pytest.raises(CannotStart, match="PORTICO_POSTGRES_URL"):
        refuse_other_servers(running, wanted)
    refuse_other_servers(running, running)
