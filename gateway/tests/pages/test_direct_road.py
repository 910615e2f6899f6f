"""The road past the broker: which copy is asked, and when another may be."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager

import pytest

from gateway.clients.direct import DirectRoad, NoAnswer, NobodyThere

TAKES = b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\ndone"
LEAVES = b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}"
HANGS_UP = b""
NOBODY = "http://127.0.0.1:1"


@asynccontextmanager
async def copies(*answers: bytes) -> AsyncIterator[tuple[list[str], list[int]]]:
    """A server for each answer: their addresses, and how often each was asked."""
    asked = [0] * len(answers)

    async def serve(number: int, reader: asyncio.StreamReader, writer: asyncio.StreamWriter):
        await reader.readuntil(b"\r\n\r\n")
        asked[number] += 1
        writer.write(answers[number])
        writer.close()

    async with AsyncExitStack() as stack:
        urls = []
        for number in range(len(answers)):
            server = await asyncio.start_server(
                lambda r, w, n=number: serve(n, r, w), "127.0.0.1", 0
            )
            await stack.enter_async_context(server)
            urls.append(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}")
        yield urls, asked


async def ask(urls: Sequence[str], *, harmless_twice: bool = False) -> bytes:
    road = DirectRoad({"records": ",".join(urls)})
    try:
        return await road.ask("records", "x", b"", {}, harmless_twice=harmless_twice)
    finally:
        await road.close()


@pytest.mark.asyncio
@pytest.mark.parametrize("first", [LEAVES, None], ids=["leaving", "gone"])
async def test_a_copy_that_takes_nothing_is_followed_by_the_next(first):
    async with copies(first or TAKES, TAKES) as (urls, asked):
        urls = [NOBODY if first is None else urls[0], urls[1]]
        assert await ask(urls) == b"done"
        assert asked == [1 if first else 0, 1]


@pytest.mark.asyncio
async def test_a_copy_that_hangs_up_may_have_done_it_so_only_what_is_harmless_goes_on():
    async with copies(HANGS_UP, TAKES) as (urls, asked):
        with pytest.raises(NoAnswer):
            await ask(urls)
        assert asked == [1, 0]
        assert await ask(urls, harmless_twice=True) == b"done"


@pytest.mark.asyncio
async def test_where_nobody_is_left_all_are_asked_once_more():
    async with copies(LEAVES) as (urls, asked):
        with pytest.raises(NobodyThere):
            await ask([urls[0], NOBODY])
        assert asked == [2]
    with pytest.raises(NobodyThere):
        await DirectRoad({}).ask("records", "x", b"", {}, harmless_twice=True)


@pytest.mark.asyncio
async def test_copies_take_turns_and_one_that_left_is_asked_last():
    async with copies(TAKES, TAKES) as (urls, asked):
        road = DirectRoad({"records": ",".join(urls)})
        for _ in range(6):
            await road.ask("records", "x", b"", {}, harmless_twice=False)
        assert asked == [3, 3]
        road = DirectRoad({"records": ",".join([NOBODY, urls[0]])})
        for _ in range(4):
            await road.ask("records", "x", b"", {}, harmless_twice=False)
        assert list(road._aside) == [NOBODY]
        assert road._turn("records")[0] == road._turn("records")[0] == urls[0]
