"""The whole service with a host for each store and each program, and two Valkeys that share the click stream."""

from collections.abc import AsyncIterator
from contextlib import ExitStack, asynccontextmanager
from pathlib import Path
from typing import Any, Final

from creatrail.embedded.folders import Folders
from creatrail.embedded.postgres import EmbeddedPostgres
from tests.chaos.hosts.network import Host, open_network
from tests.chaos.hosts.stores import HostedPostgres, HostedValkey, give_password, running_valkey
from tests.e2e.programs import Program
from tests.e2e.system import COMMANDS, PORT_SETTINGS, System
from tests.servers import make_settings, server_folders
from tracking.migrate import set_up

CLIENT: Final = "client"
STORES: Final = ("postgres", "redis 1", "redis 2")
# A worker's host has a process of each role.
HOST_OF: Final = {
    "redirector": "redirector a",
    "redirector 2": "redirector b",
    "ingest": "worker a",
    "jobs": "worker a",
    "ingest 2": "worker b",
    "jobs 2": "worker b",
    "api": "api a",
    "api 2": "api b",
}
PORT_OF: Final = {"redirector": 8080, "api": 8000, "ingest": 9001, "jobs": 9002}


class HostedProgram(Program):
    """A program as any other, on a host."""

    def __init__(self, host: Host, *described: Any) -> None:
        super().__init__(*described)
        self.address = host.address
        self._server.command = [*host.entering, *self._server.command]


class HostedSystem(System):
    """Ports are the same on every host. Each redirector has a spool of its own."""

    def __init__(
        self, hosts: dict[str, Host], state: Path, postgres: HostedPostgres, valkeys: tuple[HostedValkey, HostedValkey]
    ) -> None:
        super().__init__(state, postgres, valkeys[0])
        self.hosts = hosts
        self.environment |= {
            "DATABASE_URL": postgres.network_url,
            "CLICK_REDIS_URLS": ",".join(valkey.url for valkey in valkeys),
            "TRUSTED_PROXIES": f"{hosts[CLIENT].address}/32",
            "API_PORT": str(PORT_OF["api"]),
            "REDIRECTOR_PORT": str(PORT_OF["redirector"]),
            "PUBLIC_PORT": str(PORT_OF["redirector"]),
        }

    @property
    def client_command(self) -> list[str]:
        return self.hosts[CLIENT].entering

    def find_host(self, program: str) -> Host:
        return self.hosts[HOST_OF[program]]

    def launch(self, name: str, module: str | None = None, **settings: str) -> Program:
        kind, _, number = name.partition(" ")
        host, port = self.find_host(name), PORT_OF[kind]
        environment = {
            **self.environment,
            "WORKER_NAME": f"w{number or 1}",
            "SPOOL_DIR": str(self.spool / host.name),
            "REDIRECTOR_HOST": host.address,
            "API_HOST": host.address,
            "WORKER_OPS_HOST": host.address,
            PORT_SETTINGS[kind]: str(port),
            **settings,
        }
        arguments = [module] if module else COMMANDS[kind]
        program = HostedProgram(host, name, arguments, environment, port, self.state / f"{name}.log")
        self.programs[name] = program
        program.launch()
        return program


@asynccontextmanager
async def open_hosted_system() -> AsyncIterator[HostedSystem]:
    """Migrated stores on their hosts, no program yet. Whatever runs at the end is stopped, and the hosts are gone."""
    with ExitStack() as running:
        hosts = running.enter_context(open_network(CLIENT, *STORES, *dict.fromkeys(HOST_OF.values())))
        folders = running.enter_context(server_folders())
        valkeys = [
            running.enter_context(running_valkey(hosts[name], folders.state / name, folders.sockets / name))
            for name in ("redis 1", "redis 2")
        ]
        await _prepare_database(folders, valkeys[0].url)
        postgres = HostedPostgres(hosts["postgres"], folders)
        running.callback(postgres.stop)
        postgres.start()
        system = HostedSystem(hosts, folders.state, postgres, (valkeys[0], valkeys[1]))
        running.callback(system.stop)
        yield system


async def _prepare_database(folders: Folders, redis_url: str) -> None:
    """Before it has a host."""
    postgres = EmbeddedPostgres(folders.state, folders.sockets)
    try:
        postgres.start()
        await give_password(postgres)
        await set_up(make_settings(postgres.url, redis_url, folders.state))
    finally:
        postgres.stop()
