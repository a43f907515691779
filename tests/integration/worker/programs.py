"""Worker processes on given stores: started, killed, and waited for."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from creatrail.embedded.folders import PROJECT
from tracking.settings import Settings, read_environment

SECRET = "YSBrZXkgZm9yIHRlc3RzIG9ubHk"


def make_environment(settings: Settings, **changes: str) -> dict[str, str]:
    stores = {"DATABASE_URL": settings.database_url, "REDIS_URL": settings.redis_url}
    keys = {"CLICK_TOKEN_KEYS": f"1:{SECRET}", "COOKIE_SECRET": SECRET}
    return {**read_environment(), **stores, **keys, **changes}


@contextmanager
def run_worker(settings: Settings, role: str, log: Path, **changes: str) -> Iterator["subprocess.Popen[bytes]"]:
    """A worker that says `ready` on a pipe before this yields; ended by SIGTERM, if it still runs."""
    readable, writable = os.pipe()
    environment = make_environment(settings, READY_FD=str(writable), **changes)
    with log.open("ab") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "creatrail", "worker", f"--{role}"],
            cwd=PROJECT,
            env=environment,
            pass_fds=[writable],
            stdout=output,
            stderr=output,
        )
    os.close(writable)
    try:
        with os.fdopen(readable) as ready:
            assert ready.readline() == "ready\n", log.read_text()
        yield process
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
        process.wait(30)
