"""Use cases of imports, but for the work itself, which is `running`'s. Each owns its transaction."""

import datetime as dt
from typing import Final, NamedTuple

from tortoise import Tortoise
from tortoise.backends.base.client import BaseDBAsyncClient

from tracking.campaigns.models import Campaign
from tracking.clock import utc_now
from tracking.errors import InvalidInputError, NotFoundError
from tracking.history.actors import current_actor
from tracking.idempotency import run_once
from tracking.imports.models import Import, ImportFormat, ImportKind, ImportStatus
from tracking.imports.rules import UPLOAD_TIME

# An upload that began in time may take this long.
UPLOAD_GRACE: Final = dt.timedelta(hours=1)

_OPEN_STATUSES: Final = (ImportStatus.QUEUED, ImportStatus.RUNNING)
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


async def list_open_imports() -> list[int]:
    """Those that have a file and no end: their job runs, waits, or was lost."""
    rows = await Import.filter(status__in=_OPEN_STATUSES).order_by("id").values_list("id", flat=True)
    return [int(str(row)) for row in rows]


async def tidy_imports() -> None:
    """End those whose address expired before a file came, and drop what attempts left behind."""
    now = utc_now()
    late = Import.filter(status=ImportStatus.AWAITING_UPLOAD, upload_expires_at__lt=now - UPLOAD_GRACE)
    await late.update(status=ImportStatus.FAILED, failure="no file was uploaded in time", ended_at=now)
    await Tortoise.get_connection("default").execute_query(_DROP_CHUNKS)
