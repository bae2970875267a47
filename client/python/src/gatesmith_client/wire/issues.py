"""What is wrong with a message, and the words for it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

MAX_ISSUES: Final = 8
"""How many issues of one message are gathered."""

MAX_NAME: Final = 128
MAX_PATH: Final = 256
"""To how many bytes of UTF-8 the names and paths of a message are cut, or the refusal of a
message would be many times its size."""

MAX_INT: Final = 2**53 - 1
"""The largest integer that every JSON implementation keeps exact."""

# Rules that are not keywords of JSON Schema, or not the keyword alone.
SYNTAX: Final = "syntax"
UTF8: Final = "utf8"
DEPTH: Final = "depth"
DUPLICATE: Final = "duplicate"
RANGE: Final = "range"
UNEXPECTED: Final = "additionalProperties"

BAD_UTF8: Final = "invalid UTF-8"
LONE_SURROGATE: Final = "a lone surrogate"
BEYOND_FLOAT: Final = "a number between -1.7976931348623157e308 and 1.7976931348623157e308"
BEYOND_INT: Final = f"an integer between -{MAX_INT} and {MAX_INT}"

# The one table of texts, by rule. They are worded as AJV words them, because
# clients in the field read them; % stands for the argument.
_MESSAGES: Final = {
    SYNTAX: "invalid JSON at byte %",
    UTF8: "must NOT have %",
    DEPTH: "must NOT be nested deeper than % levels",
    DUPLICATE: "must NOT have duplicate property '%'",
    RANGE: "must be %",
    "type": "must be %",
    "required": "must have required property '%'",
    UNEXPECTED: "unexpected property '%'",
    "enum": "must be equal to one of the allowed values: %",
    "const": "must be equal to constant %",
    "not": "must NOT be equal to one of the values: %",
    "anyOf": "must have property %",
    "oneOf": "must have exactly one of %",
    "minLength": "must NOT have fewer than % characters",
    "maxLength": "must NOT have more than % characters",
    "pattern": 'must match pattern "%"',
    "format": 'must match format "%"',
    "minimum": "must be >= %",
    "maximum": "must be <= %",
    "exclusiveMinimum": "must be > %",
    "exclusiveMaximum": "must be < %",
    "multipleOf": "must be multiple of %",
    "minItems": "must NOT have fewer than % items",
    "maxItems": "must NOT have more than % items",
    "uniqueItems": "must NOT have duplicate items",
}


def message(rule: str, argument: str) -> str:
    """Word an issue."""
    return _MESSAGES[rule].replace("%", argument, 1)


def clip(text: str, most: int) -> str:
    """Cut text to so many bytes, and mark that it was. No character is split."""
    if len(text) * 4 <= most:
        return text  # no character has more bytes
    data = text.encode("utf-8", "surrogatepass")
    if len(data) <= most:
        return text
    mark = "…"
    end = most - len(mark.encode())
    while end > 0 and data[end] & 0xC0 == 0x80:
        end -= 1
    return data[:end].decode("utf-8", "surrogatepass") + mark


@dataclass(frozen=True, slots=True)
class Issue:
    """One thing that is wrong with a message."""

    path: str
    """JSON pointer to the value; "" is the whole."""
    rule: str
    """The keyword of the schema that is not kept, or one of `SYNTAX`, `UTF8`, `DEPTH`,
    `DUPLICATE`, `RANGE`."""
    message: str
    """For people, without the path."""
    property: str = ""
    """The member, for required and unexpected ones."""

    def text(self) -> str:
        """Give the issue with its place, as error messages print it."""
        if self.path:
            return f"at {self.path}: {self.message}"
        if self.rule in (UNEXPECTED, DUPLICATE):
            return f"at root: {self.message}"
        return self.message


class InvalidMessageError(ValueError):
    """A message that is not what the schema says. `issues` lists what is wrong, first things first."""

    def __init__(self, issues: tuple[Issue, ...]) -> None:
        self.issues: Final = issues
        super().__init__("; ".join(dict.fromkeys(i.text() for i in issues)))
