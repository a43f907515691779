"""Real stores for a bench: durable PostgreSQL and append-only Valkey of its own, migrated, gone afterwards."""

import asyncio
import base64
import shutil
import socket
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import redis

from bench.programs import Program
from creatrail.embedded.folders import is_root, open_socket_folder
from creatrail.embedded.postgres import EmbeddedPostgres
from creatrail.embedded.server_process import find_processes_in
from creatrail.embedded.valkey import EmbeddedValkey
from tracking.migrate import migrate
from tracking.settings import Settings, load_settings, read_environment

FIXED_SECRET = base64.urlsafe_b64encode(b"a secret of the benches, 32 byte").decode()


@dataclass(frozen=True)
class Stores:
    folder: Path
    postgres: EmbeddedPostgres
    valkey: EmbeddedValkey

    @property
    def valkey_program(self) -> Program:
        return Program("valkey", self.valkey.server.pid)

    def read_postgres_cpu_s(self) -> float:
        """Of every process of the server that runs now."""
        return sum(Program("postgres", pid).read_cpu_s() for pid in find_processes_in(self.postgres.data))

    def open_redis(self) -> redis.Redis:
        return redis.Redis.from_url(self.valkey.url)

    def make_environment(self, **chosen: str) -> dict[str, str]:
        """The environment of a program: the stores, what is chosen, and otherwise defaults, whatever is set outside."""
        of_ours = {name.upper() for name in Settings.__struct_fields__}
        inherited = {name: value for name, value in read_environment().items() if name not in of_ours}
        return {
            **inherited,
            "DATABASE_URL": self.postgres.url,
            "REDIS_URL": self.valkey.url,
            "CLICK_TOKEN_KEYS": f"1:{FIXED_SECRET}",
            "COOKIE_SECRET": FIXED_SECRET,
            "SPOOL_DIR": str(self.folder / "spool"),
            "STATE_DIR": str(self.folder),
            "LOG_LEVEL": "WARNING",
            **chosen,
        }

    def make_settings(self) -> Settings:
        return load_settings(self.make_environment())


@contextmanager
def open_stores(postgres_options: dict[str, str] | None = None) -> Iterator[Stores]:
    folder = Path(tempfile.mkdtemp(prefix="creatrail-bench-"))
    folder.chmod(0o711 if is_root() else 0o700)  # root's PostgreSQL runs as nobody and must pass through
    sockets = open_socket_folder(folder)
    stores = Stores(folder, EmbeddedPostgres(folder, sockets, postgres_options), EmbeddedValkey(folder, sockets))
    try:
        stores.postgres.start()
        stores.valkey.start()
        asyncio.run(migrate(stores.make_settings()))
        yield stores
    finally:
        stores.valkey.stop()
        stores.postgres.stop()
        shutil.rmtree(folder, ignore_errors=True)
        shutil.rmtree(sockets, ignore_errors=True)


def find_free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
