"""Every page, a module a journey."""

from . import (
    account,
    bills,
    booking,
    door,
    health,
    home,
    medicines,
    messages,
    password,
    recovery,
    second_factors,
    second_step,
    staff,
    visits,
)

PAGES = [
    *door.ROUTES,
    *second_step.ROUTES,
    *recovery.ROUTES,
    *account.ROUTES,
    *password.ROUTES,
    *second_factors.ROUTES,
    *home.ROUTES,
    *health.ROUTES,
    *medicines.ROUTES,
    *booking.ROUTES,
    *visits.ROUTES,
    *messages.ROUTES,
    *bills.ROUTES,
    *staff.ROUTES,
]
