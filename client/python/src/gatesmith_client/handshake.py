"""What a client says about itself to open a connection."""

from __future__ import annotations

import time
from dataclasses import dataclass, field

from .device import Signed
from .errors import RefusedError
from .options import Options
from .protocol import (
    MIN_PROTOCOL_VERSION,
    PROTOCOL_VERSION,
    ConnectAuth,
    ConnectClient,
    ConnectDevice,
    ConnectParams,
    HelloOk,
    errors,
)
from .tokens import DeviceToken
from .wire import UNSET, Unset


@dataclass(frozen=True, slots=True)
class Credentials:
    """What a connection proves itself with."""

    token: str = field(default="", repr=False)
    password: str = field(default="", repr=False)
    kept: bool = False
    """The token is one that a gateway gave this device."""


def shared_credentials(options: Options) -> Credentials:
    """Give the secrets that many share."""
    return Credentials(options.shared_token(), options.password)


def kept_credentials(options: Options) -> Credentials | None:
    """Give the device's own, if there are any."""
    if options.device is None or options.tokens is None:
        return None
    try:
        kept = options.tokens.load(options.device.id, options.role)
    except (OSError, ValueError) as error:
        options.logger.warning("the device token cannot be read: %s", error)
        return None
    return Credentials(kept.token, kept=True) if kept else None


def is_unaccepted(error: BaseException) -> bool:
    """Report whether a refusal is about what was proved, so that another proof may help."""
    if not isinstance(error, RefusedError):
        return False
    refusal = error.error
    return refusal.code == errors.NOT_PAIRED or refusal.message.startswith(("unauthorized", "missing scope"))


def forget_token(options: Options) -> None:
    """Forget a kept token that is not accepted any more."""
    if options.device is None or options.tokens is None:
        return
    try:
        options.tokens.delete(options.device.id, options.role)
    except (OSError, ValueError) as error:
        options.logger.warning("the device token cannot be forgotten: %s", error)


def keep_token(options: Options, hello: HelloOk) -> None:
    """Keep the token that a greeting brought."""
    auth = hello.auth
    if options.device is None or options.tokens is None or not auth or not auth.device_token:
        return
    token = DeviceToken(auth.device_token, tuple(auth.scopes))
    try:
        options.tokens.save(options.device.id, auth.role or options.role, token)
    except (OSError, ValueError) as error:
        options.logger.warning("the device token cannot be kept: %s", error)


def opening(options: Options, credentials: Credentials, nonce: str) -> ConnectParams:
    """Give the first message."""
    mode = options.mode or options.role
    auth: ConnectAuth | Unset = UNSET
    if credentials.token or credentials.password:
        auth = ConnectAuth(token=credentials.token or UNSET, password=credentials.password or UNSET)
    device: ConnectDevice | Unset = UNSET
    if options.device is not None:
        signed_at = int(time.time() * 1000)
        signed = Signed(
            device=options.device.id,
            client=options.id,
            mode=mode,
            role=options.role,
            scopes=options.scopes,
            signed_at=signed_at,
            token=credentials.token,
            nonce=nonce,
        )
        device = ConnectDevice(
            id=options.device.id,
            public_key=options.device.public_key,
            signature=options.device.sign(signed),
            signed_at=signed_at,
            nonce=nonce or UNSET,
        )
    return ConnectParams(
        min_protocol=MIN_PROTOCOL_VERSION,
        max_protocol=PROTOCOL_VERSION,
        client=ConnectClient(
            id=options.id,
            version=options.version,
            platform=options.platform,
            mode=mode,
            display_name=options.display_name or UNSET,
            instance_id=options.instance_id or UNSET,
        ),
        caps=options.caps or UNSET,
        commands=options.commands or UNSET,
        permissions=UNSET if options.permissions is None else options.permissions,
        path_env=options.path_env or UNSET,
        role=options.role,
        scopes=options.scopes or UNSET,
        auth=auth,
        device=device,
    )
