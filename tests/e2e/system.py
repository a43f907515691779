"""The whole service as real processes on stores that may be killed as well; for tests/e2e and tests/chaos."""

import base64
from collections.abc import AsyncIterator
from contextlib import ExitStack, asynccontextmanager
from pathlib import Path
from socket import socket

import asyncpg
import redis.asyncio

from creatrail.embedded.folders import PROJECT
from creatrail.embedded.postgres import EmbeddedPostgres
from creatrail.embedded.valkey import EmbeddedValkey
from tests.e2e.programs import Program
from tests.servers import server_folders
from tests.service import find_free_ports
from tests.templates import start_migrated
from tracking.settings import Settings, load_settings, read_environment

SECRET = base64.urlsafe_b64encode(b"a secret of the end-to-end tests").decode()
COMMANDS = {
    "api": ["creatrail", "api"],
    "redirector": ["creatrail", "redirector"],
    "ingest": ["creatrail", "worker", "--ingest"],
    "jobs": ["creatrail", "worker", "--jobs"],
}
PORT_SETTINGS = {
    "api": "API_PORT",
    "redirector": "REDIRECTOR_PORT",
    "ingest": "WORKER_OPS_PORT",
    "jobs": "WORKER_OPS_PORT",
}


class System:
    """Stores that survive kill -9, and programs by name: `redirector`, or `redirector 2` for another of its kind."""

    def __init__(self, state: Path, postgres: EmbeddedPostgres, valkey: EmbeddedValkey) -> None:
        self.state = state
        self.postgres = postgres
        self.valkey = valkey
        self.spool = state / "spool"
        self.programs: dict[str, Program] = {}
        self.listening: dict[str, socket] = {}  # by kind of program: what all of that kind listen on, and outlives them
        ports = find_free_ports(3)
        of_ours = {name.upper() for name in Settings.__struct_fields__}
        self.environment = {
            **{name: value for name, value in read_environment().items() if name not in of_ours},
            "DATABASE_URL": postgres.url,
            "REDIS_URL": valkey.url,
            "CLICK_TOKEN_KEYS": f"1:{SECRET}",
            "COOKIE_SECRET": SECRET,
            "SECRETS_KEYS": f"1:{SECRET}",
            "SPOOL_DIR": str(self.spool),
            "STATE_DIR": str(state),
            "WEB_ASSETS_DIR": str(PROJECT / ".web"),
            "API_PORT": str(ports[0]),
            "REDIRECTOR_PORT": str(ports[1]),
            "REDIRECTOR_OPS_PORT": str(ports[2]),
            "PUBLIC_PORT": str(ports[1]),
            "TRUSTED_PROXIES": "127.0.0.1/32",  # so that the load client can be many visitors
            "WEBHOOK_ALLOW_PRIVATE": "true",  # receivers are on this machine
            "WEBHOOK_SCHEDULE_FACTOR": "0.01",
            "PYTHONUNBUFFERED": "1",
        }

    @property
    def settings(self) -> Settings:
        return load_settings(self.environment)

    def start(self, *names: str, **settings: str) -> None:
        """Start programs side by side and wait until all serve. `settings` are more variables, such as FAULTS."""
        for name in names:
            self.launch(name, **settings)
        for name in names:
            self.programs[name].wait_ready()

    def launch(self, name: str, module: str | None = None, **settings: str) -> Program:
        """`module` runs in place of the program: the negative controls are programs with a mistake of their own."""
        kind, _, number = name.partition(" ")
        own = {"WORKER_NAME": f"w{number or 1}"}
        if number or PORT_SETTINGS[kind] == "WORKER_OPS_PORT":
            own[PORT_SETTINGS[kind]], own["REDIRECTOR_OPS_PORT"] = map(str, find_free_ports(2))
        environment = {**self.environment, **own, **settings}
        listening = self.listening.get(kind)
        port = listening.getsockname()[1] if listening else int(environment[PORT_SETTINGS[kind]])
        log = self.state / f"{name}.log"
        program = Program(name, [module] if module else COMMANDS[kind], environment, port, log, listening=listening)
        self.programs[name] = program
        program.launch()
        return program

    def revive(self) -> None:
        for program in self.programs.values():
            program.revive()

    def stop(self) -> None:
        for program in self.programs.values():
            program.stop()
        self.programs.clear()

    async def open_database(self) -> asyncpg.Connection:
        """A new connection for the caller to close: none survives the server."""
        return await asyncpg.connect(self.postgres.url, timeout=10)

    @property
    def client_command(self) -> list[str]:
        """What the command of a client of the audience begins with, to run where it should."""
        return []

    @property
    def stream_urls(self) -> tuple[str, ...]:
        """Every Redis that the click stream is spread over."""
        return self.settings.click_stream_urls

    def open_redis(self) -> redis.asyncio.Redis:
        client: redis.asyncio.Redis = redis.asyncio.Redis.from_url(self.valkey.url)
        return client

    def describe(self) -> str:
        """What every program printed last, and before each death, for the message of a test that failed."""
        told = []
        for name, program in self.programs.items():
            told += [f"--- {name} ended by itself after\n{words}" for words in program.last_words]
            told.append(f"--- {name}\n" + "\n".join(program.output.splitlines()[-15:]))
        return "\n".join(told)


@asynccontextmanager
async def open_system() -> AsyncIterator[System]:
    """Migrated stores, no program yet. Whatever runs at the end is stopped."""
    with ExitStack() as stopping:
        folders = stopping.enter_context(server_folders())
        postgres = EmbeddedPostgres(folders.state, folders.sockets)
        stopping.callback(postgres.stop)
        valkey = EmbeddedValkey(folders.state, folders.sockets)
        stopping.callback(valkey.stop)
        valkey.start()
        system = System(folders.state, postgres, valkey)
        stopping.callback(system.stop)
        await start_migrated(postgres, system.settings)
        yield system
