"""What carries messages: a small protocol, and the package websockets behind it.

websockets has had two interfaces: 13 and newer are used through `websockets.asyncio`,
10.4 to 12 through `websockets.legacy`.
"""

from __future__ import annotations

import hashlib
import hmac
import inspect
import ipaddress
import ssl
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Protocol, TypeAlias
from urllib.parse import urlsplit

from websockets.exceptions import ConnectionClosed, InvalidHandshake, WebSocketException

from .errors import ConnectionClosedError, ConnectionFailedError, HTTPStatusError, MessageTooLargeError

FAREWELL: Final = 2.0
"""How long the gateway may take to answer a close, in seconds."""


class Transport(Protocol):
    """A connection that carries text messages."""

    @property
    def heard(self) -> float:
        """When something was last heard, by `time.monotonic`."""

    @property
    def unsent(self) -> int:
        """How many bytes wait to be sent."""

    async def send(self, text: str) -> None:
        """Send a message."""

    async def receive(self) -> str | bytes:
        """Give the next message; the connection's end is a ClientError."""

    async def close(self, code: int, reason: str) -> None:
        """Close the connection in order."""

    def abort(self) -> None:
        """Drop the connection."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DialOptions:
    """How to open a connection."""

    max_message: int
    headers: Mapping[str, str] = field(default_factory=dict)
    ssl: ssl.SSLContext | None = None
    pin: bytes | None = None


Dial: TypeAlias = Callable[[str, DialOptions], Awaitable[Transport]]


async def dial(url: str, options: DialOptions) -> Transport:
    """Open a WebSocket."""
    watch = _Watch(options.pin)
    arguments: dict[str, Any] = {
        "compression": None,
        "open_timeout": None,
        "ping_interval": None,
        "close_timeout": FAREWELL,
        "max_size": options.max_message,
    }
    if url.startswith("wss:"):
        arguments["ssl"] = options.ssl or _context(pinned=options.pin is not None)
    try:
        return _WebSocket(await _connect(url, dict(options.headers), arguments, watch), watch)
    except (WebSocketException, OSError, EOFError, ValueError) as error:
        raise watch.fault or _failure(error) from error


def _context(*, pinned: bool) -> ssl.SSLContext:
    """Say how certificates are checked. Those that gateways make for themselves fail every check but the pin."""
    context = ssl.create_default_context()
    if pinned:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


def _failure(error: Exception) -> Exception:
    """Say what went wrong, without the address, which may hold what a caller put into it."""
    response = getattr(error, "response", None)
    status = getattr(response, "status_code", None) or getattr(error, "status_code", None)
    if isinstance(error, InvalidHandshake) and status is not None:
        headers = getattr(response, "headers", None) or getattr(error, "headers", {})
        body = bytes(getattr(response, "body", None) or b"")[:1024]
        line = body.decode("utf-8", "replace").strip().partition("\n")[0]
        after = str(headers.get("Retry-After", ""))
        return HTTPStatusError(int(status), line, min(float(after), 3600.0) if after.isdecimal() else None)
    return ConnectionFailedError(f"cannot connect: {error or type(error).__name__}")


class _Watch:
    """Sees the bytes of a connection: when they come, and whose certificate they come with."""

    def __init__(self, pin: bytes | None) -> None:
        self.pin = pin
        self.heard = time.monotonic()
        self.fault: ConnectionFailedError | None = None

    def over(self, connection: type[Any]) -> type[Any]:
        """Make a class of connections that is watched."""
        watch = self

        class Watched(connection):  # type: ignore[misc]
            def connection_made(self, transport: Any) -> None:
                super().connection_made(transport)
                watch.check(transport)

            def data_received(self, data: bytes) -> None:
                watch.heard = time.monotonic()
                super().data_received(data)

        return Watched

    def check(self, transport: Any) -> None:
        """Drop a connection before anything is sent over it, if the certificate is another one."""
        if self.pin is None:
            return
        ssl_object = transport.get_extra_info("ssl_object")
        shown = ssl_object.getpeercert(binary_form=True) if ssl_object else None
        seen = hashlib.sha256(shown or b"").digest()
        if shown is None or not hmac.compare_digest(seen, self.pin):
            self.fault = ConnectionFailedError(
                f"fingerprint of the gateway's certificate is {seen.hex()}: expected {self.pin.hex()}"
            )
            transport.abort()


async def _connect(url: str, headers: dict[str, str], arguments: dict[str, Any], watch: _Watch) -> Any:
    try:
        from websockets.asyncio import client
    except ImportError:
        return await _connect_legacy(url, headers, arguments, watch)

    class Connect(client.connect):
        def process_redirect(self, exc: Exception) -> Exception | str:
            return exc  # the handshake holds credentials: they go where the caller said

    if "proxy" in inspect.signature(client.connect.__init__).parameters and _is_local(url):
        arguments["proxy"] = None
    connection = watch.over(client.ClientConnection)
    return await Connect(url, additional_headers=headers, create_connection=connection, **arguments)


async def _connect_legacy(url: str, headers: dict[str, str], arguments: dict[str, Any], watch: _Watch) -> Any:
    from websockets.legacy import client

    class Connect(client.Connect):
        def handle_redirect(self, uri: str) -> None:
            raise HTTPStatusError(307, "it leads elsewhere")

    connection = watch.over(client.WebSocketClientProtocol)
    return await Connect(url, extra_headers=headers, create_protocol=connection, **arguments)


def _is_local(url: str) -> bool:
    host = urlsplit(url).hostname or ""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")


class _WebSocket:
    """A connection of the package websockets, of either interface."""

    def __init__(self, connection: Any, watch: _Watch) -> None:
        self._connection = connection
        self._watch = watch

    @property
    def heard(self) -> float:
        return self._watch.heard

    @property
    def unsent(self) -> int:
        size: int = self._connection.transport.get_write_buffer_size()
        return size

    async def send(self, text: str) -> None:
        try:
            await self._connection.send(text)
        except ConnectionClosed as closed:
            raise _end(closed) from closed

    async def receive(self) -> str | bytes:
        try:
            message: str | bytes = await self._connection.recv()
        except ConnectionClosed as closed:
            raise _end(closed) from closed
        return message

    async def close(self, code: int, reason: str) -> None:
        await self._connection.close(code, reason)

    def abort(self) -> None:
        self._connection.transport.abort()


def _end(closed: ConnectionClosed) -> Exception:
    if closed.rcvd is not None:
        return ConnectionClosedError(closed.rcvd.code, closed.rcvd.reason)
    if closed.sent is not None and closed.sent.code == 1009:
        return MessageTooLargeError("a message is larger than max_message")
    return ConnectionFailedError(f"the connection broke: {closed.__cause__ or 'no close frame came'}")
