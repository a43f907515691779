"""Use cases of segments. Each owns its transaction."""

from collections.abc import Collection, Mapping
from typing import Any, Final, NamedTuple

from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.transactions import in_transaction

from tracking.clock import utc_now
from tracking.errors import ArchivedError, InvalidInputError, NotFoundError
from tracking.idempotency import run_once
from tracking.segments.models import Segment
from tracking.segments.rules import Definition, check_definition, store_definition
from tracking.text import check_text

MAX_IN_USE: Final = 1_000
_IDS: Final = "SELECT id FROM {table} WHERE account_id = $1 AND id = ANY ($2::bigint[])"
_LOCK_ACCOUNT: Final = "SELECT FROM account WHERE id = $1 FOR NO KEY UPDATE"


class SegmentFields(NamedTuple):
    name: str
    definition: Definition


async def create_segment(account_id: int, given: SegmentFields, *, idempotency_key: str | None = None) -> Segment:
    """Raises InvalidInputError, or NotFoundError for what the definition names."""

    async def work(connection: BaseDBAsyncClient) -> list[int]:
        fields = await _check(connection, account_id, given)
        await connection.execute_query(_LOCK_ACCOUNT, [account_id])
        in_use = Segment.filter(account_id=account_id, archived_at__isnull=True).using_db(connection)
        if await in_use.count() >= MAX_IN_USE:
            raise InvalidInputError(f"an account has at most {MAX_IN_USE:,} segments: archive some", ())
        row = await Segment.create(
            using_db=connection,
            account_id=account_id,
            name=fields.name,
            definition=store_definition(fields.definition),
        )
        return [row.id]

    [segment_id] = await run_once(account_id, "createSegment", idempotency_key, given, work)
    return await Segment.get(id=segment_id)


async def update_segment(account_id: int, segment_id: int, changes: Mapping[str, Any]) -> Segment:
    """Change what is in `changes`, by the names of SegmentFields. Messages that were prepared for it stay as they are.

    Raises NotFoundError, ArchivedError or InvalidInputError.
    """
    async with in_transaction() as connection:
        segment = await _lock_segment(account_id, segment_id)
        if segment.archived_at is not None:
            raise ArchivedError("this segment is archived", ("id",))
        if "name" in changes:
            segment.name = check_text(changes["name"], "name", max_chars=200)
        if "definition" in changes:
            await _check_definition(connection, account_id, changes["definition"])
            segment.definition = store_definition(changes["definition"])
        await segment.save(update_fields=["name", "definition"])
    return segment


async def archive_segment(account_id: int, segment_id: int) -> Segment:
    """No new message is for it; it can still be read. Archiving again changes nothing. Raises NotFoundError."""
    async with in_transaction():
        segment = await _lock_segment(account_id, segment_id)
        if segment.archived_at is None:
            segment.archived_at = utc_now()
            await segment.save(update_fields=["archived_at"])
    return segment


async def _lock_segment(account_id: int, segment_id: int) -> Segment:
    segment = await Segment.select_for_update().get_or_none(id=segment_id, account_id=account_id)
    if segment is None:
        raise NotFoundError("no such segment", ("id",))
    return segment


async def _check(connection: BaseDBAsyncClient, account_id: int, given: SegmentFields) -> SegmentFields:
    name = check_text(given.name, "name", max_chars=200)
    await _check_definition(connection, account_id, given.definition)
    return SegmentFields(name, given.definition)


async def _check_definition(connection: BaseDBAsyncClient, account_id: int, definition: Definition) -> None:
    """What it names must be the account's."""
    check_definition(definition)
    wanted = definition.conditions
    messages = await _find_ids(
        connection, account_id, "message", {i for each in wanted for i in each.message_ids or ()}
    )
    offers = await _find_ids(connection, account_id, "offer", {i for each in wanted for i in each.offer_ids or ()})
    campaigns = await _find_ids(
        connection, account_id, "campaign", {each.campaign_id for each in wanted if each.campaign_id is not None}
    )
    for place, condition in enumerate(wanted):
        path = ("definition", "conditions", str(place))
        _refuse_unknown("message", condition.message_ids or (), messages, (*path, "messageIds"))
        _refuse_unknown("offer", condition.offer_ids or (), offers, (*path, "offerIds"))
        if condition.campaign_id is not None and condition.campaign_id not in campaigns:
            raise NotFoundError("no such campaign", (*path, "campaignId"))


async def _find_ids(connection: BaseDBAsyncClient, account_id: int, table: str, ids: Collection[int]) -> set[int]:
    if not ids:
        return set()
    rows = await connection.execute_query_dict(_IDS.format(table=table), [account_id, list(ids)])
    return {row["id"] for row in rows}


def _refuse_unknown(name: str, ids: Collection[int], known: set[int], path: tuple[str, ...]) -> None:
    for place, wanted in enumerate(ids):
        if wanted not in known:
            raise NotFoundError(f"no such {name}", (*path, str(place)))
