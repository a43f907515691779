"""PostgreSQL from its wheel, run by us, as nobody when we are root; used by `up`, by the tests and by the benches."""

import shutil
import signal
import subprocess
from pathlib import Path

from creatrail.embedded.folders import is_root, make_private, postgres_owner
from creatrail.embedded.postgres_binaries import find_binaries
from creatrail.embedded.server_process import ServerFailedError, ServerProcess

USER = DATABASE = "creatrail"
# One machine shared with everything else; the first click of a test run should not wait for gigabytes of buffers.
OPTIONS = {
    "listen_addresses": "",
    "shared_buffers": "128MB",
    "max_connections": "100",
    "max_wal_size": "1GB",
    "checkpoint_completion_target": "0.9",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "logging_collector": "off",
}


class EmbeddedPostgres:
    """One server over one data folder. `start` after `stop` or `crash` goes on with the same data."""

    def __init__(self, state: Path, sockets: Path, options: dict[str, str] | None = None) -> None:
        self.data = state / "postgres"
        self.pid_file = self.data / "postmaster.pid"
        self.sockets = sockets / "postgres"
        self.binaries = find_binaries()
        self.owner = postgres_owner()
        chosen = {**OPTIONS, "unix_socket_directories": str(self.sockets), **(options or {})}
        self.server = ServerProcess(
            name="PostgreSQL",
            command=[
                str(self.binaries / "postgres"),
                "-D",
                str(self.data),
                *(word for name, value in chosen.items() for word in ("-c", f"{name}={value}")),
            ],
            log=state / "postgres.log",
            stop_signal=signal.SIGINT,
            folder=self.data,
            user=self.owner if is_root() else None,
        )

    @property
    def url(self) -> str:
        return self.url_of(DATABASE)

    def url_of(self, database: str) -> str:
        return f"postgresql://{USER}@/{database}?host={self.sockets}"

    def launch(self) -> None:
        """Start it; make its data first where there is none, and clear what a killed run left."""
        make_private(self.sockets, self.owner)
        if not self.data.exists():
            self._initialise()
        self.server.wait_for_predecessor()
        self.pid_file.unlink(missing_ok=True)  # a killed server leaves it, and its number may be another's by now
        self.server.launch()

    def wait_ready(self, deadline_s: float = 30) -> None:
        self.server.wait_until(self.is_ready, deadline_s)

    def start(self) -> None:
        self.launch()
        self.wait_ready()

    def stop(self) -> None:
        self.server.stop()

    def crash(self) -> None:
        self.server.crash()

    def _initialise(self) -> None:
        """Make the data folder under another name first, so that a start cut short leaves no half of one."""
        partial = self.data.with_name("postgres.new")
        shutil.rmtree(partial, ignore_errors=True)
        partial.parent.mkdir(parents=True, exist_ok=True)
        make_private(partial, self.owner)
        arguments = ["--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8", "-U", USER]
        self._run([str(self.binaries / "initdb"), "-D", str(partial), *arguments], partial)
        single = [str(self.binaries / "postgres"), "--single", "-D", str(partial), "template1"]
        self._run(single, partial, stdin=f"CREATE DATABASE {DATABASE}\n")
        partial.rename(self.data)

    def _run(self, command: list[str], folder: Path, stdin: str = "") -> None:
        user = self.server.user
        finished = subprocess.run(
            command,
            cwd=folder,
            env=dict(self.server.environment),
            input=stdin,
            capture_output=True,
            text=True,
            check=False,
            user=user,
            group=user,
            extra_groups=None if user is None else [],
        )
        if finished.returncode != 0:
            raise ServerFailedError(f"PostgreSQL could not make its data folder:\n{finished.stderr.strip()}")

    def is_ready(self) -> bool:
        """What pg_ctl reads too: line 8 of the pid file of the process that we started."""
        try:
            lines = self.pid_file.read_text().splitlines()
        except OSError:
            return False
        return len(lines) > 7 and lines[0] == str(self.server.pid) and lines[7].strip() == "ready"
