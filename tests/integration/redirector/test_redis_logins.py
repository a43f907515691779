"""The private connection logs in and selects a database as redis-py does with the same URL."""

from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
import redis

from redirector.recording.redis_connection import RedisError, connect, write_appends
from tests.servers import own_valkey
from tracking.streams import CLICK_STREAM

PASSWORD = "a pass/word"
QUOTED = "a%20pass%2Fword"


@pytest.fixture(scope="module")
def path() -> Iterator[str]:
    """The socket of a Valkey that wants a password, and knows a user with one of its own."""
    with own_valkey() as server:
        with redis.Redis.from_url(server.url) as client:
            client.acl_setuser("clicks", enabled=True, passwords=[f"+{PASSWORD}"], commands=["+@all"], keys=["*"])
            client.config_set("requirepass", PASSWORD)
        yield urlsplit(server.url).path


@pytest.mark.parametrize(("login", "database"), [(f":{QUOTED}@", 0), (f":{QUOTED}@", 2), (f"clicks:{QUOTED}@", 3)])
async def test_clicks_arrive_in_the_database_that_the_url_names(path: str, login: str, database: int) -> None:
    url = f"unix://{login}{path}?db={database}"

    connection = await connect(url)
    await connection.send(write_appends([b"a click", b"another"]), 2)
    connection.close()

    with redis.Redis.from_url(url) as client:
        assert client.xlen(CLICK_STREAM) == 2


@pytest.mark.parametrize("login", ["", ":wrong@", f"nobody:{QUOTED}@"])
async def test_a_wrong_login_is_an_error_and_not_a_connection(path: str, login: str) -> None:
    with pytest.raises(RedisError):
        await connect(f"unix://{login}{path}")
