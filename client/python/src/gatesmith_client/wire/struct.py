"""The base of generated dataclasses."""

from __future__ import annotations

from dataclasses import fields
from typing import Any, ClassVar, TypeVar

from .codec import Codec
from .mode import Mode
from .unset import UNSET
from .values import JsonObject

S = TypeVar("S", bound="Struct")


class Struct:
    """An object of a protocol, which reads and writes itself as JSON."""

    __slots__ = ()
    _codec: ClassVar[Codec[Any]]

    @classmethod
    def from_json(cls: type[S], text: str | bytes, mode: Mode = Mode.STRICT) -> S:
        """Read a JSON text and check it. A text that does not fit is an `InvalidMessageError`."""
        value: S = cls._codec.from_json(text, mode)
        return value

    @classmethod
    def from_value(cls: type[S], value: object, mode: Mode = Mode.STRICT) -> S:
        """Read a JSON object that is in Python's form already, and check it."""
        result: S = cls._codec.from_value(value, mode)
        return result

    def to_json(self) -> str:
        """Write it as JSON text."""
        return self._codec.to_json(self)

    def to_value(self) -> JsonObject:
        """Write it in Python's form of JSON."""
        value: Any = self._codec.to_value(self)
        result: JsonObject = value
        return result

    def __repr__(self) -> str:
        """Show what is there, and nothing that is secret."""
        there = ((f.name, getattr(self, f.name)) for f in fields(self) if f.repr)  # type: ignore[arg-type]
        shown = (f"{name}={v!r}" for name, v in there if v is not UNSET and (v or name != "extra"))
        return f"{type(self).__name__}({', '.join(shown)})"


def codec_of(cls: type[S]) -> Codec[S]:
    """Give the codec of a struct."""
    return cls._codec
