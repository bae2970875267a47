"""Who wants to hear of what: callbacks, and streams to iterate over."""

from __future__ import annotations

import asyncio
import inspect
import logging
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Any, Final, Generic, TypeAlias, TypeVar

from .errors import ClosedError, SlowSubscriberError
from .inbox import Item, Received
from .state import State
from .wire import Event, InvalidMessageError, Mode

P = TypeVar("P")

Callback: TypeAlias = Callable[[P], Awaitable[None] | None]
GapCallback: TypeAlias = Callable[[int, int], Awaitable[None] | None]
Stop: TypeAlias = Callable[[], None]
"""Ends a subscription."""


class Stream(Generic[P]):
    """Events to iterate over with ``async for``, from when it was made until it is closed.

    It holds a bounded number of events. When they are not taken fast enough it ends, with a
    SlowSubscriberError after those that it holds: nothing is left out silently. It also ends when
    the client does, without an error where that was closed.
    """

    def __init__(self, limit: int, leave: Callable[[Stream[P]], None]) -> None:
        self._limit: Final = limit
        self._leave: Final = leave
        self._items: deque[P] = deque()
        self._end: BaseException | None = None
        self._wake = asyncio.Event()

    def put(self, item: P) -> None:
        """Add an event."""
        if self._end is not None:
            return
        if len(self._items) >= self._limit:
            self.end(SlowSubscriberError(f"{self._limit} events wait in a stream and nobody takes them"))
            return
        self._items.append(item)
        self._wake.set()

    def end(self, cause: BaseException) -> None:
        """End it behind the events that it holds."""
        if self._end is None:
            self._end = cause
            self._leave(self)
            self._wake.set()

    def close(self) -> None:
        """End it at once."""
        self._items.clear()
        self.end(ClosedError())

    def __aiter__(self) -> Stream[P]:
        """Iterate."""
        return self

    async def __anext__(self) -> P:
        """Wait for the next event."""
        while not self._items:
            if self._end is not None:
                if isinstance(self._end, ClosedError):
                    raise StopAsyncIteration
                raise self._end
            self._wake.clear()
            await self._wake.wait()
        return self._items.popleft()

    async def __aenter__(self) -> Stream[P]:
        """Use it for a block."""
        return self

    async def __aexit__(self, *_: object) -> None:
        """Close it behind the block."""
        self.close()


class _List(Generic[P]):
    """Subscribers. It may change while they are called."""

    def __init__(self) -> None:
        self._all: dict[object, P] = {}

    def add(self, subscriber: P) -> Stop:
        key = object()
        self._all[key] = subscriber

        def stop() -> None:
            self._all.pop(key, None)

        return stop

    def get(self) -> list[P]:
        return list(self._all.values())


class Subscriptions:
    """Delivers events and states to their subscribers."""

    def __init__(self, limit: int, logger: logging.Logger) -> None:
        self._limit = limit
        self._logger = logger
        self._typed: dict[str, tuple[Event[Any], _List[Callback[Any]]]] = {}
        self._any: _List[Callback[Received]] = _List()
        self._gaps: _List[GapCallback] = _List()
        self._states: _List[Callback[State]] = _List()
        self._streams: dict[Stream[Any], Stop] = {}
        # Where the numbers stand.
        self._counted: object = None
        self._last = 0

    def on(self, event: Event[P], callback: Callback[P]) -> Stop:
        """Subscribe to a kind of event."""
        return self._typed.setdefault(event.name, (event, _List()))[1].add(callback)

    def on_any(self, callback: Callback[Received]) -> Stop:
        """Subscribe to all events."""
        return self._any.add(callback)

    def on_gap(self, callback: GapCallback) -> Stop:
        """Subscribe to gaps."""
        return self._gaps.add(callback)

    def on_state(self, callback: Callback[State]) -> Stop:
        """Subscribe to changes of the connection."""
        return self._states.add(callback)

    def stream(self, event: Event[P]) -> Stream[P]:
        """Make a stream of a kind of event."""
        stream: Stream[P] = Stream(self._limit, self._leave)
        self._streams[stream] = self.on(event, stream.put)
        return stream

    def stream_any(self) -> Stream[Received]:
        """Make a stream of all events."""
        stream: Stream[Received] = Stream(self._limit, self._leave)
        self._streams[stream] = self.on_any(stream.put)
        return stream

    def _leave(self, stream: Stream[Any]) -> None:
        self._streams.pop(stream, lambda: None)()

    def end(self, cause: BaseException) -> None:
        """End all streams."""
        for stream in list(self._streams):
            stream.end(cause)

    async def deliver(self, item: Item) -> None:
        """Call the subscribers of an item."""
        if item.state is not None:
            for state_callback in self._states.get():
                await self._call(state_callback, item.state)
        if item.event is None:
            return
        event = item.event
        if (gap := self._gap(item, event)) is not None:
            for gap_callback in self._gaps.get():
                await self._call(gap_callback, *gap)
        for any_callback in self._any.get():
            await self._call(any_callback, event)
        kind, callbacks = self._typed.get(event.name, (None, None))
        if kind is None or callbacks is None or not (called := callbacks.get()):
            return
        try:
            payload = kind.payload.from_value(event.payload, Mode.LENIENT)
        except InvalidMessageError as error:
            self._logger.debug("payload of %s not understood: %s", event.name, error)
            return
        for callback in called:
            await self._call(callback, payload)

    def _gap(self, item: Item, event: Received) -> tuple[int, int] | None:
        """Note an event's number, and give the one whose turn it was if there is a gap between."""
        if event.seq is None:
            return None
        if self._counted is not item.session:
            self._counted, self._last = item.session, 0
        expected, self._last = self._last + 1, event.seq
        return (expected, event.seq) if event.seq > expected else None

    async def _call(self, callback: Callable[..., Any], *arguments: Any) -> None:
        """Call a subscriber. What it raises is its own affair, and not the others'."""
        try:
            result = callback(*arguments)
            if inspect.isawaitable(result):
                await result
        except Exception:
            self._logger.exception("a subscriber failed")
