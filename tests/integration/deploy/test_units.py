"""The units of systemd: they can be read, systemd finds no fault with them, and a program starts as they say."""

import contextlib
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from configparser import RawConfigParser
from pathlib import Path

import httpx2
import pytest

from creatrail.embedded.folders import PROJECT
from tests.servers import describe_environment
from tests.service import find_free_ports
from tests.waiting import DEADLINE_S, eventually
from tracking.settings import Settings

UNITS = PROJECT / "deploy/systemd"
INSTALLED = "/srv/creatrail"
DOORS = ("redirector", "api")


def read_unit(name: str) -> RawConfigParser:
    unit = RawConfigParser(strict=True, interpolation=None)
    unit.optionxform = str  # type: ignore[assignment,method-assign] # names of systemd are case-sensitive
    unit.read_string((UNITS / name).read_text())
    return unit


def read_variables(unit: RawConfigParser, instance: int) -> dict[str, str]:
    words = unit["Service"]["Environment"].replace("%i", str(instance)).split()
    return dict(word.split("=", 1) for word in words)


@pytest.mark.feature("R1")
@pytest.mark.parametrize("door", DOORS)
def test_every_instance_inherits_the_socket_of_its_kind(door: str) -> None:
    socket, service = read_unit(f"creatrail-{door}.socket"), read_unit(f"creatrail-{door}@.service")

    assert service["Service"]["Sockets"] == f"creatrail-{door}.socket"
    assert service["Unit"]["Requires"] == f"creatrail-{door}.socket"
    assert socket["Socket"]["Service"].startswith(f"creatrail-{door}@")
    assert socket["Socket"].getboolean("Accept", fallback=False) is False


@pytest.mark.feature("R1")
@pytest.mark.parametrize("program", [*DOORS, "ingest", "jobs"])
def test_units_set_only_what_programs_read(program: str) -> None:
    service = read_unit(f"creatrail-{program}@.service")

    assert {name.lower() for name in read_variables(service, 1)} <= set(Settings.__struct_fields__)


def verify(units: Path) -> str:
    """What systemd has to say of them."""
    if shutil.which("systemd-analyze") is None:
        pytest.skip("there is no systemd-analyze here")
    paths = [str(path) for path in sorted(units.iterdir())]
    done = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", *paths], capture_output=True, text=True, check=False
    )
    return done.stderr


@pytest.fixture
def units(tmp_path: Path) -> Path:
    """As they would be installed, had the project been installed where it is."""
    shutil.copytree(UNITS, tmp_path / "units")
    for path in (tmp_path / "units").iterdir():
        text = path.read_text().replace(f"{INSTALLED}/.venv/bin/python", sys.executable)
        path.write_text(text.replace(INSTALLED, str(PROJECT)))
    return tmp_path / "units"


@pytest.mark.feature("R1")
def test_systemd_finds_no_fault_with_the_units(units: Path) -> None:
    assert verify(units) == ""


@pytest.mark.feature("R1")
def test_systemd_finds_a_fault_that_is_there(units: Path) -> None:
    service = units / "creatrail-api@.service"
    service.write_text(service.read_text().replace("Restart=always", "Restart=maybe"))

    assert "Failed to parse" in verify(units)


@contextlib.contextmanager
def activated(door: str, port: int, settings: Settings) -> Iterator[None]:
    """systemd's own tool listens, and starts the service's command when the first connection comes."""
    if shutil.which("systemd-socket-activate") is None:
        pytest.skip("there is no systemd-socket-activate here")
    service = read_unit(f"creatrail-{door}@.service")
    [ops_port] = find_free_ports(1)
    environment = {**describe_environment(settings), **read_variables(service, ops_port)}
    environment["SPOOL_DIR"] = str(settings.spool_dir)
    command = service["Service"]["ExecStart"].replace(f"{INSTALLED}/.venv/bin/python", sys.executable).split()
    handed_on = [f"--setenv={name}={value}" for name, value in environment.items()]
    process = subprocess.Popen(
        ["systemd-socket-activate", f"--listen=127.0.0.1:{port}", *handed_on, *command], cwd=PROJECT, env=environment
    )
    try:
        yield
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(DEADLINE_S)


@pytest.mark.feature("R1")
@pytest.mark.parametrize(("door", "path", "status"), [("redirector", "/robots.txt", 200), ("api", "/healthz", 200)])
async def test_systemd_starts_the_door_with_its_socket(door: str, path: str, status: int, settings: Settings) -> None:
    [port] = find_free_ports(1)
    with activated(door, port, settings):

        async def ask() -> int:
            try:
                async with httpx2.AsyncClient(timeout=DEADLINE_S) as client:
                    return (await client.get(f"http://127.0.0.1:{port}{path}")).status_code
            except httpx2.ConnectError:  # the tool itself is still starting
                return 0

        assert await eventually(ask) == status
