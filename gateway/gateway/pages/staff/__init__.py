"""The staff's pages: my day, the team queues, patients, and results to release."""

from . import day, invitations, items, patients, queues, results

ROUTES = [
    *day.ROUTES,
    *queues.ROUTES,
    *items.ROUTES,
    *patients.ROUTES,
    *invitations.ROUTES,
    *results.ROUTES,
]
