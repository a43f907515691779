"""PostgreSQL and Valkey that listen on hosts of their own, with passwords; their unix sockets are the test's alone."""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import asyncpg
import redis

from creatrail.embedded.folders import Folders, postgres_owner
from creatrail.embedded.postgres import DATABASE, USER, EmbeddedPostgres
from creatrail.embedded.valkey import EmbeddedValkey
from tests.chaos.hosts.network import NETWORK, Host

PASSWORD: Final = secrets.token_hex(16)
ACCESS: Final = f"local all all trust\nhost all all {NETWORK}.0/24 scram-sha-256\n"


class HostedPostgres(EmbeddedPostgres):
    """Its data is there already, and knows the password: see `give_password`."""

    def __init__(self, host: Host, folders: Folders) -> None:
        access = folders.state / "pg_hba.conf"
        access.write_text(ACCESS)
        options = {"listen_addresses": host.address, "hba_file": str(access)}
        super().__init__(folders.state, folders.sockets, options)
        owner = str(postgres_owner())
        # Only root may enter the host, and PostgreSQL refuses root. The kernel forgets a parent's death on the way.
        as_owner = ["setpriv", "--reuid", owner, "--regid", owner, "--clear-groups", "--pdeathsig", "INT"]
        self.server.command = [*host.entering, *as_owner, *self.server.command]
        self.server.environment = {**self.server.environment, "PATH": "/usr/sbin:/usr/bin:/sbin:/bin"}
        self.server.user = None
        self.network_url = f"postgresql://{USER}:{PASSWORD}@{host.address}:5432/{DATABASE}"


async def give_password(postgres: EmbeddedPostgres) -> None:
    connection = await asyncpg.connect(postgres.url, timeout=10)
    await connection.execute(f"ALTER USER {USER} PASSWORD '{PASSWORD}'")
    await connection.close()


class HostedValkey(EmbeddedValkey):
    def __init__(self, host: Host, state: Path, sockets: Path) -> None:
        options = {"port": "6379", "bind": host.address, "requirepass": PASSWORD}
        super().__init__(state, sockets, options)
        self._address = host.address
        self.server.command = [*host.entering, *self.server.command]
        self.server.environment = {**self.server.environment, "PATH": "/usr/sbin:/usr/bin:/sbin:/bin"}

    @property
    def url(self) -> str:
        return f"redis://:{PASSWORD}@{self._address}:6379/0"

    def is_ready(self) -> bool:
        try:
            with redis.Redis(unix_socket_path=str(self.socket_path), password=PASSWORD, socket_timeout=1) as client:
                return bool(client.ping())
        except redis.RedisError:
            return False


@contextmanager
def running_valkey(host: Host, state: Path, sockets: Path) -> Iterator[HostedValkey]:
    for folder in (state, sockets):
        folder.mkdir(mode=0o700)
    valkey = HostedValkey(host, state, sockets)
    try:
        valkey.start()
        yield valkey
    finally:
        valkey.stop()
