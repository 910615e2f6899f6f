"""The staff's pages: my day, the team queues, patients, results to release, and what failed."""

from . import day, failures, invitations, items, patients, queues, results

ROUTES = [
    *day.ROUTES,
    *queues.ROUTES,
    *items.ROUTES,
    *patients.ROUTES,
    *invitations.ROUTES,
    *results.ROUTES,
    *failures.ROUTES,
]
