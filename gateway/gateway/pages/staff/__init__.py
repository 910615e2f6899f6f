"""The staff's pages: my day, the team queues, patients, results to release, who gets
back in, and what failed."""

from . import day, failures, helping, invitations, items, patients, queues, results

ROUTES = [
    *day.ROUTES,
    *queues.ROUTES,
    *items.ROUTES,
    *patients.ROUTES,
    *invitations.ROUTES,
    *helping.ROUTES,
    *results.ROUTES,
    *failures.ROUTES,
]
