"""Unit tests reach no server: a connection fails at once."""

import socket
from typing import NoReturn

import pytest


@pytest.fixture(autouse=True)
def refuse_connections(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_socket: socket.socket, address: object) -> NoReturn:
        raise AssertionError(f"a unit test tried to connect to {address!r}")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket.socket, "connect_ex", refuse)
