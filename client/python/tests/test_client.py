"""The client against a gateway that each test speaks for."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import Any

import pytest

from fake import HELLO, FakeGateway, Wire, eventually
from gatesmith_client import (
    UNSET,
    CallError,
    CallTimeoutError,
    Client,
    ClosedError,
    ConnectionClosedError,
    ConnectionFailedError,
    ConnectionLostError,
    HTTPStatusError,
    InvalidMessageError,
    MessageTooLargeError,
    NotConnectedError,
    Phase,
    Reconnect,
    RefusedError,
    SlowSubscriberError,
    State,
    TickTimeoutError,
    session,
)
from gatesmith_client.protocol import (
    AgentWaitParams,
    ChatSendParams,
    HealthParams,
    SendParams,
    SystemEventParams,
    WakeParams,
    methods,
)
from gatesmith_client.wire import Unset


@contextlib.asynccontextmanager
async def connected(gateway: FakeGateway, **options: Any) -> AsyncIterator[tuple[Client, Wire]]:
    """Connect a client."""
    client = Client("ws://gateway", gateway.options(**options))
    connecting = asyncio.ensure_future(client.connect())
    wire, _ = await gateway.accept()
    await connecting
    try:
        yield client, wire
    finally:
        await client.close()


async def test_the_handshake_is_bare_params() -> None:
    gateway = FakeGateway()
    client = Client(
        "ws://gateway", gateway.options(token="t", display_name="d", scopes=["operator.read"], headers={"Origin": "x"})
    )
    connecting = asyncio.ensure_future(client.connect())
    wire, opening = await gateway.accept()
    await connecting
    assert gateway.addresses == ["ws://gateway/v1/connect"]
    assert opening == {
        "minProtocol": 3,
        "maxProtocol": 3,
        "client": {
            "id": "gatesmith-python",
            "version": "0.1.0",
            "platform": client.options.platform,
            "mode": "operator",
            "displayName": "d",
        },
        "role": "operator",
        "scopes": ["operator.read"],
        "auth": {"token": "t"},
    }
    assert wire.options.headers == {"Origin": "x"}
    assert client.hello.server.version == "v1"
    assert client.state.phase is Phase.CONNECTED
    await client.close()
    assert wire.closed == (1000, "")
    assert wire.aborted
    assert isinstance(client.error, ClosedError)
    await client.closed()


async def test_calls_are_typed() -> None:
    async with connected(FakeGateway()) as (client, wire):
        call = asyncio.ensure_future(client.send(SendParams(to="t", message="m", idempotency_key="k")))
        request = await wire.heard_of()
        assert request == {
            "type": "req",
            "id": "1",
            "method": "send",
            "params": {"to": "t", "message": "m", "idempotencyKey": "k"},
        }
        wire.answer(request, {"runId": "r", "messageId": "m1", "channel": "c", "newer": True})
        assert (await call).message_id == "m1"

        health = asyncio.ensure_future(client.health())
        request = await wire.heard_of()
        assert request["params"] == {}
        wire.answer(request, code="UNAVAILABLE", message="no", retryAfterMs=1500, details={"a": 1})
        with pytest.raises(CallError, match="UNAVAILABLE: no") as caught:
            await health
        error = caught.value
        assert (error.code, error.retryable, error.retry_after, error.details) == ("UNAVAILABLE", True, 1.5, {"a": 1})

        last = asyncio.ensure_future(client.last_heartbeat())
        wire.answer(await wire.heard_of(), None)
        assert await last is None

        raw = asyncio.ensure_future(client.call_raw("newer.method", {"x": 1}))
        request = await wire.heard_of()
        assert (request["method"], request["params"]) == ("newer.method", {"x": 1})
        wire.answer(request, False)
        assert await raw is False

        bad = asyncio.ensure_future(client.health(HealthParams(probe=True)))
        wire.answer(await wire.heard_of(), [])
        with pytest.raises(InvalidMessageError, match="must be object"):
            await bad


async def test_answers_may_come_in_any_order() -> None:
    async with connected(FakeGateway()) as (client, wire):
        calls = [asyncio.ensure_future(client.call_raw(f"m{n}")) for n in range(3)]
        requests = [await wire.heard_of() for _ in range(3)]
        for request in reversed(requests):
            wire.answer(request, request["method"])
        assert await asyncio.gather(*calls) == ["m0", "m1", "m2"]


async def test_what_is_not_understood_is_left_out() -> None:
    async with connected(FakeGateway()) as (client, wire):
        for text in (
            "x",
            "[]",
            '{"type":"newer"}',
            '{"type":"res","id":1}',
            '{"type":"res","id":"99","ok":true}',
            '{"type":"hello-ok"}',
        ):
            wire.say(text)
        wire.event("tick", {"ts": "x"})
        call = asyncio.ensure_future(client.call_raw("m"))
        wire.answer(await wire.heard_of(), 1)
        assert await call == 1


async def test_timeouts() -> None:
    async with connected(FakeGateway(), request_timeout=0.05) as (client, wire):
        with pytest.raises(CallTimeoutError):
            await client.health()
        late = await wire.heard_of()
        wire.answer(late, {})  # finds nobody
        # It waits by design, for as long as its params ask for and the usual time on top.
        wait = asyncio.ensure_future(client.agent_wait(AgentWaitParams(run_id="r", timeout_ms=5000)))
        request = await wire.heard_of()
        assert request["method"] == "agent.wait"
        await asyncio.sleep(0.1)
        wire.answer(request, {"runId": "r", "status": "ok"})
        assert (await wait).status == "ok"
        forever = asyncio.ensure_future(client.health(timeout=None))
        request = await wire.heard_of()
        await asyncio.sleep(0.1)
        wire.answer(request, {})
        await forever
        assert client._session is not None
        assert client._session._pending == {}


async def test_cancelling_a_call_leaves_the_others_alone() -> None:
    async with connected(FakeGateway()) as (client, wire):
        first, second = (asyncio.ensure_future(client.call_raw(m)) for m in ("a", "b"))
        requests = [await wire.heard_of() for _ in range(2)]
        first.cancel()
        with pytest.raises(asyncio.CancelledError):
            await first
        for request in requests:
            wire.answer(request, request["method"])
        assert await second == "b"
        wire.takes.clear()
        sent, withdrawn = (asyncio.ensure_future(client.call_raw(m)) for m in ("c", "d"))
        await eventually(lambda: wire.unsent > 0)
        withdrawn.cancel()
        wire.takes.set()
        wire.answer(await wire.heard_of(), "c")
        assert await sent == "c"
        assert await wire.silent(), "a call that was cancelled in time is not sent"


async def test_calls_wait_for_their_turn() -> None:
    async with connected(FakeGateway(), max_pending=1) as (client, wire):
        first, second = (asyncio.ensure_future(client.call_raw(m)) for m in ("a", "b"))
        request = await wire.heard_of()
        assert await wire.silent()
        with pytest.raises(CallTimeoutError, match="1 calls are waiting already"):
            await client.call_raw("c", timeout=0.01)
        wire.answer(request, 1)
        wire.answer(await wire.heard_of(), 2)
        assert [await first, await second] == [1, 2]


async def test_requests_and_answers_have_bounds() -> None:
    gateway = FakeGateway()
    async with connected(gateway, max_message=2000) as (client, wire):
        with pytest.raises(MessageTooLargeError, match="the gateway reads 1000"):
            await client.call_raw("m", {"x": "y" * 1000})
        call = asyncio.ensure_future(client.health())
        request = await wire.heard_of()
        wire.answer(request, "y" * 2000)
        with pytest.raises(MessageTooLargeError):
            await call
        await gateway.accept()


async def test_a_call_that_may_be_repeated_is() -> None:
    gateway = FakeGateway()
    params = ChatSendParams(session_key="main", message="m", idempotency_key="k")
    async with connected(gateway) as (client, wire):
        call = asyncio.ensure_future(client.chat_send(params))
        first = await wire.heard_of()
        wire.drop()
        wire, _ = await gateway.accept()
        assert await wire.heard_of() == first
        wire.answer(first, {"runId": "k", "status": "started"})
        assert (await call).status == "started"

        call = asyncio.ensure_future(client.chat_send(params))
        for sends in range(1, 4):
            await wire.heard_of()
            wire.end(1012, "service restart")
            if sends < 3:
                wire, _ = await gateway.accept()
        with pytest.raises(ConnectionLostError) as caught:
            await call
        assert isinstance(caught.value.__cause__, ConnectionClosedError)


async def test_a_call_that_may_not_be_repeated_is_not() -> None:
    gateway = FakeGateway()
    assert not methods.WAKE.retryable
    async with connected(gateway) as (client, wire):
        calls = [
            asyncio.ensure_future(client.wake(WakeParams(mode="now", text="t"))),
            asyncio.ensure_future(client.call_raw("newer.method")),
        ]
        for _ in calls:
            await wire.heard_of()
        wire.drop()
        for call in calls:
            with pytest.raises(ConnectionLostError, match="whether the call was carried out is not known"):
                await call
        # While there is no connection, calls wait.
        waiting = asyncio.ensure_future(client.system_event(SystemEventParams(text="t")))
        wire, _ = await gateway.accept()
        wire.answer(await wire.heard_of(), {"ok": True})
        await waiting


async def test_calls_before_and_after() -> None:
    gateway = FakeGateway()
    client = Client("ws://gateway", gateway.options())
    with pytest.raises(NotConnectedError):
        await client.health()
    with pytest.raises(NotConnectedError):
        _ = client.hello
    connecting = asyncio.ensure_future(client.connect())
    wire, _ = await gateway.accept()
    await connecting
    with pytest.raises(RuntimeError, match="connect was called before"):
        await client.connect()
    pending = asyncio.ensure_future(client.call_raw("m"))
    await wire.heard_of()
    await client.close()
    for call in (pending, client.health()):
        with pytest.raises(ClosedError):
            await call
    await client.close()
    never = Client("ws://gateway", gateway.options())
    await never.close()
    with pytest.raises(ClosedError):
        await never.connect()


async def test_refusals() -> None:
    gateway = FakeGateway()
    client = Client("ws://gateway", gateway.options())
    connecting = asyncio.ensure_future(client.connect())
    wire = await gateway.wires.get()
    await wire.heard_of()
    wire.answer(
        {"id": "connect"}, code="NOT_PAIRED", message="pairing required", details={"requestId": "r"}, retryable=False
    )
    with pytest.raises(RefusedError, match="NOT_PAIRED: pairing required") as caught:
        await connecting
    assert caught.value.error.details == {"requestId": "r"}
    assert client.error is caught.value
    assert wire.aborted

    for fault, kind in (
        (HTTPStatusError(404, "not here"), HTTPStatusError),
        (ConnectionFailedError("no route"), ConnectionFailedError),
    ):
        gateway.refuse = lambda fault=fault: fault  # type: ignore[misc]
        with pytest.raises(kind):
            await Client("ws://gateway", gateway.options()).connect()


async def test_connecting_has_a_time() -> None:
    gateway = FakeGateway()
    client = Client("ws://gateway", gateway.options(connect_timeout=0.02))
    with pytest.raises(CallTimeoutError, match="no connection to the gateway within 0.02 s"):
        await client.connect()
    assert (await gateway.wires.get()).aborted

    client = Client("ws://gateway", gateway.options())
    with pytest.raises(asyncio.TimeoutError):
        await asyncio.wait_for(client.connect(), 0.02)
    assert isinstance(client.error, ClosedError)
    assert (await gateway.wires.get()).aborted


async def test_reconnecting() -> None:
    gateway = FakeGateway()
    states: list[State] = []
    client = Client("ws://gateway", gateway.options(reconnect=Reconnect(first=True, min_delay=0.001, max_delay=0.004)))
    client.on_state(states.append)
    faults = [ConnectionFailedError("not yet"), HTTPStatusError(503, retry_after=0.01)]
    gateway.refuse = lambda: faults.pop(0) if faults else None
    connecting = asyncio.ensure_future(client.connect())
    wire, _ = await gateway.accept()
    await connecting
    wire.event("shutdown", {"reason": "r", "restartExpectedMs": 20})
    wire.end(1012, "service restart")
    await gateway.accept()
    await client.close()
    assert [s.phase for s in states] == [
        Phase.RECONNECTING, Phase.RECONNECTING, Phase.CONNECTED, Phase.DISCONNECTED, Phase.RECONNECTING, Phase.CONNECTED, Phase.ENDED,
    ]  # fmt: skip
    assert [s.attempt for s in states if s.phase is Phase.RECONNECTING] == [1, 2, 1]
    assert states[1].delay >= 0.01
    assert states[4].delay >= 0.02, "not before the gateway said that it would be back"
    assert isinstance(states[3].cause, ConnectionClosedError)


async def test_reconnecting_ends() -> None:
    gateway = FakeGateway()
    async with connected(gateway, reconnect=Reconnect(off=True)) as (client, wire):
        wire.end(1001)
        await client.closed()
        assert isinstance(client.error, ConnectionClosedError)
        with pytest.raises(ConnectionClosedError):
            await client.health()
    async with connected(gateway) as (client, wire):
        wire.drop()
        wire = await gateway.wires.get()
        await wire.heard_of()
        wire.answer({"id": "connect"}, code="INVALID_REQUEST", message="unauthorized")
        await client.closed()
        assert isinstance(client.error, RefusedError)


def test_delays_grow_and_are_left_to_chance() -> None:
    r = Reconnect(min_delay=1, max_delay=30)
    assert [r.delay(n, 0, 1) for n in (1, 2, 3, 6, 1000)] == [1, 2, 4, 30, 30]
    assert [r.delay(n, 0, 0) for n in (1, 2, 3, 6, 1000)] == [0.5, 1, 2, 15, 15]
    assert r.delay(1, 10, 0.5) == 10.5
    assert r.delay(6, 10, 0.5) == 22.5


async def test_silence_ends_a_connection() -> None:
    gateway = FakeGateway()
    states: list[State] = []
    client = Client("ws://gateway", gateway.options(tick_timeout=1.0))
    client.on_state(states.append)
    connecting = asyncio.ensure_future(client.connect())
    wire, _ = await gateway.accept()
    await connecting
    for n in range(1, 7):
        await asyncio.sleep(0.2)
        wire.event("tick", {"ts": 1}, n)
    assert wire.closed is None
    await gateway.accept()
    assert wire.closed == (4000, "tick timeout")
    assert isinstance(next(s.cause for s in states if s.phase is Phase.DISCONNECTED), TickTimeoutError)
    await client.close()


async def test_patience_is_three_ticks() -> None:
    gateway = FakeGateway()
    client = Client("ws://gateway", gateway.options())
    connecting = asyncio.ensure_future(client.connect())
    wire, _ = await gateway.accept(tickIntervalMs=10)
    await connecting
    await gateway.accept()
    assert wire.closed == (4000, "tick timeout")
    await client.close()
    async with connected(gateway, tick_timeout=None) as (_, wire):
        await asyncio.sleep(0.02)
        assert wire.closed is None


async def test_a_gateway_that_takes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(session, "WRITE_STALL", 0.01)
    gateway = FakeGateway()
    async with connected(gateway) as (client, wire):
        wire.takes.clear()
        with pytest.raises(ConnectionLostError, match="taken nothing"):
            await client.call_raw("m")
        await gateway.accept()


async def test_the_greeting_may_make_no_sense() -> None:
    gateway = FakeGateway()
    client = Client("ws://gateway", gateway.options())
    connecting = asyncio.ensure_future(client.connect())
    wire = await gateway.wires.get()
    await wire.heard_of()
    wire.say({**HELLO, "policy": []})
    with pytest.raises(ConnectionFailedError, match="at /policy: must be object"):
        await connecting


async def test_slow_subscribers() -> None:
    gateway = FakeGateway()
    go_on = asyncio.Event()
    heard: list[Any] = []
    gaps: list[tuple[int, int]] = []
    async with connected(gateway, max_events=600) as (client, wire):

        async def slowly(event: Any) -> None:
            heard.append(event.seq)
            await go_on.wait()

        client.on_any(slowly)
        client.on_gap(lambda expected, got: gaps.append((expected, got)))
        for seq in range(1, 20):
            wire.event("tick", {"ts": seq}, seq)
        call = asyncio.ensure_future(client.call_raw("m"))
        wire.answer(await wire.heard_of(), 1)
        assert await call == 1, "calls are not held up"
        go_on.set()
        await eventually(lambda: not client._inbox._items)
        wire.event("tick", {"ts": 20}, 20)
        await eventually(lambda: heard[-1] == 20)
        assert len(heard) < 10
        assert heard[-1] == 20
        assert gaps == [(heard[-2] + 1, 20)]
        # What is meant for this client alone must not be left out.
        go_on.clear()
        for _ in range(20):
            wire.event("tick", {"ts": 1})
        go_on.set()
        await gateway.accept()
        assert wire.closed == (1008, "slow subscriber")


def test_unset_is_not_a_timeout() -> None:
    value: float | Unset | None = UNSET
    assert value is UNSET
    assert issubclass(SlowSubscriberError, Exception)
