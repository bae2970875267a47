"""The secrets that gateways give to devices, and where they are kept."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timezone
from os import PathLike
from pathlib import Path
from typing import Any, Final, Protocol

from . import secretfile

_FILE_VERSION: Final = 1


@dataclass(frozen=True, slots=True)
class DeviceToken:
    """A secret that a gateway gave to a device for a role."""

    token: str = field(repr=False)
    scopes: tuple[str, ...] = ()
    """What it is good for."""
    saved_at: str = ""


class TokenStore(Protocol):
    """Keeps the tokens of devices, one for each device and role.

    A token belongs to the gateway that gave it: use a store for each gateway.
    """

    def load(self, device_id: str, role: str) -> DeviceToken | None:
        """Give the token, or None when none is kept."""

    def save(self, device_id: str, role: str, token: DeviceToken) -> None:
        """Keep a token."""

    def delete(self, device_id: str, role: str) -> None:
        """Forget a token, if one is kept."""


class FileTokens:
    """Keeps tokens in a JSON file that only its owner can read.

    It is made when there is a token to keep, and read anew each time, since other processes,
    also clients in other languages, use it too.
    """

    def __init__(self, path: str | PathLike[str]) -> None:
        self.path: Final = Path(path).expanduser()

    def load(self, device_id: str, role: str) -> DeviceToken | None:
        """Give the token, or None when none is kept."""
        kept = self._read()["devices"].get(device_id, {}).get(role)
        if kept is None:
            return None
        return DeviceToken(kept["token"], tuple(kept.get("scopes") or ()), kept.get("savedAt", ""))

    def save(self, device_id: str, role: str, token: DeviceToken) -> None:
        """Keep a token."""

        def edit(devices: dict[str, Any]) -> bool:
            roles = devices.setdefault(device_id, {})
            if roles.get(role, {}).get("token") == token.token:
                return False
            saved_at = token.saved_at or datetime.now(timezone.utc).isoformat().replace("+00:00", "Z")
            roles[role] = {"token": token.token, "scopes": list(token.scopes), "savedAt": saved_at}
            return True

        self._change(edit)

    def delete(self, device_id: str, role: str) -> None:
        """Forget a token, if one is kept."""
        self._change(lambda devices: devices.get(device_id, {}).pop(role, None) is not None)

    def _change(self, edit: Callable[[dict[str, Any]], bool]) -> None:
        document = self._read()
        if edit(document["devices"]):
            secretfile.replace(self.path, json.dumps(document, indent=2).encode() + b"\n")

    def _read(self) -> dict[str, Any]:
        try:
            document: Any = json.loads(secretfile.read(self.path))
        except FileNotFoundError:
            return {"version": _FILE_VERSION, "devices": {}}
        except ValueError as error:
            msg = f"{self.path} holds no device tokens: {error}"
            raise ValueError(msg) from error
        if not isinstance(document, dict) or document.get("version") != _FILE_VERSION:
            msg = f"{self.path} holds no device tokens: expected an object of version {_FILE_VERSION}"
            raise ValueError(msg)
        if not isinstance(document.get("devices"), dict):
            document["devices"] = {}
        return document
