"""How strictly messages are read."""

from __future__ import annotations

import enum


class Mode(enum.Enum):
    """How strictly messages are read."""

    STRICT = "strict"
    """All that the schema says, and one way to write it: what servers receive."""

    LENIENT = "lenient"
    """Only a wrong JSON kind is an error: what clients receive, so that a newer or an older
    peer does not break them. Members that are not known are skipped or kept, missing ones are
    zero, null counts as absent where it is not allowed, and limits are not checked."""
