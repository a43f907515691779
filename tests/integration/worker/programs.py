"""Worker processes on given stores."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from creatrail.embedded.folders import PROJECT
from tests.servers import describe_environment
from tracking.settings import Settings


@contextmanager
def running_worker(settings: Settings, role: str, log: Path, **changes: str) -> Iterator["subprocess.Popen[bytes]"]:
    """A worker that has said that it is ready. It is told to end afterwards, and must do so without complaint."""
    readable, writable = os.pipe()
    with log.open("ab") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "creatrail", "worker", f"--{role}"],
            cwd=PROJECT,
            env=describe_environment(settings) | {"READY_FD": str(writable), **changes},
            pass_fds=[writable],
            stdout=output,
            stderr=output,
        )
    os.close(writable)
    try:
        with os.fdopen(readable) as ready:
            assert ready.readline() == "ready\n", log.read_text()
        yield process
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 0, log.read_text()
    finally:
        process.kill()
        process.wait()
