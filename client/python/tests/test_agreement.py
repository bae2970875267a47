"""Damaged texts get the same issues, word for word, as package wire gives in Go."""

from __future__ import annotations

import base64
import importlib
import json
import random
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from conformance import read
from conftest import ROOT, go
from gatesmith_client.protocol import CODECS
from gatesmith_client.wire import Codec, InvalidMessageError, Mode
from gatesmith_client.wire.explain import explain_text

COUNT = 12_000

PIECES = [
    b'"', b"\\", b"{", b"}", b"[", b"]", b",", b":", b"0", b"-", b".", b"e", b"1", b"9", b" ", b"\t", b"\n", b"\x00", b"\x7f", b"\xff",
    b"\xc3\xa9", b"\xe2\x82", b"\xf0\x9f\x98\x80", b"\\ud83d", b"\\ude00", b"\\u0041", b"\\u00", b"null", b"true", b"false", b'""', b"{}",
    b"[]", b"1e400", b"-1e400", b"1e-400", b"0.1e1", b"5.0", b"1.5", b"-0", b"01", b"1.", b"9007199254740992", b"9007199254740993",
    b"123456789012345678901234567890", b"9" * 320, b'"x":1,', b'"x":{"a":1,"a":2},', b'"":0,', b'"a/b~c":1,', b"[" * 70, b'"2026-01-27T12:00:00Z"',
    b'"aGk="', b'"https://[::1]:80/"', b'"3f2504e0-4f89-11d3-9a0c-0305e82c3301"',
]  # fmt: skip


def damaged(text: bytes, chance: random.Random) -> bytes:
    """Change a text in one place or a few."""
    for _ in range(chance.choice((0, 1, 1, 1, 2, 3))):
        at = chance.randrange(len(text) + 1)
        match chance.randrange(5):
            case 0:
                text = text[:at] + text[at + chance.randrange(1, 4) :]
            case 1:
                text = text[:at] + chance.choice(PIECES) + text[at:]
            case 2:
                piece = chance.choice(PIECES)
                text = text[:at] + piece + text[at + len(piece) :]
            case 3:  # a value for another
                start = text.find(b":", at) + 1
                end = min((i for i in (text.find(b",", start), text.find(b"}", start)) if i >= 0), default=len(text))
                text = text[:start] + chance.choice(PIECES) + text[end:]
            case _:  # a part twice
                text = text[:at] + text[chance.randrange(at + 1) : at] + text[at:]
    return text


def questions(codecs: Mapping[str, Codec[Any]], folders: list[Path]) -> Iterator[tuple[str, Mode, bytes]]:
    """Make the texts, the same each time."""
    chance = random.Random(20261128)
    vectors = [v for f in folders for v in read(f)]
    for _ in range(COUNT):
        v = chance.choice(vectors)
        mode = chance.choice((Mode.STRICT, Mode.STRICT, Mode.LENIENT))
        yield v.type, mode, damaged(v.text.encode("utf-8", "surrogatepass"), chance)


def compare(codecs: Mapping[str, Codec[Any]], folders: list[Path], schema: str) -> tuple[int, int]:
    """Compare with Go, and the two passes of ours with each other."""
    asked = list(questions(codecs, folders))
    lines = (
        json.dumps({"type": t, "mode": m.value, "base64": base64.b64encode(text).decode()}) for t, m, text in asked
    )
    answers = go("run", "./tools/judge", "-schema", schema, input="\n".join(lines).encode()).stdout.splitlines()
    assert len(answers) == len(asked)
    faults: list[str] = []
    refused = 0
    for (name, mode, text), answer in zip(asked, answers, strict=True):
        want = json.loads(answer)["issues"]
        codec = codecs[name]
        report = explain_text(text, codec._table.shapes, codec._place, lenient=mode is Mode.LENIENT)
        have = [
            {"path": i.path, "rule": i.rule, "message": i.message, **({"property": i.property} if i.property else {})}
            for i in report.issues
        ]
        refused += bool(want)
        if have != want:
            faults.append(f"{name} {mode.value} {text!r}:\n  Go {want}\n  Python {have}")
        try:
            codec.from_json(text, mode)
            fits = True
        except InvalidMessageError:
            fits = False
        if fits != (not want) and text.strip() != b"null":
            faults.append(f"{name} {mode.value} {text!r}: the fast pass says {fits}, Go {want}")
    assert not faults, f"{len(faults)} of {len(asked)} differ\n" + "\n".join(faults[:5])
    return len(asked), refused


def test_agreement(summary: list[str]) -> None:
    """Our protocol."""
    vectors = ROOT / "testdata/vectors"
    count, refused = compare(CODECS, [vectors, vectors / "traps"], "schema")
    summary.append(f"damaged texts judged as by Go: {count}, of which {refused} are refused")


def test_agreement_on_every_keyword(keywords: Path, summary: list[str]) -> None:
    """A protocol that has every keyword."""
    codecs = importlib.import_module("keywords").CODECS
    count, refused = compare(codecs, [keywords / "vectors"], "tools/keywords/schema")
    summary.append(f"damaged texts with every keyword judged as by Go: {count}, of which {refused} are refused")


@pytest.mark.parametrize(
    "text", [b"[" * 100_000, b'{"a":' * 100_000, b"9" * 100_000, b"1e" + b"9" * 10_000, b'"' + b"\\" * 99_999]
)
def test_hostile_texts(text: bytes) -> None:
    """Nothing that may come takes long or fails otherwise than it should."""
    for mode in Mode:
        with pytest.raises(InvalidMessageError):
            CODECS["Tick"].from_json(text, mode)
