"""The identity by which a machine is known to gateways: an Ed25519 key, and what follows from it.

It needs the extra: ``pip install gatesmith-client[device]``.
"""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timezone
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from . import secretfile

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

_FILE_VERSION: Final = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Signed:
    """What a device signs at the handshake."""

    device: str
    """The device's id."""
    client: str
    """`client.id`."""
    mode: str
    """`client.mode`."""
    role: str
    scopes: Sequence[str]
    """As sent, not as defaulted."""
    signed_at: int
    """Milliseconds since 1970."""
    token: str
    """`auth.token`, or ""."""
    nonce: str
    """Of the challenge; "" for version 1."""

    def text(self) -> str:
        """Give the signed text: version 2 with a nonce, version 1 without."""
        parts = [
            "v2" if self.nonce else "v1",
            self.device,
            self.client,
            self.mode,
            self.role,
            ",".join(self.scopes),
            str(self.signed_at),
            self.token,
        ]
        return "|".join([*parts, self.nonce] if self.nonce else parts)


class DeviceIdentity:
    """A device's key pair. It cannot be printed by accident: its text is the id."""

    __slots__ = ("_key", "_public")

    def __init__(self, seed: bytes) -> None:
        if len(seed) != 32:
            msg = f"seed of a device key has {len(seed)} bytes: expected 32"
            raise ValueError(msg)
        self._key = _key(seed)
        self._public = self._key.public_key().public_bytes_raw()

    @classmethod
    def new(cls) -> DeviceIdentity:
        """Make an identity with a fresh key."""
        return cls(secrets.token_bytes(32))

    @classmethod
    def load_or_create(cls, path: str | PathLike[str]) -> DeviceIdentity:
        """Give the identity that is kept in a file.

        Where there is no file, it makes an identity and the file, which only its owner can read.
        """
        file = Path(path).expanduser()
        try:
            return cls._load(file)
        except FileNotFoundError:
            seed = secrets.token_bytes(32)
        identity = cls(seed)
        try:
            secretfile.create(file, _document(identity, seed))
        except FileExistsError:
            return cls._load(file)  # another process was faster
        return identity

    @classmethod
    def _load(cls, path: Path) -> DeviceIdentity:
        data = secretfile.read(path)
        try:
            document: Any = json.loads(data)
            version, seed, device = document["version"], document["seed"], document["deviceId"]
            if version != _FILE_VERSION:
                msg = f"version is {version}: expected {_FILE_VERSION}"
                raise ValueError(msg)
            identity = cls(_decode(seed))
        except (ValueError, TypeError, KeyError) as error:
            msg = f"{path} holds no device identity: {error}"
            raise ValueError(msg) from error
        if identity.id != device:
            msg = f"{path}: deviceId does not belong to the key: expected {identity.id}"
            raise ValueError(msg)
        return identity

    @property
    def id(self) -> str:
        """The device's id: the SHA-256 of the public key, in hex."""
        return hashlib.sha256(self._public).hexdigest()

    @property
    def public_key(self) -> str:
        """The public half, as it goes over the wire."""
        return _encode(self._public)

    def sign(self, signed: Signed) -> str:
        """Sign a text; the signature is in base64url."""
        return _encode(self._key.sign(signed.text().encode()))

    def __repr__(self) -> str:
        """Give the id, and nothing of the key."""
        return f"<device {self.id}>"


def _key(seed: bytes) -> Ed25519PrivateKey:
    try:
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    except ImportError as error:
        msg = "a device identity needs the package cryptography: pip install gatesmith-client[device]"
        raise ImportError(msg) from error
    return Ed25519PrivateKey.from_private_bytes(seed)


def _document(identity: DeviceIdentity, seed: bytes) -> bytes:
    document = {
        "version": _FILE_VERSION,
        "deviceId": identity.id,
        "publicKey": identity.public_key,
        "seed": _encode(seed),
        "createdAt": datetime.now(timezone.utc).isoformat().replace("+00:00", "Z"),
    }
    return json.dumps(document, indent=2).encode() + b"\n"


def _encode(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _decode(text: str) -> bytes:
    return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
