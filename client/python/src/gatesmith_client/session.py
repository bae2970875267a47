"""One connection, from its socket to its end."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Callable
from typing import Any, Final

from .errors import (
    MAX_RETRY_AFTER,
    CallTimeoutError,
    ClientError,
    ClosedError,
    ConnectionFailedError,
    ConnectionLostError,
    MessageTooLargeError,
    RefusedError,
    SlowSubscriberError,
    TickTimeoutError,
    call_error,
)
from .handshake import Credentials, opening
from .inbox import Item, Received
from .options import Options
from .protocol import MAX_DEPTH, EventFrame, HelloOk, ResponseFrame, Shutdown, events
from .transport import FAREWELL, Transport
from .wire import UNSET, InvalidMessageError, JsonValue, Mode
from .wire.text import MisfitError, load

HANDSHAKE_ID: Final = "connect"
"""The id of the answer that a handshake is refused with."""

CHALLENGE_PERIOD: Final = 0.75
"""How long a challenge is waited for, in seconds. Gateways send it with the upgrade; those too old
to know it send none."""

WRITE_STALL: Final = 10.0
"""How long the gateway may take nothing of what is written, in seconds."""

CLOSE_NORMAL: Final = 1000
CLOSE_POLICY: Final = 1008
CLOSE_SILENT: Final = 4000


class Call:
    """A request on its way."""

    __slots__ = ("answer", "frame", "id", "sent", "withdrawn")

    def __init__(self, id: str, frame: str) -> None:  # noqa: A002
        self.id: Final = id
        self.frame: Final = frame
        self.answer: Final[asyncio.Future[JsonValue]] = asyncio.get_running_loop().create_future()
        self.sent = False
        """The gateway may have seen it."""
        self.withdrawn = False
        """Its caller has given up; it must not be sent any more."""


class Session:
    """One connection. Whoever made it ends it with `finish`."""

    def __init__(
        self,
        transport: Transport,
        options: Options,
        *,
        on_hello: Callable[[Session, HelloOk], None],
        on_event: Callable[[Item], bool],
    ) -> None:
        self.transport: Final = transport
        self.options: Final = options
        self._on_hello = on_hello
        self._on_event = on_event  # reports whether there is room
        self.hello: HelloOk | None = None
        self.cause: BaseException = ConnectionFailedError("the connection has not ended")
        self.restart = 0.0
        """How long the gateway said it would be away, in seconds."""
        self.done: Final = asyncio.Event()
        self._challenge = ""
        self._challenged: Final = asyncio.Event()  # or done
        self._settled: Final = asyncio.Event()  # greeted, or done
        self._out: Final[asyncio.Queue[Call]] = asyncio.Queue()
        self._pending: dict[str, Call] = {}
        self._code = 0  # what to close with; 0 when there is nobody left to tell
        self._reason = ""
        self._tasks: list[asyncio.Task[None]] = []
        self._start(self._read, "reader")
        self._start(self._write, "writer")

    def _start(self, run: Callable[[], Any], name: str) -> None:
        task = asyncio.get_running_loop().create_task(run(), name=f"gatesmith-client-{name}")
        self._tasks.append(task)

    @property
    def alive(self) -> bool:
        """Whether calls can go over it."""
        return not self.done.is_set()

    def end(self, cause: BaseException, code: int = 0, reason: str = "") -> None:
        """End it for a reason; the first one counts. A code is sent to the gateway by `finish`."""
        if self.done.is_set():
            return
        self.cause, self._code, self._reason = cause, code, reason
        self.done.set()
        self._settled.set()
        self._challenged.set()
        for call in self._pending.values():
            if not call.answer.done():
                call.answer.set_exception(self.lost())
        self._pending.clear()

    async def finish(self) -> None:
        """Close the connection of a session that has ended, in order if the gateway goes along."""
        await self.done.wait()
        try:
            if self._code:
                with contextlib.suppress(Exception):
                    await asyncio.wait_for(self.transport.close(self._code, self._reason), FAREWELL + 0.5)
        finally:
            self.transport.abort()
            for task in self._tasks:
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)

    # The handshake.

    async def greet(self, credentials: Credentials, *, challenged: bool) -> None:
        """Take it through the handshake. On an error it has ended."""
        nonce = await self._nonce() if challenged else ""
        text = opening(self.options, credentials, nonce).to_json()
        self._out.put_nowait(Call(HANDSHAKE_ID, text))
        await self._settled.wait()
        if self.hello is None:
            raise self.cause

    async def _nonce(self) -> str:
        """Wait for the challenge."""
        with contextlib.suppress(asyncio.TimeoutError):
            await asyncio.wait_for(self._challenged.wait(), CHALLENGE_PERIOD)
        if self.done.is_set():
            raise self.cause
        return self._challenge

    def _greeting(self, value: object) -> None:
        if self.hello is not None or self.done.is_set():
            return
        try:
            self.hello = HelloOk.from_value(value, Mode.LENIENT)
        except InvalidMessageError as error:
            self.end(ConnectionFailedError(f"the gateway's greeting makes no sense: {error}"), CLOSE_NORMAL)
            return
        self._on_hello(self, self.hello)
        self._start(self._watch, "watchdog")
        self._settled.set()

    # Calls.

    async def send(self, call: Call, deadline: float | None) -> JsonValue:
        """Write a call and wait for its answer. ConnectionLostError means that none came."""
        if self.done.is_set():
            raise self.lost()
        self._pending[call.id] = call
        self._out.put_nowait(call)
        try:
            left = None if deadline is None else max(0.0, deadline - time.monotonic())
            await asyncio.wait([call.answer], timeout=left)
            if not call.answer.done():
                msg = "no answer from the gateway in time"
                raise CallTimeoutError(msg)
            return call.answer.result()
        finally:
            call.withdrawn = True
            self._pending.pop(call.id, None)
            if call.answer.done() and not call.answer.cancelled():
                call.answer.exception()  # seen, also where the caller was cancelled
            else:
                call.answer.cancel()

    def lost(self) -> BaseException:
        """Give what calls get that had no answer."""
        if isinstance(self.cause, (ClosedError, MessageTooLargeError)):
            return self.cause  # another connection would not help
        text = "the connection was lost before the answer; whether the call was carried out is not known"
        error = ConnectionLostError(f"{text}: {self.cause}")
        error.__cause__ = self.cause
        return error

    # Writing and reading.

    async def _write(self) -> None:
        while True:
            call = await self._out.get()
            if call.withdrawn:
                continue
            call.sent = True
            try:
                await self._patiently(call.frame)
            except ClientError:
                return  # the reader knows why

    async def _patiently(self, frame: str) -> None:
        """Send a message, as long as the gateway goes on taking some of what waits."""
        task = asyncio.ensure_future(self.transport.send(frame))
        try:
            while True:
                before = self.transport.unsent
                await asyncio.wait([task], timeout=WRITE_STALL)
                if task.done():
                    return await task
                if self.transport.unsent >= before:
                    self.end(ConnectionFailedError(f"the gateway has taken nothing for {WRITE_STALL:g} s"))
                    return None
        finally:
            task.cancel()

    async def _read(self) -> None:
        while True:
            try:
                message = await self.transport.receive()
            except ClientError as error:
                self.end(error)
                return
            except Exception as error:  # a transport of somebody else's
                self.options.logger.exception("reading failed")
                self.end(ConnectionFailedError(f"reading failed: {error}"))
                return
            try:
                self._take(message)
            except (MisfitError, InvalidMessageError) as error:
                # It may be newer than this client.
                self.options.logger.debug("message not understood: %s", error or "no JSON")

    def _take(self, message: str | bytes) -> None:
        """Tell what a message is and pass it on."""
        value = load(message, MAX_DEPTH, lenient=True)
        kind = value.get("type") if isinstance(value, dict) else None
        if kind == "res":
            self._answer(ResponseFrame.from_value(value, Mode.LENIENT))
        elif kind == "event":
            self._event(EventFrame.from_value(value, Mode.LENIENT), len(message))
        elif kind == "hello-ok":
            self._greeting(value)
        else:
            self.options.logger.debug("message not understood: type is %r", kind)

    def _answer(self, frame: ResponseFrame) -> None:
        if frame.id == HANDSHAKE_ID and self.hello is None:
            if not frame.ok:
                self.end(RefusedError(call_error(frame)), CLOSE_NORMAL)
            return
        call = self._pending.get(frame.id)
        if call is None or call.answer.done():
            self.options.logger.debug("answer without a caller: %s", frame.id)
        elif frame.ok:
            call.answer.set_result(None if frame.payload is UNSET else frame.payload)
        else:
            call.answer.set_exception(call_error(frame))

    def _event(self, frame: EventFrame, size: int) -> None:
        """Queue an event for its subscribers. Two of them concern the connection itself."""
        payload = None if frame.payload is UNSET else frame.payload
        if frame.event == events.CONNECT_CHALLENGE.name:
            nonce = events.CONNECT_CHALLENGE.payload.from_value(payload, Mode.LENIENT).nonce
            self._challenge = self._challenge or nonce
            self._challenged.set()
        elif frame.event == events.SHUTDOWN.name:
            away = Shutdown.from_value(payload, Mode.LENIENT).restart_expected_ms or 0
            self.restart = min(away / 1000, MAX_RETRY_AFTER)
        seq = frame.seq if isinstance(frame.seq, int) else None
        item = Item(Received(frame.event, payload, seq), size=size, session=self)
        if not self._on_event(item) and seq is None:
            error = SlowSubscriberError("events meant for this client alone were not taken fast enough")
            self.end(error, CLOSE_POLICY, "slow subscriber")

    async def _watch(self) -> None:
        """End the session when the gateway has been silent for too long.

        Every byte counts as a sign of life, not only ticks, which a busy gateway may leave out.
        """
        patience = self._patience()
        if patience is None:
            return
        while True:
            silent = time.monotonic() - self.transport.heard
            if silent >= patience:
                error = TickTimeoutError(f"the gateway has been silent for too long: nothing for {silent:.3g} s")
                self.end(error, CLOSE_SILENT, "tick timeout")
                return
            await asyncio.sleep(patience - silent)

    def _patience(self) -> float | None:
        limit = self.options.tick_timeout
        if limit != 0:
            return limit
        interval = self.hello.policy.tick_interval_ms if self.hello else 0
        return 3 * (interval / 1000 if interval > 0 else 30.0)
