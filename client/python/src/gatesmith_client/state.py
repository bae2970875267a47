"""Where a client stands."""

from __future__ import annotations

import enum
from dataclasses import dataclass

from .protocol import HelloOk


class Phase(enum.Enum):
    """Where a client stands.

    It goes from IDLE to CONNECTED or ENDED, then back and forth between CONNECTED and
    DISCONNECTED with RECONNECTING, and to ENDED.
    """

    IDLE = "idle"
    """`Client.connect` has not succeeded yet."""
    CONNECTED = "connected"
    """The gateway accepted the handshake."""
    DISCONNECTED = "disconnected"
    """A connection ended; `State.cause` says why."""
    RECONNECTING = "reconnecting"
    """The next attempt comes after `State.delay`; `State.cause` is why the last one failed."""
    ENDED = "ended"
    """The client will not connect again; `State.cause` says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """A change of a client's connection."""

    phase: Phase = Phase.IDLE
    hello: HelloOk | None = None
    """What the gateway greeted with, when CONNECTED."""
    cause: BaseException | None = None
    """Why, when not CONNECTED."""
    attempt: int = 0
    """Which attempt comes next, from 1, when RECONNECTING."""
    delay: float = 0.0
    """How long until then, in seconds."""
