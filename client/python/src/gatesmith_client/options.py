"""Who the client is and how it behaves."""

from __future__ import annotations

import logging
import ssl
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from os import PathLike
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit, urlunsplit

from .device import DeviceIdentity
from .protocol.access import Role
from .tokens import TokenStore
from .transport import Dial
from .version import __version__

GUIDE_PATH: Final = "/v1/connect"
"""Where a gateway says nothing before its client does."""

MIB: Final = 1 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Reconnect:
    """What happens when a connection ends or none comes about."""

    off: bool = False
    """End the client with its first connection."""
    first: bool = False
    """Have `Client.connect`, too, go on trying until it is cancelled."""
    refused: bool = False
    """Go on after refusals that waiting alone does not cure: wrong credentials, pairing that an
    operator has to approve. Otherwise they end the client."""
    min_delay: float = 1.0
    max_delay: float = 30.0
    """Bounds of the delay before an attempt, in seconds, which doubles from one to the next. Half
    of each is left to chance, so that the clients of a gateway that restarts don't come all at once."""

    def delay(self, attempt: int, floor: float, chance: float) -> float:
        """Give how long to wait before an attempt, numbered from 1. Chance is from 0 to 1.

        Where the gateway said when to come, it is not earlier than that.
        """
        largest = max(self.min_delay, self.max_delay)
        delay = min(self.min_delay * 2.0 ** min(attempt - 1, 60), largest)
        delay = delay / 2 + chance * delay / 2
        return floor + chance * self.min_delay if delay < floor else delay


def platform() -> str:
    """Give the operating system by the name that gateways know it by."""
    return {"darwin": "macos", "win32": "windows"}.get(sys.platform, sys.platform)


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """Who the client is and how it behaves. The default connects as an operator without credentials."""

    token: str = field(default="", repr=False)
    token_file: str | PathLike[str] | None = None
    """Read anew for each connection, and only where `token` is empty."""
    password: str = field(default="", repr=False)

    device: DeviceIdentity | None = None
    """The identity to sign with; None connects without one."""
    tokens: TokenStore | None = None
    """Where the tokens that gateways give the device are kept; None keeps none. A kept token is
    preferred to the shared secrets."""

    id: str = "gatesmith-python"
    """What program this is."""
    version: str = __version__
    display_name: str = ""
    """A name for people."""
    platform: str = field(default_factory=platform)
    mode: str = ""
    """How it is used; "" is the role's name."""
    instance_id: str = ""
    """The same for each connection of one installation."""
    role: Role = "operator"
    scopes: Sequence[str] = ()
    """What an operator asks for; none asks for the gateway's default."""

    caps: Sequence[str] = ()
    commands: Sequence[str] = ()
    permissions: Mapping[str, bool] | None = None
    path_env: str = ""
    """`caps` to `path_env` are what a node offers."""

    reconnect: Reconnect = field(default_factory=Reconnect)
    connect_timeout: float = 15.0
    """Bounds an attempt to connect, from the dial to the gateway's greeting. Times are in seconds."""
    request_timeout: float | None = 30.0
    """Bounds calls without a timeout of their own; None for none. Calls that wait by design are not
    bounded, or by the wait that their params ask for and this time on top."""
    tick_timeout: float | None = 0.0
    """How long the gateway may be silent; 0 is three of the intervals that it announces, None for
    as long as it likes."""

    max_message: int = 25 * MIB
    """Largest message to take, in bytes. A larger one ends the connection, with a MessageTooLargeError
    for all calls that wait, and it is made anew."""
    max_pending: int = 1024
    """Calls at a time; further ones wait for their turn."""
    max_events: int = 8 * MIB
    """Bytes of events that may wait for callbacks."""
    max_queued: int = 4096
    """Events that may wait in each stream."""

    ssl: ssl.SSLContext | None = None
    """How the gateway's certificate is checked; None believes whom the system believes."""
    fingerprint: str = ""
    """The SHA-256 of the gateway's certificate in hex, colons allowed. Without `ssl` it is all that
    is checked, as for a certificate that the gateway made for itself; with it both have to hold."""
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    """For the upgrade request, such as an Origin."""
    dial: Dial | None = None
    """Makes the connections; None uses the package websockets."""
    logger: logging.Logger = field(default_factory=lambda: logging.getLogger("gatesmith_client"))

    def shared_token(self) -> str:
        """Give the token, or that of the file."""
        if self.token or self.token_file is None:
            return self.token
        token = Path(self.token_file).expanduser().read_text(encoding="utf-8").strip()
        if not token:
            msg = f"token file {self.token_file} is empty"
            raise ValueError(msg)
        return token

    def pin(self) -> bytes | None:
        """Give the certificate's hash to expect."""
        if not self.fingerprint:
            return None
        try:
            pin = bytes.fromhex(self.fingerprint.replace(":", ""))
        except ValueError:
            pin = b""
        if len(pin) != 32:
            msg = f"fingerprint is {self.fingerprint!r}: expected the 64 hex digits of a SHA-256"
            raise ValueError(msg)
        return pin


def complete_address(address: str, options: Options) -> str:
    """Check an address, and complete one without a path by the path that fits.

    Where there is a signature to make, that is one on which a challenge comes.
    """
    try:
        parts = urlsplit(address)
        host, _ = parts.hostname, parts.port
    except ValueError:
        # The parser's message quotes the address, which may hold a secret.
        msg = "the gateway's address is not a URL: expected one such as ws://127.0.0.1:18789"
        raise ValueError(msg) from None
    scheme = {"http": "ws", "https": "wss"}.get(parts.scheme, parts.scheme)
    msg = ""
    if scheme not in ("ws", "wss"):
        msg = f"scheme of the gateway's address is {parts.scheme!r}: expected ws or wss"
    elif not host:
        msg = "the gateway's address has no host: expected one such as ws://127.0.0.1:18789"
    elif "@" in parts.netloc:
        msg = "the gateway's address has a user in it: secrets go into Options, never into a URL"
    elif scheme == "ws" and (options.fingerprint or options.ssl):
        msg = "how to check a certificate was given, but the address is ws: expected wss"
    if msg:
        raise ValueError(msg)
    path = parts.path or ("/" if options.device else GUIDE_PATH)
    return urlunsplit((scheme, parts.netloc, path, parts.query, ""))
