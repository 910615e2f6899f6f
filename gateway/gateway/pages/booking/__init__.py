"""Booking a visit: why, with whom, when, check; a page each, and the address holds the answers."""

from gateway.routing import patient

from .steps import book, check, hold, reason, start, when, with_whom

ROUTES = [
    patient("/visits/book", start, here="visits"),
    patient("/visits/book/reason", reason, here="visits"),
    patient("/visits/book/with", with_whom, here="visits"),
    patient("/visits/book/time", when, hold, here="visits"),
    patient("/visits/book/check", check, book, here="visits"),
]
