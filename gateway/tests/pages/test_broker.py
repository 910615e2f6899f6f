"""The road over the broker, at its edges; the broker itself is in the integration tests."""

from __future__ import annotations

import pytest
from pika.exceptions import ChannelWrongStateError

from gateway.clients.broker import Away, Broker


class ClosedChannel:
    """A channel that the broker has closed, of which the connection has not told yet."""

    def basic_publish(self, *_arguments, **_options):
        raise ChannelWrongStateError("Channel is closed.")


@pytest.mark.asyncio
async def test_what_cannot_leave_goes_by_the_other_road():
    broker = Broker("amqp://127.0.0.1:1", heard=lambda _body: None, listening=lambda: None)
    broker._channel = ClosedChannel()
    broker.ready.set()
    with pytest.raises(Away):
        await broker.call("records", "list_lab_results", b"{}", {}, seconds=1)
    assert broker._waiting == {}
