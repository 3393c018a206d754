"""A real server for the tests: the built `ranksweep serve`, on a port of its own, that can be killed and started again."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Iterator

import pytest

import ranksweep

REPOSITORY = Path(__file__).resolve().parents[2]
CLI = REPOSITORY / "dist" / "src" / "cli" / "main.js"


class Server:
    def __init__(self, data: Path) -> None:
        self.data = data
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self.process: subprocess.Popen[bytes] | None = None
        self.start()

    def start(self) -> None:
        options = ["serve", "--port", str(self.port), "--data", str(self.data), "--lease-ms", "1500"]
        self.process = subprocess.Popen(["node", str(CLI), *options], stdout=subprocess.DEVNULL)
        for _ in range(600):
            if self.process.poll() is not None:
                raise RuntimeError(f"the server ended with exit code {self.process.returncode}")
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
                return
            except OSError:
                time.sleep(0.1)
        raise TimeoutError("the server did not start")

    def kill(self) -> None:
        if self.process is not None:
            self.process.send_signal(signal.SIGKILL)
            self.process.wait()

    def client(self) -> ranksweep.Client:
        return ranksweep.Client(self.url)

    def run(self, run_id: str) -> dict:
        fields = "id name state error config tags group parentId seed origin provenance"
        return self.client().query(f"query ($id: ID!) {{ run(id: $id) {{ {fields} }} }}", {"id": run_id})["run"]

    def command(self, *arguments: str, **options: object) -> subprocess.CompletedProcess[str]:
        environment = {**os.environ, "RANKSWEEP_URL": self.url}
        return subprocess.run(
            ["node", str(CLI), *arguments], capture_output=True, text=True, env=environment, timeout=120, **options
        )


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    running = Server(tmp_path_factory.mktemp("data"))
    yield running
    running.kill()


@pytest.fixture(autouse=True)
def surroundings(server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("RANKSWEEP_URL", server.url)
    for name in ("RANKSWEEP_MODE", "RANKSWEEP_SPOOL", "RANKSWEEP_METRICS", "RANKSWEEP_RUN_ID"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def python(tmp_path: Path):
    """Runs a script as a program of its own. @returns it, started"""

    def start(script: str) -> subprocess.Popen[str]:
        path = tmp_path / "program.py"
        path.write_text(script)
        return subprocess.Popen(
            [sys.executable, str(path)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=tmp_path
        )

    return start
