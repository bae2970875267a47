"""Files that only their owner can read."""

from __future__ import annotations

import contextlib
import os
import stat
import tempfile
from pathlib import Path


def read(path: Path) -> bytes:
    """Read a secret. One that others can read too is refused: what is in it is no secret any more."""
    mode = stat.S_IMODE(path.stat().st_mode)
    # Windows has no such bits; there the folder's list of rights decides.
    if os.name != "nt" and mode & 0o077:
        msg = f"{path} can be read by others: mode is {mode:04o}: expected 0600: if nobody has copied it, run chmod 600"
        raise PermissionError(msg)
    return path.read_bytes()


def replace(path: Path, data: bytes) -> None:
    """Replace a file at once, so that a crash leaves the old one or the new one."""
    temporary = _temporary(path, data)
    try:
        temporary.replace(path)
    except OSError:
        temporary.unlink(missing_ok=True)
        raise


def create(path: Path, data: bytes) -> None:
    """Create a file. Of several that do so at once, one succeeds and the others get FileExistsError."""
    temporary = _temporary(path, data)
    try:
        os.link(temporary, path)
    except FileExistsError:
        raise
    except OSError:
        # Some file systems have no links. Then the file is made under its own
        # name, and a reader at the same moment may find it empty.
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as f:
            f.write(data)
    finally:
        temporary.unlink(missing_ok=True)


def _temporary(path: Path, data: bytes) -> Path:
    """Write a file of mode 0600 beside the path, and its folder if need be."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(prefix=f".{path.name}-", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as f:
            f.write(data)
            f.flush()
            os.fsync(f.fileno())
    except OSError:
        with contextlib.suppress(OSError):
            Path(name).unlink()
        raise
    return Path(name)
