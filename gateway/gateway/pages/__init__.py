"""Every page, a module a journey."""

from . import account, bills, booking, door, health, home, medicines, messages, staff, visits

PAGES = [
    *door.ROUTES,
    *account.ROUTES,
    *home.ROUTES,
    *health.ROUTES,
    *medicines.ROUTES,
    *booking.ROUTES,
    *visits.ROUTES,
    *messages.ROUTES,
    *bills.ROUTES,
    *staff.ROUTES,
]
