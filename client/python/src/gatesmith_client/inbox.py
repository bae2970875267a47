"""What waits for callbacks, bounded in bytes."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final

from .state import State
from .wire import JsonValue

OVERHEAD: Final = 128
"""What an item is taken to cost beside its text."""


@dataclass(frozen=True, slots=True)
class Received:
    """An event as it came."""

    name: str
    """What the gateway calls it."""
    payload: JsonValue
    """None when there is none."""
    seq: int | None
    """Its number; None for an event that is meant for this client alone."""


@dataclass(frozen=True, slots=True)
class Item:
    """An event with the size of its text, or a change of state."""

    event: Received | None = None
    state: State | None = None
    size: int = 0
    session: object = None
    """That the event came over."""


class Inbox:
    """Holds items until they are delivered.

    They are delivered one at a time, in the order in which they came, and the connection never
    waits for that.
    """

    def __init__(self, limit: int, deliver: Callable[[Item], Awaitable[None]]) -> None:
        self._limit = limit
        self._deliver = deliver
        self._items: deque[Item] = deque()
        self._bytes = 0
        self._closed = False
        self._task: asyncio.Task[None] | None = None

    def put(self, item: Item) -> bool:
        """Queue an item, and report False for an event for which there is no room.

        A single one that is too large by itself finds room when nothing else waits.
        """
        if self._closed:
            return True  # nobody misses it
        if self._items and self._bytes + item.size + OVERHEAD > self._limit:
            if item.state is None:
                return False
            if self._items[-1].state is not None:
                # States are never left out, but of those in a row that nobody has had
                # time for, the last one is enough.
                self._items[-1] = item
                return True
        self._push(item)
        return True

    def close(self, last: Item, *, discard: bool) -> None:
        """Take the last item. With discard, events that still wait are left out."""
        if discard:
            kept = [item for item in self._items if item.state is not None]
            self._items = deque(kept)
            self._bytes = len(kept) * OVERHEAD
        if not self._closed:
            self._push(last)
            self._closed = True

    async def drained(self) -> None:
        """Wait until nothing waits any more, unless whoever asks is what delivers."""
        if self._task is not None and self._task is not asyncio.current_task():
            await asyncio.wait([self._task])

    def _push(self, item: Item) -> None:
        self._items.append(item)
        self._bytes += item.size + OVERHEAD
        if self._task is None or self._task.done():
            self._task = asyncio.get_running_loop().create_task(self._run(), name="gatesmith-client-inbox")

    async def _run(self) -> None:
        while self._items:
            item = self._items.popleft()
            self._bytes -= item.size + OVERHEAD
            await self._deliver(item)
