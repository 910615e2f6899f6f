"""Metrics: the same names in every process."""

import gc

from greenlet import greenlet
from prometheus_client import Counter, Gauge, Histogram

rpc_seconds = Histogram(
    "portico_rpc_seconds", "Time to answer a request", ["method", "outcome"],
    buckets=(0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5),
)  # fmt: skip
reactions = Counter("portico_reactions", "Events reacted to", ["subscription", "outcome"])
dead_letters = Gauge("portico_dead_letters", "Deliveries given up, waiting for a person")
retries_waiting = Gauge("portico_retries_waiting", "Deliveries waiting for another attempt")
hub_lag_seconds = Gauge("portico_hub_lag_seconds", "How late the hub wakes a sleeper")
clock_skew_seconds = Gauge(
    "portico_clock_skew_seconds", "By how much our clock is ahead of the database's"
)
published = Counter("portico_relay_published", "Outbox rows confirmed by the broker", ["database"])
outbox_oldest_seconds = Gauge(
    "portico_outbox_oldest_seconds", "Age of the oldest unpublished event", ["database"]
)
audit_oldest_seconds = Gauge(
    "portico_audit_oldest_seconds", "Age of the oldest audit row not yet sent", ["database"]
)
events_waiting = Gauge("portico_events_waiting", "Messages that wait in a queue", ["queue"])
events_waiting_seconds = Gauge(
    "portico_events_waiting_seconds",
    "For how long some have waited in a queue without a break: the oldest is no older",
    ["queue"],
)
timer_late_seconds = Gauge(
    "portico_timer_late_seconds", "By how much a timer is late, beyond its period", ["timer"]
)
database_up = Gauge("portico_database_up", "Whether the service's database answers")
broker_up = Gauge("portico_broker_up", "Whether this process is connected to the broker")
relay_blocked = Gauge("portico_relay_blocked", "The broker asked us to pause", ["database"])
unroutable = Gauge("portico_unroutable", "Events that no queue wanted")
greenlets = Gauge("portico_greenlets", "Greenlets there are: workers, connections, sleepers")
# Counted when somebody asks. By type: what pretends to be of another class may raise.
greenlets.set_function(lambda: sum(issubclass(type(each), greenlet) for each in gc.get_objects()))
