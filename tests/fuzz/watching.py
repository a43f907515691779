"""Watched programs as tests start and ask them: what the worst callback was, and whether they still serve."""

import json
import socket
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from typing import Final, NamedTuple

from tests.e2e.programs import Program
from tests.servers import describe_environment, server_folders
from tests.service import find_free_ports
from tests.waiting import DEADLINE_S
from tracking.settings import Settings

MAX_CALLBACK_MS: Final = 100.0
PORTS: Final = ("API_PORT", "REDIRECTOR_PORT", "REDIRECTOR_OPS_PORT")


class Callback(NamedTuple):
    spent_ms: float  # of CPU
    name: str


class Watched(NamedTuple):
    port: int
    program: Program
    watch_path: str

    def read_worst(self) -> Callback:
        """The worst callback since this was asked last."""
        with socket.socket(socket.AF_UNIX) as asking:
            asking.settimeout(DEADLINE_S)
            asking.connect(self.watch_path)
            told = b"".join(iter(lambda: asking.recv(4_096), b""))
        spent_ms, name = json.loads(told)
        return Callback(spent_ms, name)


@contextmanager
def watched_programs(settings: Settings, *names: str, **variables: str) -> Iterator[dict[str, Watched]]:
    """`api`, `redirector` or `burning` by name, serving on the stores of `settings` until the end."""
    with ExitStack() as stopping:
        folders = stopping.enter_context(server_folders())
        watched: dict[str, Watched] = {}
        for name in names:
            ports = dict(zip(PORTS, find_free_ports(len(PORTS)), strict=True))
            port = ports["REDIRECTOR_PORT" if name == "redirector" else "API_PORT"]
            path = str(folders.sockets / f"{name}.watch")
            environment = _describe(settings, ports) | variables | {"WATCH_SOCKET": path}
            arguments = ["tests.fuzz.watched_server", name]
            program = Program(name, arguments, environment, port, folders.state / f"{name}.log")
            stopping.callback(program.stop)
            program.launch()
            watched[name] = Watched(port, program, path)
        for each in watched.values():
            each.program.wait_ready()
        yield watched


def _describe(settings: Settings, ports: Mapping[str, int]) -> dict[str, str]:
    return describe_environment(settings) | {name: str(port) for name, port in ports.items()}
