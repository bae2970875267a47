"""The runtime of generated code, by itself."""

from __future__ import annotations

import pytest

from gatesmith_client import UNSET, InvalidMessageError, Mode
from gatesmith_client.protocol import (
    CONTENT_BLOCK,
    THREAD_ID,
    ChatSendParams,
    ConnectAuth,
    ContentBlockUnknown,
    EventFrame,
    SessionEntry,
    SessionsPatchParams,
    TextBlock,
    Tick,
    access,
    methods,
)
from gatesmith_client.wire import formats, numbers, patterns


def test_absent_and_null_are_two_things() -> None:
    absent = SessionsPatchParams.from_json('{"key":"main"}')
    assert absent.label is UNSET
    assert not absent.label
    null = SessionsPatchParams.from_json('{"key":"main","label":null}')
    assert null.label is None
    assert absent != null
    assert absent.to_json() == '{"key":"main"}'
    assert null.to_json() == '{"key":"main","label":null}'


def test_open_objects_keep_what_they_do_not_know() -> None:
    text = '{"sessionId":"s","updatedAt":1,"x":{"y":[1.5,null]}}'
    entry = SessionEntry.from_json(text)
    assert entry.extra == {"x": {"y": [1.5, None]}}
    assert type(entry.extra["x"]["y"][0]) is float  # type: ignore[index,call-overload]
    assert entry.to_json() == text


def test_unions_are_told_apart() -> None:
    block = CONTENT_BLOCK.from_json('{"type":"text","text":"hi"}')
    assert isinstance(block, TextBlock)
    assert block.type == "text"
    assert CONTENT_BLOCK.to_json(block) == '{"type":"text","text":"hi"}'
    unknown = CONTENT_BLOCK.from_json('{"type":"video","seconds":3}')
    assert isinstance(unknown, ContentBlockUnknown)
    assert (unknown.type, unknown.extra) == ("video", {"seconds": 3})
    assert CONTENT_BLOCK.to_json(unknown) == '{"type":"video","seconds":3}'
    assert [THREAD_ID.from_json(t) for t in ('"42"', "42", "4.2e1")] == ["42", 42, 42]
    assert [THREAD_ID.to_json(v) for v in ("42", 42)] == ['"42"', "42"]


def test_lenient_reading_fills_what_is_missing() -> None:
    params = ChatSendParams.from_json('{"message":null,"unknown":1,"attachments":null}', Mode.LENIENT)
    assert (params.session_key, params.message, params.attachments) == ("", "", UNSET)
    assert Tick.from_json('{"ts":1.9e0}', Mode.LENIENT).ts == 1
    assert Tick.from_json('{"ts":1e400}', Mode.LENIENT).ts == 2**53 - 1
    frame = EventFrame.from_json('{"type":"event","event":"x","payload":[1e400,"\\ud800"]}', Mode.LENIENT)
    assert frame.payload == [1.7976931348623157e308, "\ufffd"]
    assert Tick.from_json('{"ts":1,"ts":2}', Mode.LENIENT).ts == 2
    with pytest.raises(InvalidMessageError, match="at /ts: must be integer"):
        Tick.from_json('{"ts":"x","ts":2}', Mode.LENIENT)


def test_refusals_say_what_is_wrong() -> None:
    with pytest.raises(InvalidMessageError) as caught:
        ChatSendParams.from_value({"sessionKey": 1, "message": "m", "x": True})
    assert [(i.path, i.rule, i.property) for i in caught.value.issues] == [
        ("", "required", "idempotencyKey"),
        ("", "additionalProperties", "x"),
        ("/sessionKey", "type", ""),
    ]
    assert str(caught.value) == (
        "must have required property 'idempotencyKey'; at root: unexpected property 'x'; at /sessionKey: must be string"
    )
    with pytest.raises(InvalidMessageError, match="at /ts: must be a number between"):
        Tick.from_value({"ts": float("inf")})
    with pytest.raises(InvalidMessageError, match="must be object"):
        Tick.from_json("null")
    for text in (b"\xff", "\ud800", '{"ts":1}\ud800'):
        with pytest.raises(InvalidMessageError, match="byte"):
            Tick.from_json(text)
    with pytest.raises(TypeError, match="set is no JSON value"):
        Tick.from_value({"ts": {1}})


def test_secrets_are_not_shown() -> None:
    auth = ConnectAuth(token="hush", password="hush-hush")
    assert repr(auth) == "ConnectAuth()"
    assert "hush" in auth.to_json()
    assert repr(Tick(ts=1)) == "Tick(ts=1)"


def test_values_do_not_change() -> None:
    tick = Tick(ts=1)
    with pytest.raises(AttributeError):
        tick.ts = 2  # type: ignore[misc]
    assert not hasattr(tick, "__dict__")
    assert tick == Tick(ts=1)


def test_rights() -> None:
    send = methods.CHAT_SEND.access
    assert access.RIGHTS.refusal(send, "operator", ["operator.write"]) is None
    assert access.RIGHTS.refusal(send, "operator", ["operator.admin"]) is None
    assert access.RIGHTS.refusal(send, "operator", ["operator.read", "x"]) == "missing scope: operator.write"
    assert access.RIGHTS.refusal(send, "node", ["operator.admin"]) == "unauthorized role: node"
    assert access.RIGHTS.refusal(methods.SKILLS_BINS.access, "node", []) is None


@pytest.mark.parametrize(
    ("a", "b", "order"),
    [
        ("1", "1.0", 0),
        ("-0", "0", 0),
        ("1e3", "999.999", 1),
        ("-1", "1", -1),
        ("-2", "-1", -1),
        ("1e-999999999999", "0", 1),
    ]
    + [("0.1", "0.10000000000000001", -1), ("1e99999999999999999999", "1e400", 1), ("0e9", "-0", 0), ("12", "1e1", 1)],
)
def test_numbers_are_compared_as_written(a: str, b: str, order: int) -> None:
    assert numbers.compare(a, b) == order
    assert numbers.compare(b, a) == -order


@pytest.mark.parametrize(
    ("number", "of", "multiple"),
    [
        ("0.3", "0.1", True),
        ("1e20", "3", False),
        ("3e20", "3", True),
        ("0.35", "0.1", False),
        ("0", "7", True),
        ("1", "0", False),
    ]
    + [("1" + "0" * 400, "1e400", True), ("-4.5", "0.5", True), ("1e999999", "7", False)],
)
def test_multiples(number: str, of: str, multiple: bool) -> None:
    assert numbers.multiple_of(number, of) is multiple


def test_integers() -> None:
    cases = {
        "5.0": 5,
        "100e-2": 1,
        "-1e15": -(10**15),
        "0e999999999": 0,
        "9007199254740992": None,
        "1.5": None,
        "1e17": None,
    }
    assert {text: numbers.integral(text) for text in cases} == cases


@pytest.mark.parametrize(
    ("format", "good", "bad"),
    [
        (
            "date-time",
            ["2026-01-27T12:00:00Z", "2026-01-27t12:00:00.5+01:30", "0000-02-29T00:00:00z", "1990-12-31T15:59:60-08:00", "2026-01-01T+1:-0:+9Z"],
            ["2026-02-29T00:00:00Z", "2026-01-27T24:00:00Z", "2026-01-27T12:00:00", "2026-01-27T12:00:00.Z", "1990-12-31T23:58:60Z", "２026-01-27T12:00:00Z"],
        ),
        ("uuid", ["3f2504e0-4f89-11d3-9a0c-0305e82c3301"], ["3f2504e04f8911d39a0c0305e82c3301", "3g2504e0-4f89-11d3-9a0c-0305e82c3301", ""]),
        (
            "uri",
            ["https://a.test/x?%zz#f", "mailto:ada", "x:", "http://[::1]:80/", "http://u:p@h:/", "ws://ü.test", "x:/a", "a:%zz", "http://a:80"],
            ["", "/x", "1x:y", "http://a/%zz", "http://a/#%z", "http://[::1", "http://[1.2.3.4]/", "http://[fe80::1%25en0]/", "http://a:b:80/", "http://a:x/", "http://a b/", "x://\x7f", ":x", "http://h%41/", "http://a@b[::1]/"],
        ),
        ("base64", ["", "aGk=", "aGkK", "/+8="], ["aGl=", "a", "aGk", "aGk=\n", "====", "aG=k"]),
        ("unheard of", ["anything"], []),
    ],
)  # fmt: skip
def test_formats(format: str, good: list[str], bad: list[str]) -> None:
    assert [t for t in good if not formats.valid(format, t)] == []
    assert [t for t in bad if formats.valid(format, t)] == []


def test_the_end_is_the_end() -> None:
    assert patterns.found("^[a-z$]+\\$$", "a$")
    assert not patterns.found("^a$", "a\n")
    assert patterns.found("b", "abc")
