"""A practice with visits whose reminders come due to the second: for what goes by the clock."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg

from portico_kit.ids import new_id
from portico_kit.testing.processes import ServiceProcess

NOTING = """
CREATE TABLE ended (reminder_id uuid NOT NULL, ended_at timestamptz NOT NULL);
CREATE FUNCTION note_end() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN INSERT INTO ended VALUES (NEW.reminder_id, clock_timestamp()); RETURN NULL; END $$;
CREATE TRIGGER note_end AFTER UPDATE ON reminder FOR EACH ROW EXECUTE FUNCTION note_end();
"""


@dataclass
class Diary:
    """A scheduling database with one provider, and the processes that work on it."""

    database_url: str
    amqp_url: str
    folder: Path
    provider_id: Any = field(default_factory=new_id)
    processes: list[ServiceProcess] = field(default_factory=list)

    def rows(self, query: str, parameters: Any = None) -> list[Any]:
        """What a query finds."""
        with psycopg.connect(self.database_url, autocommit=True) as connection:
            cursor = connection.execute(query, parameters)  # type: ignore[arg-type]
            return cursor.fetchall() if cursor.description else []

    def open(self) -> Diary:
        """Write the practice down, and note from now on when a reminder ends."""
        self.rows(NOTING)
        location, kind = new_id(), new_id()
        self.rows(
            "INSERT INTO location VALUES (%s, 'Main Street', '12 Main Street', '', %s)",
            [location, "America/New_York"],
        )
        self.rows(
            "INSERT INTO visit_type VALUES (%s, 'checkup', 'Check-up', 'Chequeo', 20, 0, "
            "ARRAY['in_person'], true, 0, 90, false)",
            [kind],
        )
        self.rows(
            "INSERT INTO provider VALUES (%s, NULL, 'Dr. Amara Okafor', '', %s)",
            [self.provider_id, location],
        )
        return self

    def remind_in(self, seconds: Sequence[float]) -> None:
        """A visit with one reminder for each of these: due so many seconds from now."""
        self.rows(
            """
            WITH due AS (
                SELECT * FROM unnest(%s::float[]) WITH ORDINALITY AS d (seconds, number)
            ), number AS (SELECT count(*) AS first FROM appointment
            ), visit AS (
                INSERT INTO appointment (appointment_id, patient_id, provider_id, location_id,
                    visit_type_id, mode, state, starts_at, ends_at, free_at, zone, booked_by,
                    booked_at)
                SELECT gen_random_uuid(), gen_random_uuid(), p.provider_id, p.location_id,
                    t.visit_type_id, 'in_person', 'booked', begins, begins + interval '20 minutes',
                    begins + interval '20 minutes', 'America/New_York', 'staff', now()
                FROM due, number, provider p, visit_type t, LATERAL (
                    SELECT now() + interval '30 days' + (first + due.number) * interval '1 hour'
                        AS begins) b
                ORDER BY due.number
                RETURNING appointment_id, starts_at
            ), placed AS (
                SELECT appointment_id, row_number() OVER (ORDER BY starts_at) AS number,
                    starts_at FROM visit
            )
            INSERT INTO reminder (reminder_id, appointment_id, revision, kind, due_at,
                worth_until, state)
            SELECT gen_random_uuid(), appointment_id, 0, 'two_days',
                clock_timestamp() + seconds * interval '1 second', starts_at, 'waiting'
            FROM due JOIN placed USING (number)
            """,
            [[float(one) for one in seconds]],
        )

    def copy(self, *, wait: bool = True, **settings: str) -> ServiceProcess:
        """One more process of scheduling."""
        made = ServiceProcess.service(
            "scheduling.service:Scheduling",
            database_url=self.database_url,
            amqp_url=self.amqp_url,
            output=self.folder / f"scheduling-{len(self.processes)}.log",
            **settings,
        )
        self.processes.append(made)
        return made.start(wait=wait)

    def doubled(self) -> int:
        """How many reminders were announced more than once."""
        return len(
            self.rows(
                "SELECT data::jsonb->>'reminder_id' FROM outbox WHERE name = 'VisitReminderDue' "
                "GROUP BY 1 HAVING count(*) > 1"
            )
        )

    def announced(self) -> int:
        """How many reminders were announced, doubled ones counted twice."""
        query = "SELECT count(*) FROM outbox WHERE name = 'VisitReminderDue'"
        return int(self.rows(query)[0][0])

    def waiting(self) -> int:
        """How many reminders have not come to an end."""
        return int(self.rows("SELECT count(*) FROM reminder WHERE state = 'waiting'")[0][0])

    def lateness(self) -> list[float]:
        """Seconds from each reminder's moment to its announcement, by the database's clock."""
        found = self.rows(
            "SELECT extract(epoch FROM ended_at - due_at) FROM reminder JOIN ended "
            "USING (reminder_id) WHERE state = 'announced' ORDER BY due_at"
        )
        return [float(row[0]) for row in found]

    def end(self) -> None:
        """Kill every process."""
        for process in self.processes:
            process.kill()


class Clock:
    """The clock of processes that were started with ``settings``: it can be set wrong."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self.set(0)

    @property
    def settings(self) -> dict[str, str]:
        """What a process is started with to go by this clock."""
        return {"PORTICO_CLOCK_FILE": str(self._file), "PORTICO_ENVIRONMENT": "test"}

    def set(self, hours: float) -> None:
        """From now on it is wrong by so many hours."""
        fresh = self._file.with_suffix(".new")
        fresh.write_text(str(hours * 3600))
        os.replace(fresh, self._file)  # noqa: PTH105
