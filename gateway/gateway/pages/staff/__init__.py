"""The staff's pages: my day, the team queues, patients, results to release, who works
here and gets back in, and what failed."""

from . import day, failures, helping, invitations, items, patients, people, queues, results

ROUTES = [
    *day.ROUTES,
    *queues.ROUTES,
    *items.ROUTES,
    *patients.ROUTES,
    *invitations.ROUTES,
    *helping.ROUTES,
    *people.ROUTES,
    *results.ROUTES,
    *failures.ROUTES,
]
