"""The broker's addresses: one, or one for each node of a cluster, with ``;`` between.

    PORTICO_AMQP_URL="amqp://billing:secret@mq-1:5672/;amqp://billing:secret@mq-2:5672/"

Whoever connects begins with the first. After a loss, and after a node that took the connection and
then did no work, each goes on to the next: a node that is cut off from the others may still answer.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import pika


def addresses(text: str) -> list[str]:
    """Each node's address, in the order in which they were written down."""
    return [found for part in text.split(";") if (found := part.strip())] or [text]


def in_turn(text: str) -> Iterator[str]:
    """The address for each attempt to connect, for ever, beginning with the first."""
    return itertools.cycle(addresses(text))


def parameters(text: str) -> list[pika.URLParameters]:
    """All of them for pika's blocking connection, which takes the first that answers."""
    return [pika.URLParameters(address) for address in addresses(text)]
