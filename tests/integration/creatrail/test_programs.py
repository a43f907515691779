"""What cannot start says why, at once and in its own words."""

import asyncio
import socket

import msgspec
import pytest

from creatrail.up.ports import PortTakenError, require_free_ports
from creatrail.up.programs import Program
from creatrail.up.supervised import StartFailedError, do_together
from tests.servers import make_settings, server_folders
from tracking.settings import read_environment


def describe_bad_settings() -> dict[str, str]:
    return {**read_environment(), "DATABASE_URL": "mysql://x", "REDIS_URL": "redis://x"}


async def test_a_program_that_ends_during_its_start_gives_its_last_lines() -> None:
    program = Program(name="redirector", arguments=["redirector"], environment=describe_bad_settings())

    with pytest.raises(StartFailedError) as raised:
        await program.start()

    message = str(raised.value)
    assert message.startswith("redirector ended during its start:\n")
    assert "DATABASE_URL is not usable: expected a URL that starts with postgresql://" in message
    assert "CLICK_TOKEN_KEYS is not set" in message


async def test_the_first_failure_cancels_the_other_steps_and_is_the_one_raised() -> None:
    was_cancelled = asyncio.Event()

    async def fail() -> None:
        raise StartFailedError("this is why")

    async def go_on() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            was_cancelled.set()

    with pytest.raises(StartFailedError, match="this is why"):
        await do_together(go_on(), fail())
    assert was_cancelled.is_set()


async def test_a_taken_port_is_named_with_the_setting_that_changes_it() -> None:
    with server_folders() as folders, socket.create_server(("127.0.0.1", 0)) as other:
        taken = other.getsockname()[1]
        settings = make_settings("postgresql://", "unix:///", folders.state)
        settings = msgspec.structs.replace(settings, api_port=0, redirector_port=taken, redirector_ops_port=0)

        with pytest.raises(PortTakenError, match=f"port {taken} of 127.0.0.1 is in use.*set REDIRECTOR_PORT"):
            await require_free_ports(settings)
