"""Single limits on values, by the keyword of the schema."""

from __future__ import annotations

from . import formats, numbers, patterns
from .shapes import Check


def number_keeps(literal: str, check: Check) -> bool:
    """Report whether a number keeps a limit."""
    rule, limit = check.rule, check.limit
    if rule == "minimum":
        return numbers.compare(literal, limit) >= 0
    if rule == "maximum":
        return numbers.compare(literal, limit) <= 0
    if rule == "exclusiveMinimum":
        return numbers.compare(literal, limit) > 0
    if rule == "exclusiveMaximum":
        return numbers.compare(literal, limit) < 0
    return rule != "multipleOf" or numbers.multiple_of(literal, limit)


def text_keeps(text: str, check: Check) -> bool:
    """Report whether a string keeps a limit. Lengths are in code points."""
    rule, limit = check.rule, check.limit
    if rule == "minLength":
        return len(text) >= count(limit)
    if rule == "maxLength":
        return len(text) <= count(limit)
    if rule == "pattern":
        return patterns.found(limit, text)
    return rule != "format" or formats.valid(limit, text)


def count(limit: str) -> int:
    """Read a limit that counts something. It may be written 5.0."""
    return numbers.integral(limit) or 0
