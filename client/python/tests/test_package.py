"""The wheel: it builds, installs into an empty environment, and works there."""

from __future__ import annotations

import os
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

from conftest import ROOT

PROJECT = ROOT / "client/python"

# What a program of a user does, without a gateway.
PROGRAM = """
import asyncio
from gatesmith_client import Client, ConnectionFailedError, Options
from gatesmith_client.protocol import SCHEMA_HASH, ChatSendParams

async def main():
    params = ChatSendParams(session_key="main", message="hi", idempotency_key="k")
    assert ChatSendParams.from_json(params.to_json()) == params
    try:
        await Client("ws://127.0.0.1:1", Options(token="t")).connect()
    except ConnectionFailedError as error:
        print("works:", type(error).__name__, SCHEMA_HASH[:8])

asyncio.run(main())
"""


def run(*command: str, **options: str) -> str:
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONPATH"}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=300, check=False, **options)  # type: ignore[call-overload]
    assert done.returncode == 0, f"{command}\n{done.stdout}{done.stderr}"
    out: str = done.stdout
    return out


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    pytest.importorskip("build", reason="the package build is not installed here")
    out = tmp_path_factory.mktemp("dist")
    run(sys.executable, "-m", "build", "--no-isolation", "--outdir", str(out), str(PROJECT))
    return out


def test_wheel(built: Path, tmp_path: Path) -> None:
    wheel = next(built.glob("*.whl"))
    names = set(zipfile.ZipFile(wheel).namelist())
    sources = {
        str(p.relative_to(PROJECT / "src")) for p in (PROJECT / "src").rglob("*") if p.suffix in (".py", ".typed")
    }
    assert {n for n in names if ".dist-info/" not in n} == sources
    assert any(n.endswith("licenses/LICENSE") for n in names)

    environment = tmp_path / "venv"
    run(sys.executable, "-m", "venv", str(environment))
    python = environment / ("Scripts" if os.name == "nt" else "bin") / "python"
    run(str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", str(wheel))
    assert run(str(python), "-c", PROGRAM, cwd=str(tmp_path)).startswith("works: ConnectionFailedError ")
    # Without the extra, what needs it says so.
    out = run(
        str(python),
        "-c",
        "import gatesmith_client as g\ntry: g.DeviceIdentity.new()\nexcept ImportError as e: print(e)",
    )
    assert out == "a device identity needs the package cryptography: pip install gatesmith-client[device]\n"


def test_source_distribution(built: Path) -> None:
    with tarfile.open(next(built.glob("*.tar.gz"))) as archive:
        names = {n.partition("/")[2] for n in archive.getnames()}
    assert {"pyproject.toml", "README.md", "LICENSE", "src/gatesmith_client/py.typed"} <= names
    assert not any("tests" in n for n in names)


def test_licence() -> None:
    assert (PROJECT / "LICENSE").read_bytes() == (ROOT / "LICENSE").read_bytes()
