"""Runs the vectors that all languages share against this one."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gatesmith_client.wire import Codec, InvalidMessageError, Mode


@dataclass(frozen=True)
class Vector:
    """A JSON text with the verdict that every implementation owes it."""

    type: str
    description: str
    mode: Mode
    valid: bool
    text: str
    path: str | None
    rule: str | None
    generated: bool


def read(folder: Path) -> Iterator[Vector]:
    """Read the vectors of a folder: a set a file, or a list of them."""
    for file in sorted(folder.glob("*.json")):
        document = json.loads(file.read_text(encoding="utf-8"))
        for s in document if isinstance(document, list) else [document]:
            for v in s["tests"]:
                text = v["text"] if "text" in v else json.dumps(v["data"], ensure_ascii=False)
                yield Vector(
                    s["type"],
                    v["description"],
                    Mode(v["mode"]),
                    v["valid"],
                    text,
                    v.get("path"),
                    v.get("rule"),
                    s.get("generated", False),
                )


def fault(vector: Vector, codecs: Mapping[str, Codec[Any]]) -> str:
    """Say how an implementation departs from a vector; "" where it does not."""
    where = f"{vector.type}: {vector.description} ({vector.mode.value}): {vector.text[:300]}"
    codec = codecs[vector.type]
    try:
        value = codec.from_json(vector.text, vector.mode)
    except InvalidMessageError as error:
        first = error.issues[0]
        if vector.valid:
            return f"{where}: should be accepted, is refused: {error}"
        if vector.path is not None and first.path != vector.path:
            return f"{where}: the place should be {vector.path!r}, is {first.path!r}"
        if vector.rule is not None and first.rule != vector.rule:
            return f"{where}: the rule should be {vector.rule!r}, is {first.rule!r}"
        return ""
    if not vector.valid:
        return f"{where}: should be refused, is accepted"
    return _round_trip(codec, value, vector, where)


def _round_trip(codec: Codec[Any], value: Any, vector: Vector, where: str) -> str:
    """What was read strictly is written as it was, and read again the same."""
    if vector.mode is Mode.LENIENT:
        return ""
    written = codec.to_json(value)
    # Leniently, since 0.10000000000000001 is written as 0.1, which may keep other limits.
    if codec.from_json(written, Mode.LENIENT) != value:
        return f"{where}: is not the same after it was written: {written}"
    if json.loads(written) != json.loads(vector.text):
        return f"{where}: is written as {written}"
    return ""
