"""The client: a connection to a gateway that is kept up."""

from __future__ import annotations

import asyncio
import contextlib
import random
import time
from typing import Any, Final, TypeVar
from urllib.parse import urlsplit

from . import handshake
from .errors import (
    CallTimeoutError,
    ClosedError,
    ConnectionLostError,
    MessageTooLargeError,
    NotConnectedError,
    is_lasting,
    retry_after,
)
from .handshake import Credentials
from .inbox import Inbox, Item, Received
from .options import GUIDE_PATH, Options, complete_address
from .protocol import Calls, HelloOk, RequestFrame
from .protocol.methods import METHODS
from .session import CLOSE_NORMAL, Call, Session
from .state import Phase, State
from .subscriptions import Callback, GapCallback, Stop, Stream, Subscriptions
from .transport import DialOptions, dial
from .wire import UNSET, Event, JsonObject, JsonValue, Method, Mode, Unset

P = TypeVar("P")
R = TypeVar("R")

MAX_SENDS: Final = 3
"""How often a call that may be repeated is sent at most. A call that itself makes the gateway fail
should not do so for ever."""


class Client(Calls):
    """A connection to a gateway that is kept up, with a method for each call.

    ::

        async with Client("ws://127.0.0.1:18789", Options(token_file="token")) as client:
            status = await client.status()

    To hear what comes right behind the greeting, subscribe first and then `connect`. All of it
    belongs to one event loop.
    """

    def __init__(self, address: str, options: Options | None = None) -> None:
        self.options: Final = options or Options()
        self.address: Final = complete_address(address, self.options)
        self._pin: Final = self.options.pin()
        self._subscriptions = Subscriptions(self.options.max_queued, self.options.logger)
        self._inbox = Inbox(self.options.max_events, self._subscriptions.deliver)
        self._slots = asyncio.Semaphore(self.options.max_pending)
        self._calls = 0
        self._failed = 0  # attempts since a connection last held
        self._run_task: asyncio.Task[None] | None = None
        self._session: Session | None = None
        self._hello: HelloOk | None = None
        self._state = State()
        self._error: BaseException | None = None
        self._changed = asyncio.Event()  # replaced when the fields above change

    # Its life.

    async def connect(self) -> None:
        """Connect, and return when the gateway has accepted.

        Cancelling it, as `asyncio.wait_for` does, ends the client; the connection lives until
        `close`. A client connects once: when that fails, it has ended. A RefusedError is raised
        where the gateway turned the client down.
        """
        if self._error is not None:
            raise ClosedError
        if self._run_task is not None:
            msg = "connect was called before"
            raise RuntimeError(msg)
        first: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._run_task = asyncio.get_running_loop().create_task(self._run(first), name="gatesmith-client")
        try:
            await first
        except asyncio.CancelledError:
            await self.close()
            raise

    async def close(self) -> None:
        """End the client: calls that wait get a ClosedError, and events that wait are left out.

        When it returns, nothing of the client runs any more, unless a subscriber calls it, which
        then is all that runs.
        """
        if self._run_task is None:
            self._end(ClosedError())
        else:
            self._run_task.cancel()
            await asyncio.wait([self._run_task])
        self._inbox.close(Item(), discard=True)
        await self._inbox.drained()

    async def closed(self) -> None:
        """Wait until the client will not connect again; `error` says why."""
        while self._error is None:
            await self._changed.wait()

    async def __aenter__(self) -> Client:
        """Connect."""
        await self.connect()
        return self

    async def __aexit__(self, *_: object) -> None:
        """Close."""
        await self.close()

    @property
    def hello(self) -> HelloOk:
        """What the gateway greeted the last connection with: who it is and what it offers and granted.

        Before the first one it is a NotConnectedError.
        """
        if self._hello is None:
            raise NotConnectedError
        return self._hello

    @property
    def state(self) -> State:
        """Where the client stands."""
        return self._state

    @property
    def error(self) -> BaseException | None:
        """Why the client ended: a ClosedError after `close`, None while it has not."""
        return self._error

    # Calls.

    async def call(self, method: Method[P, R], params: P | None = None, *, timeout: float | Unset | None = UNSET) -> R:
        """Call a method of `protocol.methods`. Params that are None are an empty object.

        A call ends with its answer, its timeout, or the client. While the client reconnects, calls
        wait. When the connection is lost before the answer, a call that the schema says may be
        repeated is sent again over the next one, with the same params and so the same idempotency
        key, three times in all at most; any other call gets a ConnectionLostError. An error of the
        gateway is a CallError.
        """
        body: JsonValue = {} if params is None else method.params.to_value(params)
        payload = await self._do(method.name, body, method, timeout)
        return method.result.from_value(payload, Mode.LENIENT)

    async def call_raw(
        self, method: str, params: JsonObject | None = None, *, timeout: float | Unset | None = UNSET
    ) -> JsonValue:
        """Call a method by any of its names, also one that is not in the schema, in JSON."""
        return await self._do(method, params or {}, METHODS.get(method), timeout)

    async def _do(
        self, name: str, params: JsonValue, method: Method[Any, Any] | None, timeout: float | Unset | None
    ) -> JsonValue:
        """See a call through: wait for a connection, send, and send again where that is safe."""
        deadline = self._deadline(params, method, timeout)
        if self._slots.locked():
            late = f"{name}: {self.options.max_pending} calls are waiting already"
            await self._within(self._slots.acquire(), deadline, late)
        else:
            await self._slots.acquire()
        try:
            return await self._repeatedly(name, params, method, deadline)
        finally:
            self._slots.release()

    async def _repeatedly(
        self, name: str, params: JsonValue, method: Method[Any, Any] | None, deadline: float | None
    ) -> JsonValue:
        self._calls += 1
        number = str(self._calls)
        # It is the same each time, so that the gateway sees the same idempotency key.
        frame = RequestFrame(id=number, method=name, params=params).to_json()
        sends = 0
        while True:
            session = await self._live(name, deadline)
            limit = session.hello.policy.max_payload if session.hello else 0
            if 0 < limit < (size := len(frame.encode())):
                msg = f"{name}: the request has {size} bytes, the gateway reads {limit}"
                raise MessageTooLargeError(msg)
            call = Call(number, frame)
            try:
                return await session.send(call, deadline)
            except ConnectionLostError:
                if self._error is not None:
                    raise self._error from None
                sends += call.sent
                if call.sent and (sends == MAX_SENDS or not _is_repeatable(method, params)):
                    raise

    async def _live(self, name: str, deadline: float | None) -> Session:
        """Give a session that calls can go over, and wait for one while the client reconnects."""
        while True:
            if self._error is not None:
                raise self._error
            if self._run_task is None:
                raise NotConnectedError
            if self._session is not None and self._session.alive:
                return self._session
            await self._within(self._changed.wait(), deadline, f"{name}: no connection to the gateway")

    async def _within(self, wait: Any, deadline: float | None, late: str) -> None:
        try:
            await asyncio.wait_for(wait, None if deadline is None else max(0.0, deadline - time.monotonic()))
        except asyncio.TimeoutError:
            raise CallTimeoutError(late) from None

    def _deadline(
        self, params: JsonValue, method: Method[Any, Any] | None, timeout: float | Unset | None
    ) -> float | None:
        """Give a call the time it has, unless its caller said."""
        limit = self.options.request_timeout if timeout is UNSET else timeout
        if limit is None:
            return None
        if timeout is UNSET and method is not None and method.blocks:
            wait = params.get(method.wait) if isinstance(params, dict) else None
            if isinstance(wait, bool) or not isinstance(wait, (int, float)) or not 0 <= wait < 2**31:
                return None  # it waits by design, for as long as the gateway says
            limit += wait / 1000
        return time.monotonic() + limit

    # Events.

    def on(self, event: Event[P], callback: Callback[P]) -> Stop:
        """Call a function, or a coroutine function, for each event of a kind of `protocol.events`.

        Subscribers are called one at a time, in order. They do not hold up calls: events wait in a
        queue of `Options.max_events` bytes. When it is full, an event with a number is left out,
        which `on_gap` then reports like one that the gateway left out; an event without number is
        meant for this client alone and nothing would show its loss, so the connection is ended with
        a SlowSubscriberError, and made anew. What is returned ends the subscription.
        """
        return self._subscriptions.on(event, callback)

    def on_any(self, callback: Callback[Received]) -> Stop:
        """Call a function for each event, also those that are not in the schema, before typed subscribers."""
        return self._subscriptions.on_any(callback)

    def on_gap(self, callback: GapCallback) -> Stop:
        """Call a function when events are missing, with the number whose turn it was and the one that came.

        The gateway left them out because this client, or a subscriber of it, was too slow. What they
        told has to be fetched anew.
        """
        return self._subscriptions.on_gap(callback)

    def on_state(self, callback: Callback[State]) -> Stop:
        """Call a function for each change of the connection, in order with the events.

        Events that were sent while there was no connection are lost without a gap being reported, so
        this is where state is fetched anew.
        """
        return self._subscriptions.on_state(callback)

    def stream(self, event: Event[P]) -> Stream[P]:
        """Give the events of a kind to iterate over: ``async with client.stream(events.TICK) as ticks``."""
        return self._subscriptions.stream(event)

    def stream_any(self) -> Stream[Received]:
        """Give all events to iterate over, also those that are not in the schema."""
        return self._subscriptions.stream_any()

    # Connections.

    async def _run(self, first: asyncio.Future[None]) -> None:
        """Connect, and keep the connection up until the client ends."""
        cause: BaseException = ClosedError()
        session: Session | None = None
        try:
            session = await self._begin()
            if not first.done():
                first.set_result(None)
            while True:
                since = time.monotonic()
                await session.done.wait()
                await session.finish()
                self._tell(State(phase=Phase.DISCONNECTED, cause=session.cause))
                if self.options.reconnect.off:
                    cause = session.cause
                    return
                session = await self._again(session, time.monotonic() - since)
        except asyncio.CancelledError:
            cause = ClosedError()
            if session is not None:
                session.end(cause, CLOSE_NORMAL)
                with contextlib.suppress(asyncio.CancelledError):
                    await session.finish()
        except Exception as error:
            cause = error
        finally:
            self._end(cause)
            if not first.done():
                first.set_exception(cause)

    async def _begin(self) -> Session:
        attempt = 1
        while True:
            try:
                return await self._attempt()
            except Exception as error:
                if not self.options.reconnect.first or self._is_final(error):
                    raise
                await self._pause(attempt, 0, error)
                attempt += 1

    async def _again(self, last: Session, up: float) -> Session:
        """Make the next connection after one that has ended and was up for a time."""
        # A connection that held shows that all is well. One that was lost at once is a
        # failed attempt like others, or the gateway would never get rid of clients that
        # it accepts and then cannot serve.
        if up > self.options.reconnect.max_delay:
            self._failed = 0
        cause, floor = last.cause, last.restart
        while True:
            self._failed += 1
            await self._pause(self._failed, floor, cause)
            try:
                return await self._attempt()
            except Exception as error:
                if self._is_final(error):
                    raise
                cause, floor = error, 0

    def _is_final(self, error: BaseException) -> bool:
        """Report whether an attempt failed for a reason that trying again does not cure."""
        return is_lasting(error) and not self.options.reconnect.refused

    async def _pause(self, attempt: int, floor: float, cause: BaseException) -> None:
        floor = max(floor, retry_after(cause))
        delay = self.options.reconnect.delay(attempt, floor, random.random())  # noqa: S311
        self._tell(State(phase=Phase.RECONNECTING, cause=cause, attempt=attempt, delay=delay))
        await asyncio.sleep(delay)

    async def _attempt(self) -> Session:
        """Make one connection.

        A kept token that the gateway does not accept is forgotten, if there is a shared secret to
        try in its place: it was revoked, or is worth less than what is asked for now.
        """
        kept = handshake.kept_credentials(self.options)
        if kept is None:
            return await self._open(handshake.shared_credentials(self.options))
        try:
            return await self._open(kept)
        except Exception as error:
            try:
                shared = handshake.shared_credentials(self.options)
            except (OSError, ValueError):
                shared = Credentials()
            if shared == Credentials() or not handshake.is_unaccepted(error):
                raise
            self.options.logger.info("the kept device token was not accepted, trying the shared secret: %s", error)
            handshake.forget_token(self.options)
        return await self._open(shared)

    async def _open(self, credentials: Credentials) -> Session:
        """Make one connection with one set of credentials."""
        try:
            return await asyncio.wait_for(self._greeted(credentials), self.options.connect_timeout)
        except asyncio.TimeoutError:
            msg = f"no connection to the gateway within {self.options.connect_timeout:g} s"
            raise CallTimeoutError(msg) from None

    async def _greeted(self, credentials: Credentials) -> Session:
        options = self.options
        how = DialOptions(max_message=options.max_message, headers=options.headers, ssl=options.ssl, pin=self._pin)
        transport = await (options.dial or dial)(self.address, how)
        session = Session(transport, options, on_hello=self._connected, on_event=self._inbox.put)
        try:
            await session.greet(credentials, challenged=urlsplit(self.address).path != GUIDE_PATH)
        except BaseException as error:
            session.end(error)
            await session.finish()
            raise
        if session.hello is not None:
            handshake.keep_token(options, session.hello)
        return session

    def _connected(self, session: Session, hello: HelloOk) -> None:
        """Have calls go over a new session."""
        self._session, self._hello = session, hello
        self._tell(State(phase=Phase.CONNECTED, hello=hello))

    def _tell(self, state: State) -> None:
        """Note a state, let waiting calls look again, and queue it for subscribers."""
        self._state = state
        self._wake()
        self._inbox.put(Item(state=state))

    def _wake(self) -> None:
        self._changed.set()
        self._changed = asyncio.Event()

    def _end(self, cause: BaseException) -> None:
        """Note that the client has ended."""
        if self._error is not None:
            return
        self._error = cause
        self._state = State(phase=Phase.ENDED, cause=cause)
        self._wake()
        self._inbox.close(Item(state=self._state), discard=isinstance(cause, ClosedError))
        self._subscriptions.end(cause)


def _is_repeatable(method: Method[Any, Any] | None, params: JsonValue) -> bool:
    """Report whether a call may be sent again when nobody knows whether it was carried out.

    Where a key makes that safe, the key has to be there.
    """
    if method is None or not method.retryable:
        return False
    return not method.key or (isinstance(params, dict) and params.get(method.key) is not None)
