"""How long the relay waits for a broker that confirms slowly, and for one that confirms nothing."""

import asyncio
from types import SimpleNamespace

import pytest

from portico_kit.confirms import Blocked, ConfirmingChannel

PACE, DEADLINE = 0.05, 0.2  # seconds


class SlowChannel:
    """Confirms what it takes one by one, and nothing beyond the first ``most``."""

    def __init__(self, most):
        self.most, self.taken, self.told = most, 0, None

    def add_on_close_callback(self, _told): ...

    def add_on_return_callback(self, _told): ...

    def confirm_delivery(self, told, callback):
        self.told = told
        callback(None)

    def basic_publish(self, *_message, **_options):
        self.taken += 1
        if self.taken <= self.most:
            method = SimpleNamespace(delivery_tag=self.taken, multiple=False)
            loop = asyncio.get_running_loop()
            loop.call_later(PACE * self.taken, self.told, SimpleNamespace(method=method))


async def publish(count, *, most):
    """Seconds until all were confirmed."""
    loop = asyncio.get_running_loop()
    channel, began = ConfirmingChannel("toy"), loop.time()
    channel._use(SlowChannel(most), loop.create_future())
    await channel.publish([("", "queue", b"{}")] * count, deadline=DEADLINE)
    return loop.time() - began


def test_a_broker_that_confirms_slowly_is_waited_for():
    assert asyncio.run(publish(10, most=10)) > 2 * DEADLINE


@pytest.mark.parametrize("most", [0, 9])
def test_a_broker_that_confirms_nothing_more_is_given_up(most):
    with pytest.raises(Blocked):
        asyncio.run(publish(10, most=most))
