"""Real servers for tests: one pair for each pytest process (conftest.py), and own ones for tests that kill them."""

import base64
import shutil
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import asyncpg

from creatrail.embedded.folders import Folders, is_root, open_socket_folder
from creatrail.embedded.postgres import EmbeddedPostgres
from creatrail.embedded.valkey import EmbeddedValkey
from tests.leaks import check_logs
from tracking.settings import ClickTokenKey, SecretsKey, Settings, read_environment

# The shared servers are never killed, so they need not survive it.
FAST = {"fsync": "off", "full_page_writes": "off", "synchronous_commit": "off"}


@contextmanager
def server_folders() -> Iterator[Folders]:
    """A state folder and a socket folder that are gone afterwards, and whose logs told nothing they must not."""
    state = Path(tempfile.mkdtemp(prefix="creatrail-test-"))
    state.chmod(0o711 if is_root() else 0o700)  # root's PostgreSQL runs as nobody and must pass through
    sockets = open_socket_folder(state)
    try:
        yield Folders(state=state, sockets=sockets)
        check_logs(state)
    finally:
        shutil.rmtree(state, ignore_errors=True)
        shutil.rmtree(sockets, ignore_errors=True)


@contextmanager
def own_postgres(options: dict[str, str] | None = None) -> Iterator[EmbeddedPostgres]:
    """A durable PostgreSQL of the test's own, empty: `crash()` and `start()` it at will."""
    with server_folders() as folders:
        server = EmbeddedPostgres(folders.state, folders.sockets, options)
        server.start()
        try:
            yield server
        finally:
            server.stop()


@contextmanager
def own_valkey(options: dict[str, str] | None = None) -> Iterator[EmbeddedValkey]:
    """An append-only Valkey of the test's own, empty: `crash()` and `start()` it at will."""
    with server_folders() as folders:
        server = EmbeddedValkey(folders.state, folders.sockets, options)
        server.start()
        try:
            yield server
        finally:
            server.stop()


async def create_database(server_url: str, name: str, template: str = "template0") -> str:
    """A copy of an empty database, or of another that nobody is connected to. An older one of its name is dropped.

    Returns its URL.
    """
    connection = await asyncpg.connect(server_url, timeout=10)
    try:
        await connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
        await connection.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
    finally:
        await connection.close()
    # not _replace().geturl(): it would lose the // of a URL without a host, as those of unix sockets are
    old = urlsplit(server_url)
    query = f"?{old.query}" if old.query else ""
    return f"{old.scheme}://{old.netloc}/{name}{query}"


def make_settings(database_url: str, redis_url: str, state: Path) -> Settings:
    """Settings of a test: real stores, fixed keys, a spool of its own. Change what a test is about with `replace`."""
    return Settings(
        database_url=database_url,
        redis_url=redis_url,
        click_token_keys=(ClickTokenKey(key_id=1, secret=b"a click token key of the tests"),),
        cookie_secret=b"a cookie secret of the tests",
        secrets_keys=(SecretsKey(key_id=1, secret=b"a secrets key of the tests"),),
        spool_dir=state / "spool",
        state_dir=state,
    )


def describe_environment(settings: Settings) -> dict[str, str]:
    """These settings as a program of its own finds them in its environment."""
    return {
        **read_environment(),
        "DATABASE_URL": settings.database_url,
        "REDIS_URL": settings.redis_url,
        "CLICK_TOKEN_KEYS": _write_keys(settings.click_token_keys),
        "COOKIE_SECRET": _encode_secret(settings.cookie_secret),
        "SECRETS_KEYS": _write_keys(settings.secrets_keys),
        "SPOOL_DIR": str(settings.spool_dir),
        "STATE_DIR": str(settings.state_dir),
    }


def _write_keys(keys: Iterable[ClickTokenKey]) -> str:
    return ",".join(f"{key.key_id}:{_encode_secret(key.secret)}" for key in keys)


def _encode_secret(secret: bytes) -> str:
    return base64.urlsafe_b64encode(secret).decode()
