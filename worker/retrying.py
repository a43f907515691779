"""arq runs a job that raised only once; this makes it run again after an outage, and only then."""

from collections.abc import Awaitable, Callable
from functools import wraps
from typing import Any, Final

from arq.typing import WorkerCoroutine
from arq.worker import Retry
from redis.exceptions import RedisError
from tortoise.exceptions import DBConnectionError

from tracking.database import TRANSIENT_ERRORS

LONGEST_DEFER_S: Final = 300

OUTAGES: Final[tuple[type[BaseException], ...]] = (*TRANSIENT_ERRORS, RedisError, DBConnectionError)


def retry_outages(job: Callable[..., Awaitable[None]]) -> WorkerCoroutine:
    """Jobs are idempotent, so that one that was cut off half-way runs again as a whole."""

    @wraps(job)
    async def run(ctx: dict[str, Any], *arguments: Any, **options: Any) -> None:
        try:
            await job(ctx, *arguments, **options)
        except OUTAGES as error:
            raise Retry(defer=min(2 ** ctx["job_try"], LONGEST_DEFER_S)) from error

    return run
