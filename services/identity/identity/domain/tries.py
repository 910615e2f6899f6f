"""How long to wait after failed tries."""

from __future__ import annotations

from datetime import timedelta

TRIES_PER_LOGIN = 5
TRIES_PER_ADDRESS = 30
MOST_TRIES = 100
LINKS_AT_ONCE = 3
CODE_TRIES = 5  # at a code from the practice, before it ends
FIRST_WAIT = timedelta(minutes=1)
LONGEST_WAIT = timedelta(minutes=15)
TRIES_FORGOTTEN_AFTER = {
    "login": timedelta(days=30),
    "address": timedelta(hours=24),
    "factor": timedelta(days=30),
    "password": timedelta(days=30),
    "texts": timedelta(hours=24),
    "links": timedelta(hours=24),
    "codes": timedelta(hours=48),  # longer than a code lasts, or waiting would give new tries
}
# Behind one address may sit a whole clinic: its failures wear off, one in this time.
ADDRESS_WEARS_OFF = timedelta(minutes=2)


def wait_for_login(failures: int) -> timedelta:
    """How long no further try counts: none, then 1, 2, 4, 8, 15 minutes; a day from the 100th.

    SP 800-63B-4, section 3.2.2, asks for at most 100 failures in a row on one account: a day's
    wait from there on leaves guessing hopeless without letting strangers shut people out for good.
    """
    return timedelta(days=1) if failures >= MOST_TRIES else _doubling(failures, TRIES_PER_LOGIN)


def wait_for_address(failures: int) -> timedelta:
    """The same for an address, which is never held up for longer than 15 minutes."""
    return _doubling(failures, TRIES_PER_ADDRESS)


def wait_for_text(sent: int) -> timedelta:
    """How long no further code goes out by text: 1, 2, 4, 8, 15 minutes after each."""
    return _doubling(sent, 1)


def wait_for_link(asked: int) -> timedelta:
    """How long no further link goes out: 1, 2, 4, 8, 15 minutes from the third on."""
    return _doubling(asked, LINKS_AT_ONCE)


def no_wait(_failures: int) -> timedelta:
    """For what ends at its last try and is never held up."""
    return timedelta(0)


def worn_off(failures: int, *, quiet: timedelta) -> int:
    """How many failures of an address are left after some time without another."""
    return max(0, failures - max(quiet, timedelta(0)) // ADDRESS_WEARS_OFF)


def _doubling(failures: int, allowed: int) -> timedelta:
    if failures < allowed:
        return timedelta(0)
    doubled: int = 1 << min(failures - allowed, 10)
    return min(FIRST_WAIT * doubled, LONGEST_WAIT)
