"""The way to a store, as a test sees it: a proxy that runs beside the test and does to it what it is told."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from creatrail.embedded.folders import PROJECT
from creatrail.embedded.postgres import DATABASE, USER
from tests.e2e.system import System


class Wire:
    def __init__(self, socket_path: Path) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.chaos.proxy", str(socket_path)],
            cwd=PROJECT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.port = self._hear()

    def tell(self, mode: str, amount: float = 0) -> int:
        """Change how it is, at once; see `tests.chaos.proxy`. Returns how many messages were lost until now."""
        assert self._process.stdin is not None
        self._process.stdin.write(f"{mode} {amount}\n")
        self._process.stdin.flush()
        return self._hear()

    def close(self) -> None:
        self._process.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                pipe.close()

    def _hear(self) -> int:
        assert self._process.stdout is not None
        return int(self._process.stdout.readline())


@contextmanager
def wire_to_valkey(system: System) -> Iterator[tuple[Wire, str]]:
    """And the REDIS_URL by which programs take it."""
    wire = Wire(system.valkey.socket_path)
    try:
        yield wire, f"redis://127.0.0.1:{wire.port}"
    finally:
        wire.close()


@contextmanager
def wire_to_postgres(system: System) -> Iterator[tuple[Wire, str]]:
    """And the DATABASE_URL by which programs take it."""
    wire = Wire(system.postgres.sockets / ".s.PGSQL.5432")
    try:
        yield wire, f"postgresql://{USER}@127.0.0.1:{wire.port}/{DATABASE}?sslmode=disable"
    finally:
        wire.close()
