"""The Python client of the gateway protocol: typed calls and events over a connection that is kept up.

::

    async with Client("ws://127.0.0.1:18789", Options(token_file="token")) as client:
        status = await client.status()
        async with client.stream(events.CHAT) as chat:
            await client.chat_send(ChatSendParams(session_key="main", message="hi", idempotency_key="k1"))
            async for event in chat:
                print(event.state)
"""

from .client import Client
from .device import DeviceIdentity
from .errors import (
    CallError,
    CallTimeoutError,
    ClientError,
    ClosedError,
    ConnectionClosedError,
    ConnectionFailedError,
    ConnectionLostError,
    HTTPStatusError,
    MessageTooLargeError,
    NotConnectedError,
    RefusedError,
    SlowSubscriberError,
    TickTimeoutError,
)
from .inbox import Received
from .options import Options, Reconnect
from .protocol import events, methods
from .state import Phase, State
from .subscriptions import Stream
from .tokens import DeviceToken, FileTokens, TokenStore
from .version import __version__
from .wire import UNSET, InvalidMessageError, Issue, Mode, Unset

__all__ = [
    "UNSET",
    "CallError",
    "CallTimeoutError",
    "Client",
    "ClientError",
    "ClosedError",
    "ConnectionClosedError",
    "ConnectionFailedError",
    "ConnectionLostError",
    "DeviceIdentity",
    "DeviceToken",
    "FileTokens",
    "HTTPStatusError",
    "InvalidMessageError",
    "Issue",
    "MessageTooLargeError",
    "Mode",
    "NotConnectedError",
    "Options",
    "Phase",
    "Received",
    "Reconnect",
    "RefusedError",
    "SlowSubscriberError",
    "State",
    "Stream",
    "TickTimeoutError",
    "TokenStore",
    "Unset",
    "__version__",
    "events",
    "methods",
]
