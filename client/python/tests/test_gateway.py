"""The client against the real gateway."""

from __future__ import annotations

import asyncio
import ssl
import stat
import time
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest

from conftest import TOKEN, Gateway, started
from fake import eventually
from gatesmith_client import (
    CallError,
    Client,
    ConnectionFailedError,
    DeviceIdentity,
    FileTokens,
    HTTPStatusError,
    Options,
    Phase,
    Reconnect,
    RefusedError,
    State,
    events,
)
from gatesmith_client.protocol import (
    SCHEMA_HASH,
    AgentEventLifecycle,
    AgentWaitParams,
    ChatHistoryParams,
    ChatSendParams,
    DevicePairApproveParams,
    SetHeartbeatsParams,
    SystemEventParams,
    TextBlock,
)


async def test_calls_and_events(gateway: Gateway, summary: list[str]) -> None:
    async with started(gateway), Client(gateway.address, Options(token=TOKEN)) as client:
        hello = client.hello
        assert hello.server.schema == SCHEMA_HASH, "the client is of the same schema"
        assert hello.auth
        assert hello.auth.scopes == ["operator.admin"]
        assert (await client.health()).ok
        assert any(e.host == "gatesmith-python" for e in await client.system_presence())
        assert await client.set_heartbeats(SetHeartbeatsParams(enabled=True))
        assert set(await client.call_raw("status") or ()) >= {"heartbeat"}  # type: ignore[arg-type]
        async with Client(gateway.address, Options(token=TOKEN)) as other, client.stream(events.PRESENCE) as presence:
            await other.system_event(SystemEventParams(text="Node: lamp"))
            event = await asyncio.wait_for(anext(presence), 20)
            assert any(e.text == "Node: lamp" for e in event.presence)
        calls = 500
        began = time.perf_counter()
        await asyncio.gather(*(client.last_heartbeat() for _ in range(calls)))
        each = (time.perf_counter() - began) / calls
    summary.append(f"real gateway over websockets {version('websockets')}: {each * 1e6:.0f} µs a call, many at once")


async def test_errors(gateway: Gateway) -> None:
    async with started(gateway), Client(gateway.address, Options(token=TOKEN, scopes=["operator.read"])) as client:
        with pytest.raises(CallError, match="missing scope: operator.admin") as caught:
            await client.set_heartbeats(SetHeartbeatsParams(enabled=True))
        assert not caught.value.retryable
        with pytest.raises(CallError, match="invalid health params: at root: unexpected property 'x'") as caught:
            await client.call_raw("health", {"x": 1})
        assert [(i.rule, i.property) for i in caught.value.issues] == [("additionalProperties", "x")]
        with pytest.raises(CallError, match="unauthorized|missing scope|unknown method"):
            await client.call_raw("no.such.method")


async def test_a_conversation(gateway: Gateway) -> None:
    """A message, the run that it starts as it goes on, and the history. The built-in echo answers."""
    async with started(gateway), Client(gateway.address, Options(token=TOKEN)) as client:
        gaps: list[tuple[int, int]] = []
        client.on_gap(lambda *gap: gaps.append(gap))
        async with client.stream(events.CHAT) as chat, client.stream(events.AGENT) as agent:
            params = ChatSendParams(session_key="main", message="Hello there", idempotency_key="k1")
            assert (await client.chat_send(params)).status == "started"
            states = []
            async for event in chat:
                states.append(event.state)
                if event.state != "delta":
                    break
            assert states[-1] == "final"
            assert event.message
            assert event.message.content == "Hello there"
            begin = await anext(agent)
            assert isinstance(begin, AgentEventLifecycle)
            assert begin.run_id == "k1"
        assert (await client.agent_wait(AgentWaitParams(run_id="k1"))).status == "ok"
        # The same key starts nothing.
        assert (await client.chat_send(params)).status == "ok"
        history = await client.chat_history(ChatHistoryParams(session_key="main"))
        assert [m.role for m in history.messages] == ["user", "assistant"]
        texts = [b.text for m in history.messages for b in m.content if isinstance(b, TextBlock)]
        assert texts == ["Hello there", "Hello there"]
        sessions = (await client.sessions_list()).sessions
        assert [s.key for s in sessions] == ["agent:main:main"]
        assert gaps == []


async def test_who_may_connect(gateway: Gateway) -> None:
    async with started(gateway):
        for options in (Options(token="wrong"), Options()):
            with pytest.raises(RefusedError) as caught:
                await Client(gateway.address, options).connect()
            assert not caught.value.error.retryable
        with pytest.raises(RefusedError, match="protocol|invalid"):
            await Client(gateway.address, Options(token=TOKEN, role="janitor")).connect()  # type: ignore[arg-type]


async def test_devices(gateway: Gateway, tmp_path: Path) -> None:
    """A device signs the challenge, is given a token, and needs no shared secret any more."""
    device = DeviceIdentity.load_or_create(tmp_path / "own" / "device.json")
    tokens = FileTokens(tmp_path / "own" / "tokens.json")
    async with started(gateway):
        async with Client(gateway.address, Options(token=TOKEN, device=device, tokens=tokens)) as client:
            assert client.address.endswith("/"), "a path on which a challenge comes"
            assert client.hello.auth
        kept = tokens.load(device.id, "operator")
        assert kept is not None
        assert kept.token == client.hello.auth.device_token
        assert stat.S_IMODE(tokens.path.stat().st_mode) == 0o600
        same = DeviceIdentity.load_or_create(tmp_path / "own" / "device.json")
        async with Client(gateway.address, Options(device=same, tokens=tokens)) as client:
            assert (await client.health()).ok
        # A token that is not accepted any more is forgotten for the shared secret.
        tokens.save(device.id, "operator", type(kept)("revoked"))
        async with Client(gateway.address, Options(token=TOKEN, device=device, tokens=tokens)):
            after = tokens.load(device.id, "operator")
            assert after is not None
            assert after.token != "revoked"
        # Whoever is not paired is told so, with a request for the operator to approve.
        with pytest.raises(RefusedError) as caught:
            await Client(gateway.address, Options(device=DeviceIdentity.new())).connect()
        assert caught.value.error.code in ("NOT_PAIRED", "INVALID_REQUEST")


async def test_a_restart(gateway: Gateway) -> None:
    """The client comes back, and calls that wait go over the new connection."""
    states: list[State] = []
    async with started(gateway):
        client = Client(gateway.address, Options(token=TOKEN, reconnect=Reconnect(min_delay=0.05, max_delay=0.2)))
        client.on_state(states.append)
        await client.connect()
        for kill in (False, True):
            await gateway.stop(kill=kill)
            waiting = asyncio.ensure_future(client.health())
            await eventually(lambda: client.state.phase in (Phase.DISCONNECTED, Phase.RECONNECTING))
            await gateway.start()
            assert (await waiting).ok
        await client.close()
    phases = [s.phase for s in states]
    assert phases.count(Phase.CONNECTED) == 3
    assert phases.count(Phase.DISCONNECTED) == 2
    assert phases[-1] is Phase.ENDED


async def test_no_gateway(gateway: Gateway, unused_port: int) -> None:
    with pytest.raises(ConnectionFailedError, match="cannot connect"):
        await Client(f"ws://127.0.0.1:{unused_port}", Options()).connect()
    with pytest.raises(ConnectionFailedError):
        await Client("ws://no-such-host.invalid", Options()).connect()
    async with started(gateway):
        # The Host of another site is refused before the upgrade.
        headers = {"Origin": "https://elsewhere.example"}
        with pytest.raises((HTTPStatusError, RefusedError)) as caught:
            await Client(gateway.address, Options(token=TOKEN, headers=headers)).connect()
        assert isinstance(caught.value, HTTPStatusError)
        assert caught.value.status == 403


async def test_a_message_that_is_too_large(gateway: Gateway) -> None:
    async with started(gateway):
        options = Options(token=TOKEN, max_message=64, connect_timeout=5)
        with pytest.raises(Exception, match="larger than max_message"):
            await Client(gateway.address, options).connect()


async def test_a_node_from_elsewhere_has_to_be_paired(gateway: Gateway) -> None:
    """Whoever is not paired is told so, with the number of a request for an operator to approve."""
    async with started(gateway), Client(gateway.address, Options(token=TOKEN)) as operator:
        asked = operator.stream(events.DEVICE_PAIR_REQUESTED)
        far = {"X-Forwarded-For": "203.0.113.9"}
        options = Options(token=TOKEN, role="node", device=DeviceIdentity.new(), caps=["camera"], headers=far)
        with pytest.raises(RefusedError, match="NOT_PAIRED: pairing required") as caught:
            await Client(gateway.address, options).connect()
        details: Any = caught.value.error.details
        request = await asyncio.wait_for(anext(asked), 20)
        assert details["requestId"] == request.request_id
        await operator.device_pair_approve(DevicePairApproveParams(request_id=request.request_id))
        async with Client(gateway.address, options) as node:
            assert node.hello.auth
            assert node.hello.auth.role == "node"


async def test_a_pinned_certificate(gateway: Gateway) -> None:
    """A certificate that the gateway made for itself is known by its fingerprint, and by nothing else."""
    gateway.configure(tls={"selfSigned": True})
    async with started(gateway):
        assert gateway.address.startswith("wss:")
        async with Client(gateway.address, Options(token=TOKEN, fingerprint=gateway.fingerprint)) as client:
            assert (await client.health()).ok
        with pytest.raises(ConnectionFailedError, match="certificate is .{64}: expected abab"):
            await Client(gateway.address, Options(token=TOKEN, fingerprint="ab" * 32)).connect()
        with pytest.raises(ConnectionFailedError, match=r"(?i)certificate"):
            await Client(gateway.address, Options(token=TOKEN)).connect()
        with pytest.raises(ConnectionFailedError, match=r"(?i)certificate"):
            strict = ssl.create_default_context()
            await Client(gateway.address, Options(token=TOKEN, ssl=strict, fingerprint=gateway.fingerprint)).connect()
