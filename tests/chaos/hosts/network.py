"""Hosts of their own on this machine: network namespaces on one bridge, which a test may cut off and bring back."""

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

# Of the range that is kept for benchmarks of networks, so that nothing real is there.
NETWORK: Final = f"198.18.{os.getpid() % 250}"
SWITCH: Final = f"ct{os.getpid()}"  # the name of an interface has at most 15 letters


class NetworkError(Exception):
    """What `ip` said."""


@dataclass(frozen=True)
class Host:
    """A network namespace with one address. Its programs see nothing else of the network, only the same disk."""

    name: str
    number: int

    @property
    def address(self) -> str:
        return f"{NETWORK}.{self.number}"

    @property
    def namespace(self) -> str:
        return f"{SWITCH}-{self.name.replace(' ', '-')}"

    @property
    def port(self) -> str:
        """Where its cable is plugged into the switch."""
        return f"{SWITCH}v{self.number}"

    @property
    def entering(self) -> list[str]:
        """What runs a command there, in place of itself."""
        return ["ip", "netns", "exec", self.namespace]

    def cut_off(self) -> None:
        """Nobody is told: connections stay open, and nothing comes or goes."""
        run_ip("link", "set", self.port, "down")

    def bring_back(self) -> None:
        run_ip("link", "set", self.port, "up")

    def ignore(self, other: "Host") -> None:
        """Drop what would go to that host, which hears nothing any more."""
        run_ip("-n", self.namespace, "route", "add", "blackhole", f"{other.address}/32")

    def heed(self, other: "Host") -> None:
        run_ip("-n", self.namespace, "route", "del", "blackhole", f"{other.address}/32")


def run_ip(*arguments: str) -> None:
    finished = subprocess.run(["ip", *arguments], capture_output=True, text=True, check=False)
    if finished.returncode != 0:
        raise NetworkError(f"ip {' '.join(arguments)}: {finished.stderr.strip()}")


@contextmanager
def open_network(*names: str) -> Iterator[dict[str, Host]]:
    """Hosts by name, all gone afterwards. This process reaches them as well, from the switch."""
    hosts = [Host(name, number) for number, name in enumerate(names, 1)]
    _remove_what_is_left()
    with ExitStack() as removing:
        run_ip("link", "add", SWITCH, "type", "bridge")
        removing.callback(run_ip, "link", "del", SWITCH)
        run_ip("addr", "add", f"{NETWORK}.254/24", "dev", SWITCH)
        run_ip("link", "set", SWITCH, "up")
        for host in hosts:
            run_ip("netns", "add", host.namespace)
            removing.callback(run_ip, "netns", "del", host.namespace)
            run_ip("link", "add", host.port, "type", "veth", "peer", "name", "eth0", "netns", host.namespace)
            # A namespace goes in its own time, and would keep the name of its cable from the next network.
            removing.callback(run_ip, "link", "del", host.port)
            _plug_in(host)
        yield {host.name: host for host in hosts}


def _remove_what_is_left() -> None:
    """Of runs that were killed, by the number of their process."""
    for found in Path("/run/netns").glob("ct*-*"):
        owner = _find_owner(found.name)
        if owner and not Path(f"/proc/{owner}").exists():
            run_ip("netns", "del", found.name)
    for found in Path("/sys/class/net").glob("ct*"):
        owner = _find_owner(found.name)
        if owner and not Path(f"/proc/{owner}").exists():
            with suppress(NetworkError):  # it goes with the other end of its cable
                run_ip("link", "del", found.name)


def _find_owner(name: str) -> str:
    """What a name of ours begins with after its letters, "" for the name of another."""
    found = re.match(r"ct(\d+)(?:-|v\d+\Z|\Z)", name)
    return found[1] if found else ""


def _plug_in(host: Host) -> None:
    run_ip("link", "set", host.port, "master", SWITCH)
    run_ip("link", "set", host.port, "up")
    run_ip("-n", host.namespace, "addr", "add", f"{host.address}/24", "dev", "eth0")
    for interface in ("lo", "eth0"):
        run_ip("-n", host.namespace, "link", "set", interface, "up")


@cache
def find_obstacle() -> str:
    """Why there can be no such hosts here; "" where there can."""
    if os.geteuid() != 0:
        return "network namespaces need root"
    missing = [name for name in ("ip", "setpriv") if shutil.which(name) is None]
    if missing:
        return f"{' and '.join(missing)} not found: network namespaces need iproute2 and util-linux"
    try:
        with open_network("try"):
            return ""
    except NetworkError as error:
        return f"no network namespaces here: {error}"
