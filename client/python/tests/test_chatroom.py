"""A second protocol, unlike ours in every name, over the same runtime."""

from __future__ import annotations

import json
from typing import Any, TypeVar

import chatroom
import pytest
from chatroom import access, errors, events, methods

from conftest import ROOT
from gatesmith_client.wire import UNSET, InvalidMessageError, Method, Mode, Unset

P = TypeVar("P")
R = TypeVar("R")

SCHEMA = ROOT / "gen/testdata/chatroom/schema"


class Room(chatroom.Calls):
    """Answers calls by itself."""

    def __init__(self, answer: str) -> None:
        self.answer = answer
        self.asked: list[tuple[str, object]] = []

    async def call(self, method: Method[P, R], params: P | None = None, *, timeout: float | Unset | None = UNSET) -> R:
        self.asked.append((method.name, {} if params is None else method.params.to_value(params)))
        return method.result.from_json(self.answer, Mode.LENIENT)


async def test_calls() -> None:
    room = Room('{"place":3}')
    accepted = await room.say(say())
    assert accepted == chatroom.SayAccepted(place=3)
    assert room.asked == [("say", {"room": "hall", "text": "hi", "key": "k"})]
    assert methods.SAY.early
    assert set(methods.METHODS) >= {"say", "rooms.history"}


def say(**more: Any) -> chatroom.SayParams:
    return chatroom.SayParams(room="hall", text="hi", key="k", **more)


def test_tables() -> None:
    assert ("chatroom", json.loads((SCHEMA / "protocol.json").read_text())["version"]) == (
        chatroom.PROTOCOL_NAME,
        chatroom.PROTOCOL_VERSION,
    )
    assert len(chatroom.SCHEMA_HASH) == 64
    assert events.ROOM_DEED.name == "room.deed"
    assert events.EVENTS["room.deed"] is events.ROOM_DEED
    assert set(errors.RETRYABLE) <= {errors.CLOSED, *errors.RETRYABLE}
    assert access.RIGHTS.refusal(events.ROOM_DEED.access, "nobody", []) == "unauthorized role: nobody"


def test_recursion_and_unions() -> None:
    text = '{"kind":"quote","of":[{"kind":"text","text":"a"},{"kind":"rule"}],"level":1}'
    block = chatroom.BLOCK.from_json(text)
    assert isinstance(block, chatroom.BlockQuote)
    inner = block.of[0]
    assert isinstance(inner, chatroom.BlockText)
    assert (inner.kind, inner.bold, block.level) == ("text", UNSET, 1)
    assert json.loads(chatroom.BLOCK.to_json(block)) == json.loads(text)
    deed = chatroom.DEED.from_json('{"deed":"dance","steps":[1,2]}')
    assert deed == chatroom.UnknownDeed(deed="dance", extra={"steps": [1, 2]})
    value = chatroom.VALUE.from_json('[null,{"a":[true,1.5,"x"]}]')
    assert value == [None, {"a": [True, 1.5, "x"]}]
    assert chatroom.VALUE.to_json(value) == '[null,{"a":[true,1.5,"x"]}]'


def test_examples() -> None:
    """The examples of the schema are read and written as they stand there."""
    seen = 0
    for file in (SCHEMA / "types").glob("*.json"):
        document = json.loads(file.read_text())
        for example in document.get("examples", ()):
            codec = chatroom.CODECS.get(document["title"])
            if codec is None:
                continue
            seen += 1
            assert codec.to_value(codec.from_value(example)) == example
    assert seen >= 4


@pytest.mark.parametrize(
    ("params", "issues"),
    [
        ({"room": "hall", "key": "k", "text": "hi", "tags": []}, [("/tags", "minItems")]),
        (
            {"room": "hall", "key": "k", "text": "hi", "tags": ["#a", "#a", "b"]},
            [("/tags", "uniqueItems"), ("/tags/2", "pattern")],
        ),
        (
            {"room": "hall", "key": "k", "text": "hi", "marks": [4, None, 4.0]},
            [("/marks", "uniqueItems"), ("/marks/0", "multipleOf"), ("/marks/2", "multipleOf")],
        ),
        ({"room": "hall", "key": "k", "text": "hi", "tone": "middle"}, [("/tone", "enum")]),
        ({"room": "hall", "key": "k", "text": "hi", "volume": 2}, [("/volume", "maximum")]),
    ],
)
def test_checks(params: object, issues: list[tuple[str, str]]) -> None:
    with pytest.raises(InvalidMessageError) as caught:
        chatroom.SayParams.from_value(params)
    assert [(i.path, i.rule) for i in caught.value.issues] == issues
    assert chatroom.SayParams.from_value(params, Mode.LENIENT).room == "hall"


def test_sets() -> None:
    full = {"optionAa": True, "optionGd": None, "optionGh": "x"}
    with pytest.raises(
        InvalidMessageError, match="must have property 'optionBa' or 'optionAb' and 'optionGi' or 'optionGj'"
    ):
        chatroom.Options.from_value(full)
    options = chatroom.Options.from_value(full | {"optionGj": [1]})
    assert (options.option_gd, options.option_gj, options.option_ba) == (None, [1], UNSET)


def test_secrets() -> None:
    assert "hush" not in repr(say(secret="hush"))
