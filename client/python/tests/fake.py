"""A gateway in the same process that a test speaks for, over a transport without a network."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable
from typing import Any

from gatesmith_client import (
    ClientError,
    ConnectionClosedError,
    ConnectionFailedError,
    MessageTooLargeError,
    Options,
    Reconnect,
)
from gatesmith_client.transport import DialOptions

HELLO: dict[str, Any] = {
    "type": "hello-ok",
    "protocol": 3,
    "server": {"version": "v1", "connId": "c"},
    "features": {"methods": [], "events": []},
    "snapshot": {
        "presence": [],
        "health": {},
        "stateVersion": {"presence": 0, "health": 0},
        "uptimeMs": 1,
    },
    "policy": {"maxPayload": 1000, "maxBufferedBytes": 1000, "tickIntervalMs": 30000},
}


async def eventually(condition: Callable[[], bool]) -> None:
    """Wait until something holds, however busy the machine is."""
    for _ in range(5000):
        if condition():
            return
        await asyncio.sleep(0.002)
    raise AssertionError("it never holds")


class Wire:
    """One connection, from both ends."""

    def __init__(self, options: DialOptions) -> None:
        self.options = options
        self.heard = time.monotonic()
        self.unsent = 0
        self.closed: tuple[int, str] | None = None
        self.aborted = False
        self.takes = asyncio.Event()  # what the client sends
        self.takes.set()
        self._in: asyncio.Queue[str | ClientError] = asyncio.Queue()
        self._out: asyncio.Queue[dict[str, Any]] = asyncio.Queue()

    # The client's end.

    async def send(self, text: str) -> None:
        self.unsent += len(text)
        await self.takes.wait()
        self.unsent -= len(text)
        self._out.put_nowait(json.loads(text))

    async def receive(self) -> str:
        message = await self._in.get()
        if isinstance(message, ClientError):
            raise message
        if len(message) > self.options.max_message:
            raise MessageTooLargeError("too large")
        self.heard = time.monotonic()
        return message

    async def close(self, code: int, reason: str) -> None:
        self.closed = self.closed or (code, reason)

    def abort(self) -> None:
        self.aborted = True

    # The gateway's end.

    def say(self, message: dict[str, Any] | str) -> None:
        self._in.put_nowait(message if isinstance(message, str) else json.dumps(message))

    def event(self, name: str, payload: Any, seq: int | None = None) -> None:
        self.say({"type": "event", "event": name, "payload": payload, **({} if seq is None else {"seq": seq})})

    def answer(self, request: dict[str, Any], payload: Any = None, **error: Any) -> None:
        answer = {"type": "res", "id": request["id"], "ok": not error}
        self.say({**answer, **({"error": error} if error else {"payload": payload})})

    def drop(self, cause: ClientError | None = None) -> None:
        self._in.put_nowait(cause or ConnectionFailedError("the connection broke"))

    def end(self, code: int, reason: str = "") -> None:
        self.drop(ConnectionClosedError(code, reason))

    async def heard_of(self) -> dict[str, Any]:
        """Give the next message of the client."""
        return await asyncio.wait_for(self._out.get(), 20)

    async def silent(self) -> bool:
        """Report whether the client has nothing to say."""
        for _ in range(10):
            await asyncio.sleep(0)
        return self._out.empty()


class FakeGateway:
    """Takes connections."""

    def __init__(self) -> None:
        self.wires: asyncio.Queue[Wire] = asyncio.Queue()
        self.addresses: list[str] = []
        self.refuse: Callable[[], Exception | None] = lambda: None

    async def dial(self, url: str, options: DialOptions) -> Wire:
        self.addresses.append(url)
        if (fault := self.refuse()) is not None:
            raise fault
        wire = Wire(options)
        self.wires.put_nowait(wire)
        return wire

    async def accept(self, **policy: int) -> tuple[Wire, dict[str, Any]]:
        """Take the next connection and greet it."""
        wire = await asyncio.wait_for(self.wires.get(), 20)
        opening = await wire.heard_of()
        wire.say({**HELLO, "policy": {**HELLO["policy"], **policy}})
        return wire, opening

    def options(self, **more: Any) -> Options:
        """Options with which clients come here, soon."""
        return Options(**{"dial": self.dial, "reconnect": Reconnect(min_delay=0.001, max_delay=0.004), **more})
