"""Events: callbacks, streams, gaps."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import replace

import pytest

from fake import FakeGateway, eventually
from gatesmith_client import ConnectionFailedError, Received, Reconnect, SlowSubscriberError, events
from gatesmith_client.protocol import Tick
from test_client import connected


async def test_callbacks_come_in_order(caplog: pytest.LogCaptureFixture) -> None:
    async with connected(FakeGateway()) as (client, wire):
        heard: list[object] = []

        def fails(_: object) -> None:
            raise ValueError("oh")

        async def later(tick: Tick) -> None:
            await asyncio.sleep(0.001)
            heard.append(tick)

        client.on(events.TICK, fails)
        stop = client.on(events.TICK, later)
        client.on_any(heard.append)
        client.on_gap(lambda *gap: heard.append(gap))
        with caplog.at_level(logging.ERROR):
            wire.event("tick", {"ts": 1}, 1)
            wire.event("newer.event", [1])
            wire.event("tick", {"ts": 2}, 4)
            await eventually(lambda: len(heard) == 6)
        assert "a subscriber failed" in caplog.text
        first, newer, second = (
            Received("tick", {"ts": 1}, 1),
            Received("newer.event", [1], None),
            Received("tick", {"ts": 2}, 4),
        )
        assert heard == [first, Tick(ts=1), newer, (2, 4), second, Tick(ts=2)]
        stop()
        stop()
        wire.event("tick", {"ts": 3}, 5)
        await eventually(lambda: len(heard) > 6)
        assert heard[6:] == [Received("tick", {"ts": 3}, 5)]


async def test_an_event_that_is_newer_than_the_schema() -> None:
    """A program may describe one itself."""
    async with connected(FakeGateway()) as (client, wire):
        newer = replace(events.TICK, name="newer.tick")
        async with client.stream(newer) as ticks:
            wire.event("newer.tick", {"ts": "x"})  # not understood, and left out
            wire.event("newer.tick", {"ts": 5})
            assert await anext(ticks) == Tick(ts=5)


async def test_numbers_begin_anew_with_each_connection() -> None:
    gateway = FakeGateway()
    async with connected(gateway) as (client, wire):
        gaps: list[tuple[int, int]] = []
        client.on_gap(lambda *gap: gaps.append(gap))
        wire.event("tick", {"ts": 1}, 1)
        wire.drop()
        wire, _ = await gateway.accept()
        wire.event("tick", {"ts": 1}, 1)
        wire.event("tick", {"ts": 1}, 2)
        wire.drop()
        wire, _ = await gateway.accept()
        wire.event("tick", {"ts": 1}, 3)
        await eventually(lambda: bool(gaps))
        assert gaps == [(1, 3)]


async def test_streams() -> None:
    async with connected(FakeGateway()) as (client, wire):
        async with client.stream(events.TICK) as ticks, client.stream_any() as everything:
            for n in (1, 2):
                wire.event("tick", {"ts": n}, n)
            assert [await anext(ticks), await anext(ticks)] == [Tick(ts=1), Tick(ts=2)]
            assert (await anext(everything)).payload == {"ts": 1}
        assert [t async for t in ticks] == [], "behind the block it is closed"
        waiting = client.stream(events.TICK)
        taken: list[Tick] = []

        async def take() -> None:
            async for tick in waiting:
                taken.append(tick)

        task = asyncio.ensure_future(take())
        wire.event("tick", {"ts": 3}, 3)
        await eventually(lambda: bool(taken))
        await client.close()
        await task
        assert taken == [Tick(ts=3)]


async def test_a_stream_that_nobody_takes_from() -> None:
    async with connected(FakeGateway(), max_queued=2) as (client, wire):
        stream = client.stream(events.TICK)
        for n in range(1, 6):
            wire.event("tick", {"ts": n}, n)
        await eventually(lambda: stream._end is not None)
        taken = []
        with pytest.raises(SlowSubscriberError, match="2 events wait in a stream"):
            async for tick in stream:
                taken.append(tick.ts)
        assert taken == [1, 2]


async def test_streams_end_with_the_client() -> None:
    async with connected(FakeGateway(), reconnect=Reconnect(off=True)) as (client, wire):
        stream = client.stream(events.TICK)
        wire.drop()
        with pytest.raises(ConnectionFailedError):
            await anext(stream)


async def test_a_subscriber_may_close_the_client() -> None:
    async with connected(FakeGateway()) as (client, wire):
        closed = asyncio.Event()

        async def close(_: Tick) -> None:
            await client.close()
            closed.set()

        client.on(events.TICK, close)
        wire.event("tick", {"ts": 1}, 1)
        await asyncio.wait_for(closed.wait(), 5)
