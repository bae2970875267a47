"""What can go wrong, as classes of exceptions."""

from __future__ import annotations

from typing import Final

from .protocol import ResponseFrame, errors
from .wire import UNSET, Issue, JsonValue

MAX_RETRY_AFTER: Final = 3600.0
"""Keeps a faulty gateway from switching a client off, in seconds."""


class ClientError(Exception):
    """Everything that the client raises by itself, but for messages that are invalid and wrong use."""


class ClosedError(ClientError):
    """What calls get after `Client.close`."""

    def __init__(self) -> None:
        super().__init__("the client is closed")


class NotConnectedError(ClientError):
    """What calls get before `Client.connect`."""

    def __init__(self) -> None:
        super().__init__("the client was never connected")


class ConnectionLostError(ClientError):
    """The connection ended before the answer came, and the call may not be repeated.

    Whether the gateway carried it out is not known. `__cause__` is why the connection ended.
    """


class CallTimeoutError(ClientError, TimeoutError):
    """A call or an attempt to connect had no answer in its time."""


class TickTimeoutError(ClientError):
    """Ends a connection on which the gateway fell silent."""


class SlowSubscriberError(ClientError):
    """Events were not taken fast enough, where none of them may be left out."""


class MessageTooLargeError(ClientError):
    """A request that the gateway would not read, or an answer larger than `Options.max_message`."""


class CallError(ClientError):
    """The gateway's answer to a call that failed."""

    def __init__(
        self,
        code: str,
        message: str,
        *,
        details: JsonValue = None,
        payload: JsonValue = None,
        retryable: bool = False,
        retry_after: float | None = None,
    ) -> None:
        super().__init__(f"{code}: {message}")
        self.code: Final = code
        """One of `protocol.errors`, or one that is newer than this client."""
        self.message: Final = message
        self.details: Final = details
        """What else the gateway tells."""
        self.payload: Final = payload
        """A result beside the error, which few methods send."""
        self.retryable: Final = retryable
        """The same call may succeed later."""
        self.retry_after: Final = retry_after
        """When a repeat makes sense, in seconds; None when that is not known."""

    @property
    def issues(self) -> tuple[Issue, ...]:
        """What is wrong with params that were refused."""
        details = self.details
        listed = details.get("issues") if isinstance(details, dict) else None
        if not isinstance(listed, list):
            return ()
        found = (i for i in listed if isinstance(i, dict))
        return tuple(Issue(*(str(i.get(k, "")) for k in ("path", "rule", "message", "property"))) for i in found)


def call_error(frame: ResponseFrame) -> CallError:
    """Take an answer's error. Where it does not say whether a repeat makes sense, the code does."""
    payload = None if frame.payload is UNSET else frame.payload
    shape = frame.error
    if not shape:
        text = "the gateway said no more than that the call failed"
        return CallError(errors.UNAVAILABLE, text, payload=payload, retryable=True)
    after = shape.retry_after_ms or 0
    return CallError(
        shape.code,
        shape.message,
        details=None if shape.details is UNSET else shape.details,
        payload=payload,
        retryable=shape.retryable if isinstance(shape.retryable, bool) else shape.code in errors.RETRYABLE,
        retry_after=min(after / 1000, MAX_RETRY_AFTER) if after > 0 else None,
    )


class RefusedError(ClientError):
    """A handshake that the gateway turned down: credentials, pairing, scopes or version."""

    def __init__(self, error: CallError) -> None:
        super().__init__(f"the gateway refused the connection: {error}")
        self.error: Final = error
        """Why."""


class ConnectionClosedError(ClientError):
    """How the other side closed a connection."""

    def __init__(self, code: int, reason: str = "") -> None:
        text = f"the gateway closed the connection with {code}"
        super().__init__(f"{text}: {reason}" if reason else text)
        self.code: Final = code
        """By RFC 6455: 1000 normal, 1008 policy, 1009 too large, 1012 restart."""
        self.reason: Final = reason


class ConnectionFailedError(ClientError):
    """No connection comes about, or one broke without a word. `__cause__` says more."""


class HTTPStatusError(ClientError):
    """An answer to the upgrade request other than a WebSocket."""

    def __init__(self, status: int, text: str = "", retry_after: float | None = None) -> None:
        words = f"no WebSocket at this address: HTTP status {status}"
        super().__init__(f"{words}: {text}" if text else words)
        self.status: Final = status
        self.text: Final = text
        """The first line of the answer."""
        self.retry_after: Final = retry_after


_LASTING: Final = (1002, 1008, 1009)


def is_lasting(error: BaseException) -> bool:
    """Report whether connecting again, without anybody doing anything, would fail the same way."""
    if isinstance(error, RefusedError):
        return not error.error.retryable
    if isinstance(error, HTTPStatusError):
        return error.status < 500 and error.status != 429
    if isinstance(error, ConnectionClosedError):
        return error.code in _LASTING
    return not isinstance(error, (ClientError, OSError, ValueError))


def retry_after(error: BaseException) -> float:
    """Give when the gateway asked to be called again, in seconds."""
    if isinstance(error, RefusedError):
        return error.error.retry_after or 0
    return (error.retry_after or 0) if isinstance(error, HTTPStatusError) else 0
