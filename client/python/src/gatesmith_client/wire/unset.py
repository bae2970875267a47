"""The value of members that are absent, which null is not."""

from __future__ import annotations

import enum
from typing import Final, Literal, TypeAlias


class UnsetType(enum.Enum):
    """The type of `UNSET`. It has one value, so that ``is UNSET`` narrows types."""

    UNSET = "UNSET"

    def __repr__(self) -> str:
        """Give the name."""
        return "UNSET"

    def __bool__(self) -> Literal[False]:
        """Be false, as what is absent is."""
        return False


Unset: TypeAlias = Literal[UnsetType.UNSET]
"""The type of an absent member, in annotations."""

UNSET: Final = UnsetType.UNSET
"""An optional member that is absent. `None` is a member that is there and null."""
