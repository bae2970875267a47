"""What the tests share: coroutine tests, the Go programs of the repository, and a real gateway."""

from __future__ import annotations

import asyncio
import contextlib
import inspect
import json
import os
import re
import socket
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[3]
TOKEN = "the-token-of-the-tests"

sys.path.insert(0, str(ROOT / "gen/testdata/chatroom/python"))


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> bool | None:
    """Run tests that are coroutines, each in a loop of its own, and see that none leaves a task behind."""
    function = pyfuncitem.obj
    if not inspect.iscoroutinefunction(function):
        return None
    names = pyfuncitem._fixtureinfo.argnames
    asyncio.run(_bounded(function(**{n: pyfuncitem.funcargs[n] for n in names})))
    return True


async def _bounded(test: Any) -> None:
    await asyncio.wait_for(test, 60)
    await asyncio.sleep(0)
    left = {t for t in asyncio.all_tasks() if t is not asyncio.current_task()}
    assert not left, f"tasks are left behind: {left}"


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Print what tests counted."""
    for line in SUMMARY:
        terminalreporter.write_line(line)


SUMMARY: list[str] = []


@pytest.fixture(scope="session")
def summary() -> list[str]:
    """Lines to print at the end."""
    return SUMMARY


def go(*arguments: str, **options: Any) -> subprocess.CompletedProcess[bytes]:
    """Run the go command in the repository. Without one, the tests that need it are skipped, but not in CI."""
    environment = {"CGO_ENABLED": "0", **os.environ}
    try:
        return subprocess.run(
            ["go", *arguments], cwd=ROOT, env=environment, check=True, stdout=subprocess.PIPE, timeout=500, **options
        )
    except FileNotFoundError:
        if os.environ.get("CI") == "true":
            raise
        pytest.skip("there is no go command to build the gateway with")


@pytest.fixture(scope="session")
def keywords(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Generate the protocol that has every keyword, and vectors for it, into a folder."""
    folder = tmp_path_factory.mktemp("keywords")
    package, vectors = folder / "keywords", folder / "vectors"
    package.mkdir()
    schema = "tools/keywords/schema"
    go("run", "./tools/keywords/generate", "-lang", "python", "-schema", schema, "-out", str(package))
    go("run", "./tools/vectors", "-schema", schema, "-out", str(vectors))
    sys.path.insert(0, str(folder))
    return folder


@pytest.fixture(scope="session")
def gateway_binary(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the gateway."""
    binary = tmp_path_factory.mktemp("bin") / "gateway"
    go("build", "-o", str(binary), "./cmd/gateway")
    return binary


class Gateway:
    """A real gateway in a process of its own."""

    def __init__(self, binary: Path, folder: Path) -> None:
        self.folder = folder
        self._command = [str(binary), "serve", "--token", TOKEN, "--state-dir", str(folder)]
        self._command += ["--config", str(folder / "gateway.json")]
        self.port = 0
        self.address = ""
        self.fingerprint = ""
        self.process: asyncio.subprocess.Process | None = None

    def configure(self, **settings: Any) -> None:
        """Write its configuration."""
        (self.folder / "gateway.json").write_text(json.dumps({"gateway": settings}))

    async def start(self) -> None:
        """Start it; again on the same port."""
        with (self.folder / "log").open("ab") as log:
            self.process = await asyncio.create_subprocess_exec(
                *self._command, "--port", str(self.port), stdout=asyncio.subprocess.PIPE, stderr=log
            )
        assert self.process.stdout is not None
        while True:
            line = (await asyncio.wait_for(self.process.stdout.readline(), 30)).decode()
            assert line, (self.folder / "log").read_text()
            if m := re.search(r"wss?://\S+?:(\d+)", line):
                self.address, self.port = m[0], int(m[1])
            if m := re.search(r"fingerprint is (\S+)", line):
                self.fingerprint = m[1]
            if self.address and (self.fingerprint or not self.address.startswith("wss")):
                return

    async def stop(self, *, kill: bool = False) -> None:
        """Stop it, in order or at once."""
        if self.process is None:
            return
        with contextlib.suppress(ProcessLookupError):
            self.process.kill() if kill else self.process.terminate()
        await self.process.communicate()
        self.process = None


@pytest.fixture
def gateway(gateway_binary: Path, tmp_path: Path) -> Gateway:
    """A gateway that a test starts."""
    folder = tmp_path / "state"
    folder.mkdir(mode=0o700)
    return Gateway(gateway_binary, folder)


@contextlib.asynccontextmanager
async def started(gateway: Gateway) -> AsyncIterator[Gateway]:
    """Start a gateway, and stop it whatever happens."""
    await gateway.start()
    try:
        yield gateway
    finally:
        await gateway.stop()


@pytest.fixture
def unused_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        port: int = s.getsockname()[1]
        return port
