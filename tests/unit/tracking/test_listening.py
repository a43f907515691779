"""Whose the socket is that a supervisor handed over."""

import os
from pathlib import Path

import pytest
from msgspec.structs import replace

from tests.servers import make_settings
from tracking.listening import take_inherited_socket
from tracking.settings import Settings


@pytest.fixture
def settings() -> Settings:
    return make_settings("postgresql://nobody@nowhere/none", "redis://nowhere", state=Path("/nowhere"))


@pytest.mark.feature("R1")
def test_without_a_supervisor_a_program_opens_its_own_port(settings: Settings) -> None:
    assert take_inherited_socket(settings) is None


@pytest.mark.feature("R1")
def test_a_socket_that_was_for_the_parent_is_left_alone(settings: Settings) -> None:
    assert take_inherited_socket(replace(settings, listen_fds=1, listen_pid=os.getppid())) is None
