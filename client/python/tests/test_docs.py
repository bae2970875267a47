"""The programs of the guide print what stands below them."""

from __future__ import annotations

import asyncio
import os
import re
import sys
from pathlib import Path

import pytest

from conftest import ROOT, TOKEN, Gateway, started

GUIDE = ROOT / "docs/clients/python.md"
README = ROOT / "client/python/README.md"

PROGRAM = re.compile(r"```python\n(.*?)```\n(?:\n```\n(.*?)```\n)?", re.DOTALL)


def programs() -> list[tuple[str, str, str]]:
    found = []
    for page in (GUIDE, README):
        for n, m in enumerate(PROGRAM.finditer(page.read_text(encoding="utf-8")), 1):
            found.append((f"{page.stem}-{n}", m[1], m[2] or ""))
    return found


def test_all_are_found() -> None:
    assert len(programs()) >= 7
    assert GUIDE.read_text().count("```python") + README.read_text().count("```python") == len(programs())


def test_programs_are_typed(tmp_path: Path) -> None:
    """What the guide shows is what type checkers accept."""
    api = pytest.importorskip("mypy.api", reason="mypy is not installed here")
    for name, program, _ in programs():
        (tmp_path / f"{name.replace('-', '_')}.py").write_text(program)
    out, err, status = api.run(
        ["--check-untyped-defs", "--config-file", "", "--cache-dir", str(tmp_path / "cache"), str(tmp_path)]
    )
    assert status == 0, out + err


@pytest.mark.parametrize(("program", "printed"), [pytest.param(p, o, id=n) for n, p, o in programs()])
async def test_programs(program: str, printed: str, gateway: Gateway, tmp_path: Path) -> None:
    home = tmp_path / "home"
    (home / ".gatesmith").mkdir(parents=True)
    (home / ".gatesmith/token").write_text(TOKEN)
    async with started(gateway):
        script = tmp_path / "program.py"
        script.write_text(program.replace("ws://127.0.0.1:18789", gateway.address))
        environment = {**os.environ, "HOME": str(home), "PYTHONWARNINGS": "error"}
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            str(script),
            env=environment,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        out = (await asyncio.wait_for(process.communicate(), 30))[0].decode()
    pattern = re.escape(printed).replace("…", ".*")
    assert re.fullmatch(pattern, out), f"prints\n{out}not\n{printed}"
