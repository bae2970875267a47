"""Do what a scripted session says of the client: docs/conformance.md.

python session.py ADDRESS SCRIPT
"""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path
from typing import Any

from gatesmith_client import CallError, Client, ConnectionLostError, Options, Phase, Reconnect, RefusedError
from gatesmith_client.protocol.methods import METHODS


class MismatchError(Exception):
    """What happened is not what the script says."""


def within(want: Any, got: Any, at: str = "") -> None:
    """Fail where a value lacks what is wanted of it. Members that are not mentioned do not count."""
    if isinstance(want, dict) and isinstance(got, dict):
        for key, value in want.items():
            within(value, got.get(key), f"{at}/{key}")
    elif isinstance(want, list) and isinstance(got, list) and len(want) == len(got):
        for i, value in enumerate(want):
            within(value, got[i], f"{at}/{i}")
    elif type(want) is not type(got) or want != got:
        raise MismatchError(f"at {at!r}: expected {want!r}, not {got!r}")


def failed(error: BaseException | None, want: dict[str, Any]) -> None:
    """Compare how a call or a connection failed."""
    if "reason" in want:
        if want["reason"] != "connection-lost" or not isinstance(error, ConnectionLostError):
            raise MismatchError(f"expected {want['reason']}, not {error!r}")
        return
    if not isinstance(error, CallError):
        raise MismatchError(f"expected {want['code']}, not {error!r}")
    got = {"code": error.code, "message": error.message, "retryable": error.retryable, "details": error.details}
    within({key: value for key, value in want.items() if key != "of"}, got)


class Driver:
    """A client with what it has seen so far."""

    def __init__(self, address: str, script: dict[str, Any]) -> None:
        self.client = Client(address, Options(token=script["token"], reconnect=Reconnect(min_delay=0.01)))
        self.events: asyncio.Queue[Any] = asyncio.Queue()
        self.gaps: asyncio.Queue[tuple[int, int]] = asyncio.Queue()
        self.phases: asyncio.Queue[Phase] = asyncio.Queue()
        self.calls: dict[str, asyncio.Task[Any]] = {}
        self.client.on_any(self.events.put_nowait)
        self.client.on_gap(lambda expected, got: self.gaps.put_nowait((expected, got)))
        self.client.on_state(lambda state: self.phases.put_nowait(state.phase))

    async def connect(self, _: Any) -> None:
        self.opened = asyncio.create_task(self.client.connect())
        await asyncio.sleep(0)

    async def connected(self, _: Any) -> None:
        while await self.phases.get() is not Phase.CONNECTED:
            pass

    async def refused(self, want: Any) -> None:
        try:
            await self.opened
        except RefusedError as error:
            failed(error.error, want)
        else:
            raise MismatchError("expected the connection to be refused")

    async def call(self, step: Any) -> None:
        method = METHODS[step["method"]]
        params = method.params.from_value(step["params"])
        self.calls[step["as"]] = asyncio.create_task(self.typed(method, params))
        await asyncio.sleep(0)

    async def typed(self, method: Any, params: Any) -> Any:
        """Call with types, and give the result as JSON again."""
        return method.result.to_value(await self.client.call(method, params))

    async def result(self, step: Any) -> None:
        within(step["value"], await self.calls[step["of"]])

    async def error(self, step: Any) -> None:
        try:
            result = await self.calls[step["of"]]
        except Exception as error:
            failed(error, step)
        else:
            raise MismatchError(f"expected an error, not {result!r}")

    async def event(self, step: Any) -> None:
        got = await self.events.get()
        if got.name != step["name"]:
            raise MismatchError(f"expected the event {step['name']}, not {got.name}")
        within(step["payload"], got.payload)

    async def gap(self, step: Any) -> None:
        if (got := await self.gaps.get()) != (step["expected"], step["got"]):
            raise MismatchError(f"expected the gap {step}, not {got}")

    async def close(self, _: Any) -> None:
        await self.client.close()


async def main(address: str, script: dict[str, Any]) -> None:
    driver = Driver(address, script)
    for i, step in enumerate(script["steps"], start=1):
        ((act, about),) = step.items()
        if (do := getattr(driver, act, None)) is None:
            continue  # the gateway's
        try:
            await asyncio.wait_for(do(about), 30)
        except Exception as error:
            raise SystemExit(f"step {i}: {error!r}") from error


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], json.loads(Path(sys.argv[2]).read_text(encoding="utf-8"))))
