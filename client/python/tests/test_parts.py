"""Options, addresses, identities, kept tokens and errors."""

from __future__ import annotations

import json
import os
import stat
from pathlib import Path

import pytest

from gatesmith_client import DeviceIdentity, DeviceToken, FileTokens, HTTPStatusError, Options
from gatesmith_client.device import Signed
from gatesmith_client.errors import ConnectionClosedError, ConnectionFailedError, is_lasting, retry_after
from gatesmith_client.options import complete_address
from gatesmith_client.transport import _is_local

PIN = "ab" * 32
SIGNATURE = "XeFmP-hCllHDypXcncLxJo_yfdP0ipgFBzzI47bqi4rMCyVBpjzeO5zTeD3Q8GNf0dy0UYoS1KlCCOez5sEmDw"


@pytest.mark.parametrize(
    ("address", "complete"),
    [
        ("ws://127.0.0.1:18789", "ws://127.0.0.1:18789/v1/connect"),
        ("http://host", "ws://host/v1/connect"),
        ("https://host/x?y#z", "wss://host/x?y"),
        ("ws://[::1]:1/", "ws://[::1]:1/"),
    ],
)
def test_addresses(address: str, complete: str) -> None:
    assert complete_address(address, Options()) == complete


def test_an_address_for_a_device_has_a_challenge() -> None:
    assert complete_address("ws://host", Options(device=DeviceIdentity.new())) == "ws://host/"


@pytest.mark.parametrize(
    ("address", "fault"),
    [
        ("ftp://host", "scheme of the gateway's address is 'ftp': expected ws or wss"),
        ("host:18789", "scheme of"),
        ("ws://", "has no host"),
        ("ws://user:hush@host", "has a user in it: secrets go into Options"),
        ("ws://host:x", "is not a URL"),
        ("ws://[::1", "is not a URL"),
    ],
)
def test_wrong_addresses(address: str, fault: str) -> None:
    with pytest.raises(ValueError, match=fault) as caught:
        complete_address(address, Options())
    assert "hush" not in str(caught.value)


def test_fingerprints() -> None:
    assert Options(fingerprint=":".join([PIN[:32], PIN[32:]])).pin() == bytes.fromhex(PIN)
    assert Options().pin() is None
    for wrong in ("ab", "x" * 64):
        with pytest.raises(ValueError, match="expected the 64 hex digits"):
            Options(fingerprint=wrong).pin()
    with pytest.raises(ValueError, match="the address is ws: expected wss"):
        complete_address("ws://host", Options(fingerprint=PIN))


def test_secrets_of_options(tmp_path: Path) -> None:
    file = tmp_path / "token"
    file.write_text(" hush\n")
    options = Options(token_file=file, password="hush-hush", headers={"Cookie": "hush"})
    assert "hush" not in repr(options)
    assert options.shared_token() == "hush"
    assert Options(token="t", token_file=file).shared_token() == "t"
    file.write_text("\n")
    with pytest.raises(ValueError, match="is empty"):
        options.shared_token()


def test_what_a_device_signs() -> None:
    """The same texts and signature as in Go."""
    identity = DeviceIdentity(bytes(range(32)))
    assert identity.id == "56475aa75463474c0285df5dbf2bcab73da651358839e9b77481b2eab107708c"
    assert identity.public_key == "A6EHv_POEL4dcN0Y50vAmWfk1jCbpQ1fHdyGZBJVMbg"
    signed = Signed(device="d", client="c", mode="m", role="r", scopes=["a", "b"], signed_at=1, token="t", nonce="n")
    assert signed.text() == "v2|d|c|m|r|a,b|1|t|n"
    assert identity.sign(signed) == SIGNATURE
    bare = Signed(device="d", client="c", mode="m", role="r", scopes=[], signed_at=1, token="", nonce="")
    assert bare.text() == "v1|d|c|m|r||1|"
    assert repr(identity) == f"<device {identity.id}>"
    with pytest.raises(ValueError, match="has 3 bytes: expected 32"):
        DeviceIdentity(b"abc")


def test_identities_are_kept(tmp_path: Path) -> None:
    path = tmp_path / "a" / "device.json"
    identity = DeviceIdentity.load_or_create(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert DeviceIdentity.load_or_create(path).id == identity.id
    assert [p.name for p in path.parent.iterdir()] == ["device.json"]
    document = json.loads(path.read_text())
    for change, fault in (
        ({"version": 2}, "version is 2: expected 1"),
        ({"seed": "x"}, "holds no device identity"),
        ({"deviceId": "x"}, "does not belong to the key"),
    ):
        path.write_text(json.dumps(document | change))
        with pytest.raises(ValueError, match=fault):
            DeviceIdentity.load_or_create(path)
    path.write_text("[]")
    with pytest.raises(ValueError, match="holds no device identity"):
        DeviceIdentity.load_or_create(path)
    path.chmod(0o640)
    with pytest.raises(PermissionError, match="mode is 0640: expected 0600"):
        DeviceIdentity.load_or_create(path)


def test_an_identity_that_two_make_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "device.json"
    first = DeviceIdentity.load_or_create(path)
    text = path.read_text()
    path.unlink()
    link = os.link

    def slower(source: str, target: str) -> None:
        path.touch(mode=0o600)
        path.write_text(text)
        link(source, target)

    monkeypatch.setattr(os, "link", slower)
    assert DeviceIdentity.load_or_create(path).id == first.id


def test_an_identity_without_links(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise OSError("no links here")

    monkeypatch.setattr(os, "link", refuse)
    path = tmp_path / "device.json"
    assert DeviceIdentity.load_or_create(path).id == DeviceIdentity.load_or_create(path).id
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_kept_tokens(tmp_path: Path) -> None:
    path = tmp_path / "tokens.json"
    tokens = FileTokens(path)
    assert tokens.load("d", "operator") is None
    tokens.delete("d", "operator")
    assert not path.exists()
    tokens.save("d", "operator", DeviceToken("t", ("a",), "2026-01-27T12:00:00Z"))
    tokens.save("d", "node", DeviceToken("n"))
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert tokens.load("d", "operator") == DeviceToken("t", ("a",), "2026-01-27T12:00:00Z")
    assert "'t'" not in repr(tokens.load("d", "operator"))
    before = path.stat().st_ino
    tokens.save("d", "operator", DeviceToken("t"))
    assert path.stat().st_ino == before, "the same token is not written again"
    tokens.delete("d", "operator")
    assert tokens.load("d", "operator") is None
    assert tokens.load("d", "node") is not None
    for text in ("x", "[]", '{"version":2,"devices":{}}'):
        path.write_text(text)
        with pytest.raises(ValueError, match="holds no device tokens"):
            tokens.load("d", "node")
    path.chmod(0o644)
    with pytest.raises(PermissionError):
        tokens.load("d", "node")


def test_which_errors_last() -> None:
    lasting = [HTTPStatusError(404), ConnectionClosedError(1008), ConnectionClosedError(1002), RuntimeError()]
    passing = [
        HTTPStatusError(503),
        HTTPStatusError(429),
        ConnectionClosedError(1012),
        ConnectionFailedError(),
        OSError(),
    ]
    assert [is_lasting(e) for e in lasting + passing] == [True] * len(lasting) + [False] * len(passing)
    assert retry_after(HTTPStatusError(503, retry_after=2)) == 2
    assert retry_after(OSError()) == 0
    assert str(HTTPStatusError(404, "no")) == "no WebSocket at this address: HTTP status 404: no"


def test_local_hosts_need_no_proxy() -> None:
    hosts = {
        "127.0.0.1": True,
        "[::1]": True,
        "localhost": True,
        "a.localhost": True,
        "example.test": False,
        "10.0.0.1": False,
    }
    assert {h: _is_local(f"ws://{h}:1/") for h in hosts} == hosts
