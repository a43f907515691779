"""Use cases of imports, but for the work itself, which is `running`'s. Each owns its transaction."""

import datetime as dt
from typing import Final, NamedTuple

import asyncpg
from tortoise.backends.base.client import BaseDBAsyncClient

from tracking.campaigns.models import Campaign
from tracking.clock import utc_now
from tracking.errors import InvalidInputError, NotFoundError
from tracking.events.entities import announce_each
from tracking.events.outbox import EventKind
from tracking.history.actors import current_actor
from tracking.idempotency import run_once
from tracking.imports.models import Import, ImportFormat, ImportKind
from tracking.imports.rules import UPLOAD_TIME

# An upload that began in time may take this long.
UPLOAD_GRACE: Final = dt.timedelta(hours=1)

_GIVE_UP: Final = announce_each(
    """
    UPDATE import SET status = 'FAILED', failure = 'no file was uploaded in time', ended_at = now()
    WHERE status = 'AWAITING_UPLOAD' AND upload_expires_at < now() - $1::interval
    """,
    EventKind.IMPORT_FINISHED,
)
_DROP_CHUNKS: Final = """
    DELETE FROM import_chunk USING import
    WHERE import.id = import_chunk.of_import_id AND import.status IN ('COMPLETED', 'FAILED')
"""


class NewImport(NamedTuple):
    kind: ImportKind
    format: ImportFormat = ImportFormat.CSV
    campaign_id: int | None = None
    is_dry_run: bool = False


async def create_import(account_id: int, given: NewImport, *, idempotency_key: str | None = None) -> Import:
    """It awaits its file for an hour. Raises NotFoundError or InvalidInputError."""
    if given.campaign_id is not None:
        if given.kind not in {ImportKind.CAMPAIGN_CREATORS, ImportKind.LINKS}:
            raise InvalidInputError("only campaign creators and links have a campaign", ("campaignId",))
        if not await Campaign.filter(id=given.campaign_id, account_id=account_id).exists():
            raise NotFoundError("no such campaign", ("campaignId",))

    async def work(connection: BaseDBAsyncClient) -> list[int]:  # noqa: ARG001 -- Tortoise knows the transaction
        actor = current_actor()
        row = await Import.create(
            account_id=account_id,
            actor_kind=actor.kind.value,
            actor_id=actor.id,
            upload_expires_at=utc_now() + UPLOAD_TIME,
            **given._asdict(),
        )
        return [row.id]

    [import_id] = await run_once(account_id, "createImport", idempotency_key, given, work)
    return await Import.get(id=import_id)


async def list_open_imports(pool: asyncpg.Pool) -> list[int]:
    """Those that have a file and no end: their job runs, waits, or was lost."""
    rows = await pool.fetch("SELECT id FROM import WHERE status IN ('QUEUED', 'RUNNING') ORDER BY id")
    return [row["id"] for row in rows]


async def tidy_imports(pool: asyncpg.Pool) -> None:
    """End those whose address expired before a file came, and drop what attempts left behind."""
    await pool.execute(_GIVE_UP, UPLOAD_GRACE)
    await pool.execute(_DROP_CHUNKS)
