"""The runtime of generated protocol code. It uses the standard library only and knows no protocol."""

from .codec import Codec, Table
from .description import Access, Event, Method, Rights
from .issues import MAX_INT, MAX_ISSUES, InvalidMessageError, Issue
from .mode import Mode
from .shapes import Check, Kind, Member, Place, Sets, Shape, Shapes, Variant
from .struct import Struct, codec_of
from .unset import UNSET, Unset, UnsetType
from .values import JsonObject, JsonValue

__all__ = [
    "MAX_INT",
    "MAX_ISSUES",
    "UNSET",
    "Access",
    "Check",
    "Codec",
    "Event",
    "InvalidMessageError",
    "Issue",
    "JsonObject",
    "JsonValue",
    "Kind",
    "Member",
    "Method",
    "Mode",
    "Place",
    "Rights",
    "Sets",
    "Shape",
    "Shapes",
    "Struct",
    "Table",
    "Unset",
    "UnsetType",
    "Variant",
    "codec_of",
]
