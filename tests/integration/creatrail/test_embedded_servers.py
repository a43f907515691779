"""Embedded servers keep what they acknowledged, and come back after any death."""

import asyncpg
import pytest
import redis.asyncio

from creatrail.embedded.postgres import EmbeddedPostgres
from creatrail.embedded.server_process import ServerFailedError
from creatrail.embedded.valkey import EmbeddedValkey
from tests.servers import own_postgres, own_valkey, server_folders


async def test_postgres_keeps_every_committed_row_over_a_kill() -> None:
    with own_postgres() as server:
        await _execute(server, "CREATE TABLE kept (n int)")
        await _execute(server, "INSERT INTO kept SELECT generate_series(1, 100)")

        server.crash()
        server.start()

        assert await _fetch_value(server, "SELECT sum(n) FROM kept") == 5050


async def test_postgres_is_reached_by_its_socket_only() -> None:
    with own_postgres() as server:
        assert await _fetch_value(server, "SHOW listen_addresses") == ""
        assert server.sockets.stat().st_mode & 0o777 == 0o700


async def test_valkey_keeps_every_acknowledged_entry_over_a_kill() -> None:
    with own_valkey() as server:
        async with redis.asyncio.Redis.from_url(server.url) as client:
            ids = [await client.xadd("clicks", {"n": n}) for n in range(100)]

        server.crash()
        server.start()

        async with redis.asyncio.Redis.from_url(server.url) as client:
            assert [entry_id for entry_id, _ in await client.xrange("clicks")] == ids
            assert await client.config_get("maxmemory-policy") == {"maxmemory-policy": "noeviction"}


def test_a_start_that_fails_says_why_at_once() -> None:
    with server_folders() as folders:
        broken = EmbeddedPostgres(folders.state, folders.sockets, {"shared_buffers": "nonsense"})

        with pytest.raises(ServerFailedError, match=r'(?s)PostgreSQL ended during its start.*"nonsense"'):
            broken.start()


def test_a_second_server_over_the_same_data_is_refused_while_the_first_runs() -> None:
    with server_folders() as folders:
        first = EmbeddedValkey(folders.state, folders.sockets)
        second = EmbeddedValkey(folders.state, folders.sockets)
        first.start()
        try:
            with pytest.raises(ServerFailedError, match=f"process {first.server.pid}"):
                second.server.wait_for_predecessor(deadline_s=0.1)
        finally:
            first.stop()


def test_a_pid_file_whose_number_is_another_process_by_now_stops_nobody() -> None:
    with own_postgres() as server:
        server.crash()
        server.pid_file.write_text(server.pid_file.read_text().replace(server.pid_file.read_text().split()[0], "1", 1))

        server.start()

        assert server.is_ready()


async def _execute(server: EmbeddedPostgres, statement: str) -> None:
    connection = await asyncpg.connect(server.url)
    await connection.execute(statement)
    await connection.close()


async def _fetch_value(server: EmbeddedPostgres, query: str) -> object:
    connection = await asyncpg.connect(server.url)
    value = await connection.fetchval(query)
    await connection.close()
    return value
