"""A supervisor learns that a program serves, once."""

import os
import socket
from pathlib import Path

import msgspec
import pytest

from tests.servers import make_settings
from tracking.readiness import announce_ready


def test_the_supervisor_reads_one_line_and_the_end(tmp_path: Path) -> None:
    reader, writer = os.pipe()
    settings = make_settings("postgresql://", "unix:///", tmp_path)

    announce_ready(msgspec.structs.replace(settings, ready_fd=writer))

    with os.fdopen(reader) as pipe:
        assert pipe.read() == "ready\n"
    with pytest.raises(OSError, match="Bad file descriptor"):
        os.fstat(writer)


def test_systemd_is_told_where_it_listens(tmp_path: Path) -> None:
    address = tmp_path / "notify"
    settings = make_settings("postgresql://", "unix:///", tmp_path)
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listening:
        listening.bind(str(address))

        announce_ready(msgspec.structs.replace(settings, notify_socket=str(address)))

        assert listening.recv(64) == b"READY=1"


def test_without_a_supervisor_nothing_happens(tmp_path: Path) -> None:
    announce_ready(make_settings("postgresql://", "unix:///", tmp_path))
