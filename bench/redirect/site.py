"""The servers of the redirect bench, all up at once, and one measurement of one of them."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import redis

from bench.account import BenchAccount
from bench.browsers import make_header_sets
from bench.programs import BenchError, Program, run_program
from bench.redirect.plain_apps import STREAM
from bench.stores import Stores, find_free_port
from bench.wrk import CONNECTIONS, Load, load, write_requests
from tracking.streams import CLICK_STREAM

OURS = "ours"
PLAIN = ("bare", "route", "awaited_xadd")
STREAM_OF = {OURS: CLICK_STREAM, "awaited_xadd": STREAM}


@dataclass(frozen=True)
class Measurement:
    load: Load
    cpu_us: float
    redis_cpu_us: float

    @property
    def per_s(self) -> float:
        return self.load.per_s


@dataclass(frozen=True)
class Server:
    program: Program
    port: int


@dataclass(frozen=True)
class Site:
    stores: Stores
    account: BenchAccount
    servers: dict[str, Server]

    def write_requests(self, name: str, slugs: list[str]) -> Path:
        host = f"{self.account.host}:8080"
        return write_requests(self.stores.folder / name, host, slugs, make_header_sets())

    def measure(self, name: str, requests: Path, seconds: int, *, is_checked: bool = False) -> Measurement:
        """Load one server. Where it records, every answer must then be in its stream."""
        server = self.servers[name]
        with self.stores.open_redis() as client:
            client.delete(*STREAM_OF.values())  # with what the end of the last run left under way
            before = server.program.read_cpu_s(), self.stores.valkey_program.read_cpu_s()
            seen = load(server.port, requests, seconds, is_checked=is_checked)
            after = server.program.read_cpu_s(), self.stores.valkey_program.read_cpu_s()
            if name in STREAM_OF:
                _require_recorded(client, STREAM_OF[name], seen)
        cpu_us, redis_cpu_us = ((end - start) / seen.requests * 1e6 for start, end in zip(before, after, strict=True))
        return Measurement(seen, cpu_us, redis_cpu_us)


@contextmanager
def open_site(stores: Stores, account: BenchAccount) -> Iterator[Site]:
    with ExitStack() as running:
        servers = {name: running.enter_context(run_plain(stores, name)) for name in PLAIN}
        servers[OURS] = running.enter_context(run_redirector(stores))
        yield Site(stores, account, servers)


@contextmanager
def run_redirector(stores: Stores) -> Iterator[Server]:
    """The shipped program with its default settings; only ports and folders are ours."""
    port = find_free_port()
    environment = stores.make_environment(REDIRECTOR_PORT=str(port), REDIRECTOR_OPS_PORT=str(find_free_port()))
    log = stores.folder / "redirector.log"
    with run_program("redirector", ["creatrail", "redirector"], environment, log) as program:
        yield Server(program, port)


@contextmanager
def run_plain(stores: Stores, name: str) -> Iterator[Server]:
    port = find_free_port()
    arguments = ["bench.redirect.plain_apps", name, str(port)]
    with run_program(name, arguments, stores.make_environment(), stores.folder / f"{name}.log") as program:
        yield Server(program, port)


def _require_recorded(client: redis.Redis, stream: str, seen: Load) -> None:
    """wrk ends without waiting for what its connections have just sent, so there may be that much more."""
    recorded = cast(int, client.xlen(stream))
    if not seen.requests <= recorded <= seen.requests + CONNECTIONS:
        raise BenchError(f"{seen.requests} requests were answered, but {stream} holds {recorded} entries")
