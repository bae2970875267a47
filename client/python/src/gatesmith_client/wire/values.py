"""JSON values as Python has them, and numbers that remember how they were written."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from typing import ClassVar, TypeAlias

JsonValue: TypeAlias = "bool | int | float | str | Sequence[JsonValue] | Mapping[str, JsonValue] | None"
"""Any JSON value."""

JsonObject: TypeAlias = "Mapping[str, JsonValue]"
"""Any JSON object."""


class WrittenFloat(float):
    """A number with its literal, since limits are compared with what was written.

    0.1 keeps an exclusive maximum of 0.10000000000000001, which is the same float.
    """

    __slots__ = ("literal",)
    literal: str

    def __new__(cls, literal: str) -> WrittenFloat:
        """Read a literal."""
        self = super().__new__(cls, literal)
        self.literal = literal
        return self


class RepeatedNames(dict[str, object]):
    """An object in which a name stands twice: the last value counts, but for tags the first."""

    __slots__ = ("first",)
    first: dict[str, object]
    made: ClassVar = 0
    """How many there have been: looking for them in every message would take long."""

    def __init__(self, pairs: list[tuple[str, object]]) -> None:
        super().__init__(pairs)
        RepeatedNames.made += 1
        self.first = dict(reversed(pairs))


def literal_of(value: float) -> str:
    """Give the JSON literal of a number. What JSON has no number for is one beyond all floats."""
    if isinstance(value, WrittenFloat):
        return value.literal
    if isinstance(value, float) and not math.isfinite(value):
        return "1e999"
    return str(value)


def is_beyond_float(literal: str) -> bool:
    """Report whether a number is larger than any float."""
    return math.isinf(float(literal))


def plain(value: object) -> object:
    """Give a value without the types of this module."""
    if isinstance(value, WrittenFloat):
        return float(value)
    if isinstance(value, dict):
        return {name: plain(v) for name, v in value.items()}
    if isinstance(value, list):
        return [plain(v) for v in value]
    return value


def dump(value: object) -> str:
    """Write a value as compact JSON. Numbers that JSON does not have are a ValueError."""
    return json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
