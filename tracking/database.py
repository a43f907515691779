"""Plain asyncpg for the hot paths: the pool, its limits, and which errors pass by themselves."""

import asyncio
from collections.abc import Iterable
from typing import Any

import asyncpg

from tracking.settings import Settings
from tracking.silence import GONE_AFTER_S, PROBES, SILENCE_S, watch_for_silence


async def _watch_for_silence(connection: Any) -> None:
    watch_for_silence(connection._transport.get_extra_info("socket"))  # noqa: SLF001 -- asyncpg tells it to nobody


# asyncpg waits for ever by default; a hung server would hang every caller with it.
CONNECTION_LIMITS: dict[str, Any] = {
    "init": _watch_for_silence,
    "timeout": 3,
    "command_timeout": 30,
    "server_settings": {
        "application_name": "creatrail",
        "lock_timeout": "5s",
        "idle_in_transaction_session_timeout": "5s",
        "timezone": "UTC",
        # A client whose host was cut off holds its locks until the server notices; Linux's own patience is two hours.
        "tcp_keepalives_idle": str(SILENCE_S),
        "tcp_keepalives_interval": str(SILENCE_S),
        "tcp_keepalives_count": str(PROBES),
        "tcp_user_timeout": f"{GONE_AFTER_S}s",
    },
}

# For migrations: Tortoise thinks for seconds between two statements of one transaction, as long as the models are many.
PATIENT_LIMITS: dict[str, Any] = {
    **CONNECTION_LIMITS,
    "server_settings": {**CONNECTION_LIMITS["server_settings"], "idle_in_transaction_session_timeout": "0"},
}

# What a restart, a lost connection, a deadlock or a full disk raises: the same work succeeds later, unchanged.
TRANSIENT_ERRORS: tuple[type[BaseException], ...] = (
    OSError,
    asyncio.TimeoutError,
    asyncpg.PostgresConnectionError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
    asyncpg.OperatorInterventionError,
    asyncpg.InsufficientResourcesError,
    asyncpg.TransactionRollbackError,
    asyncpg.LockNotAvailableError,
    asyncpg.IdleInTransactionSessionTimeoutError,
)


def list_columns(rows: Iterable[Iterable[Any]]) -> list[list[Any]]:
    """For `unnest`, which takes a list for each column. No rows have none."""
    return [list(column) for column in zip(*rows, strict=True)]


async def open_pool(
    settings: Settings, *, max_size: int = 4, command_timeout_s: float = 30, resets_sessions: bool = True
) -> asyncpg.Pool:
    """A pool for the caller to close. Opens no connection yet, so a server that is down at the start stops nobody.

    Resetting the session is a second round trip after each use. It may be left out where nobody sets anything in a
    session, makes temporary tables, or takes locks beyond a transaction.
    """
    return await asyncpg.create_pool(
        settings.database_url,
        min_size=0,
        max_size=max_size,
        reset=None if resets_sessions else _leave_session,
        **{**CONNECTION_LIMITS, "command_timeout": command_timeout_s},
    )


async def _leave_session(_connection: Any) -> None:
    """asyncpg ends what transaction is left open before it calls this."""
