"""Patterns of schemas, in the subset that RE2, ECMAScript and Python share."""

from __future__ import annotations

import re
from functools import cache


@cache
def compiled(source: str) -> re.Pattern[str]:
    r"""Compile a pattern. The one difference of the subset: $ is the end, not a line feed before it."""
    out, in_class, i = [], False, 0
    while i < len(source):
        c = source[i]
        if c == "\\":
            c = source[i : i + 2]
        elif c == "[":
            in_class = True
        elif c == "]":
            in_class = False
        elif c == "$" and not in_class:
            out.append(r"\Z")
            i += 1
            continue
        out.append(c)
        i += len(c)
    return re.compile("".join(out))


def found(source: str, text: str) -> bool:
    """Report whether the pattern is found anywhere in a text."""
    return compiled(source).search(text) is not None
